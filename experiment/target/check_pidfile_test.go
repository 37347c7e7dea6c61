package target

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/testing/testbed"
)

// A plan refuses the pidFile that the run would refuse, and names who keeps the process.
func TestPlanVerifiesPIDFile(t *testing.T) {
	server := testbed.Redis(t, "redis")
	stranger := exec.CommandContext(t.Context(), "sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	t.Setenv("GUARD_PASSWORD", "secret")
	t.Setenv("GUARD_REDIS", server.RedisURL.Reveal())
	path := filepath.Join(t.TempDir(), "redis.pid")
	setup := staging(t, fmt.Sprintf("  - {name: redis, kind: redis, labels: {app.kubernetes.io/name: redis}, urlEnv: GUARD_REDIS, pidFile: %s}\n", path))
	m, err := manifest.Parse("kill.yaml", testbed.Manifest("RedisChaos", manifest.OwnVersion, "kill", "redis",
		"  action: kill\n  mode: all\n  selector: {labelSelectors: {app.kubernetes.io/name: redis}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text, want string
		reach      bool
	}{
		{fmt.Sprint(server.Process.PID()), fmt.Sprintf("its own supervisor must: process %d (", os.Getpid()), true},
		{fmt.Sprint(stranger.Process.Pid), "runs sleep, which is no redis", false},
		{"nonsense", "is no process number", false},
	} {
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := spec.LoadSetup(setup)
		if err != nil {
			t.Fatal(err)
		}
		targets, err := CheckFault(t.Context(), s, m)
		switch {
		case test.reach && (err != nil || !strings.Contains(targets[0].Reach, test.want)):
			t.Errorf("%s: %+v, %v; want %q", test.text, targets, err, test.want)
		case !test.reach && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.text, err, test.want)
		}
	}
}
