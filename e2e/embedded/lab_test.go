package embedded

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/lab"
)

// A lab is up as its flags describe it, its status lists it, and nothing of it is left
// after lab down.
func TestLabUpAndDown(t *testing.T) {
	rig.LabTest(t)
	state := rig.StateDir(t)
	perform := func(args ...string) string {
		t.Helper()
		out, err := rig.Command(t.Context(), t, state, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("harness %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	perform("lab", "up", "--kind", "embedded", "--setup", "hybrid", "--tenants", "2", "--strategic", "t2", "--workers", "4",
		"--gateway-timeout", "9s", "--weakness", "no-retry")
	up := rig.OneLab(t, state)
	if up.Spec.GatewayTimeout != 9*time.Second || !slices.Equal(up.Spec.Weaknesses, []string{"no-retry"}) {
		t.Errorf("spec %+v, want the gateway timeout and the weakness of the flags", up.Spec)
	}
	for _, name := range []string{"shared/odoo", "t2/odoo"} {
		if !slices.ContainsFunc(up.Components, func(c lab.Running) bool { return c.Name == name }) {
			t.Errorf("no component %s: %+v", name, up.Components)
		}
	}
	if status := perform("lab", "status"); !strings.Contains(status, "lab hybrid (embedded, hybrid)") || !strings.Contains(status, "t2/odoo") {
		t.Errorf("lab status:\n%s", status)
	}
	perform("lab", "down", "--all")
	if status := perform("lab", "status"); status != "no lab is up\n" {
		t.Errorf("lab status after lab down --all:\n%s", status)
	}
	if doctor := perform("doctor", "--sweep"); !strings.Contains(doctor, "0 leftovers removed") {
		t.Errorf("lab down left something:\n%s", doctor)
	}
}
