//go:build kubernetes

package driver

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.org/odooharness/internal/lines"
)

// The daemon dies while a fault is in effect, and is started again. What it made in the
// kernel is still reverted.
func TestNodeDaemonDies(t *testing.T) {
	shopOfContainers(t, "node-orphans")
	reached := func(l line) bool { return strings.HasSuffix(l.text, "reached") }
	report := dieInEffect(t, mark("NetworkChaos", "parted", "action: partition\nmode: all\nduration: 60s\n"+
		"selector: {labelSelectors: {app: odoo}}\ndirection: both\ntarget: {mode: all, selector: {labelSelectors: {app: web}}}"),
		func(l line) bool { return !reached(l) })
	logs(t, "node-orphans", "odoo", "it reaches the web again", reached)
	t.Logf("reported: %s", report)
}

// dieInEffect kills the daemon when Odoo's log shows the fault in effect, reverts the
// fault, and returns what the driver reported.
func dieInEffect(t *testing.T, text string, effect func(line) bool) string {
	t.Helper()
	d := driver(whole.Client, "node-orphans", "web", "odoo")
	var reports []string
	d.Log = lines.Logger(func(text string) { reports = append(reports, text) })
	s, _ := session(t, d, text)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(errors.Join(err, s.Close(t.Context())))
	}
	logs(t, "node-orphans", "odoo", "the fault is in effect", effect)
	kill := exec.CommandContext(t.Context(), os.Getenv("HARNESS_NODELAB"), "exec", "--state", whole.Dir, "--", "pkill", "-KILL", "chaos-daemon")
	if out, err := kill.CombinedOutput(); err != nil {
		t.Fatalf("kill the daemon: %v: %s", err, out)
	}
	must(t, errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())))
	t.Log(s.Injection().GoneProof)
	return strings.Join(reports, "\n")
}
