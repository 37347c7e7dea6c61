package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"odooharness/results"
)

// On the embedded target: real PostgreSQL, real Redis, both APIs.
func TestEveryOperationOnEmbedded(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the harness and brings a lab up")
	}
	everyOperation(t, labTenants(t, "embedded"))
}

// everyOperation seeds, runs every operation over both APIs, and cleans up.
func everyOperation(t *testing.T, tenants []Tenant) {
	for _, transport := range []string{"rpc", "json2"} {
		s := spec(t, nil, script("operations.js"))
		s.Name, s.Ref, s.Timeout, s.Tenants = transport, "it-"+transport, time.Minute, nil
		for _, tenant := range tenants {
			tenant.Transport = transport
			s.Tenants = append(s.Tenants, tenant)
			if err := Preflight(t.Context(), tenant); err != nil {
				t.Fatal(err)
			}
		}
		outline, err := Inspect(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if s.Documents, err = Seed(t.Context(), s, outline, func(text string) { t.Log(text) }); err != nil {
			t.Fatal(err)
		}
		perform(t, s)
		for _, sample := range samplesIn(t, s.Out) {
			if sample.Outcome != results.OK {
				log, _ := os.ReadFile(filepath.Join(s.Out, "k6-"+s.Name+".log"))
				t.Errorf("%s %s %s: %s %s\n%s", transport, sample.Tenant, sample.Step, sample.Outcome, sample.Detail, log)
			}
		}
		for _, w := range writesIn(t, s.Out) {
			if w.Ack != results.Acknowledged || w.Ref == "" {
				t.Errorf("%s: write %+v", transport, w)
			}
		}
		stays, err := Clean(t.Context(), s.Tenants, s.Ref, nil)
		if err != nil {
			t.Errorf("%s: clean: %v", transport, err)
		}
		if len(stays) == 0 {
			t.Errorf("%s: nothing stays, though goods were shipped", transport)
		}
		t.Logf("%s: %s", transport, strings.Join(stays, "; "))
	}
}

// labTenants brings a lab with one tenant up and takes it down after the test. The
// state lies in a short path: a Unix socket's has at most 108 bytes.
func labTenants(t *testing.T, kind string) []Tenant {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "harness")
	command := func(ctx context.Context, args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // our own arguments
	}
	// The flags of make build, so that its build cache serves.
	build := command(t.Context(), "go", "build", "-trimpath", "-o", bin, "odooharness/cmd/harness")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the harness: %v\n%s", err, out)
	}
	state, err := os.MkdirTemp("", "sc")
	if err != nil {
		t.Fatal(err)
	}
	lab := func(ctx context.Context, args ...string) {
		cmd := command(ctx, append([]string{bin, "lab"}, args...)...)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil {
			t.Errorf("lab %s: %v\n%s", args[0], err, said.String())
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		if lab(ctx, "down", "--all"); t.Failed() {
			t.Logf("the lab's state is kept in %s", state)
			return
		}
		if err := os.RemoveAll(state); err != nil {
			t.Error(err)
		}
	})
	lab(t.Context(), "up", "--kind", kind, "--tenants", "1", "--workers", "2")
	return readTenants(t, state)
}

func readTenants(t *testing.T, state string) []Tenant {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "*", "labs", "*", "status.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("status of the lab: %v %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Tenants []struct {
			Name, URL, Host, Database, Password string
			Logins                              []string
			APIKeys                             []string `json:"api_keys"`
		}
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		t.Fatal(err)
	}
	var tenants []Tenant
	for _, a := range status.Tenants {
		tenants = append(tenants, Tenant{
			Name: a.Name, Role: "abiding", URL: a.URL, Host: a.Host, Database: a.Database, Logins: a.Logins,
			Password: a.Password, APIKeys: a.APIKeys, Load: 1,
		})
	}
	return tenants
}
