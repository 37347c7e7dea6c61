package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/lab/podstack"
)

func fakeSource(context.Context, *slog.Logger) (podstack.Source, error) {
	template := &odoostack.Template{Dir: "/cache/template-1", Logins: []string{"load01"}, Password: "user", ConnectorKey: "key"}
	return podstack.Source{Root: "/cache/root-1", Template: template}, nil
}

// labUp runs harness lab up with a prepared root.
func labUp(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	var b bytes.Buffer
	cmd := newLabUp(fakeSource)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&b)
	cmd.SetErr(&b)
	err = cmd.ExecuteContext(t.Context())
	return b.String(), err
}

// The flags of a lab on a cluster are in the manifests that a dry run prints.
func TestLabUpDryRun(t *testing.T) {
	out, err := labUp(t, "--on", "kubernetes", "--dry-run", "--setup", "hybrid", "--tenants", "3", "--strategic", "t3",
		"--workers", "6", "--cpu", "3", "--gateway-timeout", "9s",
		"--tool-image", "registry:5000/tool:2", "--harness-image", "registry:5000/harness:3")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"namespace: odoo-lab-hybrid-shared\n", "namespace: odoo-lab-hybrid-t3\n", "image: registry:5000/tool:2\n",
		"image: registry:5000/harness:3\n", "proxy_read_timeout 9000ms", "path: /cache/root-1\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in the manifests", want)
		}
	}
	if !strings.HasPrefix(out, "---\napiVersion: ") {
		t.Errorf("the manifests begin with %.60q", out)
	}
}

func TestLabUpRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown place "cloud": write --on here or --on kubernetes`:             {"--on", "cloud"},
		`unknown route "vpn": write --reach port-forward or --reach service-ip`: {"--on", "kubernetes", "--reach", "vpn"},
		`standby, `: {"--on", "kubernetes", "--dry-run", "--standby"},
		`unknown setup "cloud": write multi-tenant, dedicated or hybrid`: {"--setup", "cloud"},
	} {
		if _, err := labUp(t, args...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("lab up %v: %v, want %s", args, err, want)
		}
	}
}

// The setup file of a lab on a cluster has the route, the kubeconfig and its context.
func TestLabOnClusterSetup(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	o := onCluster{prepare: fakeSource}
	cmd := &cobra.Command{}
	var out bytes.Buffer
	cmd.SetOut(&out)
	o.flags(cmd, true)
	kubeconfig := filepath.Join(t.TempDir(), "config")
	if err := cmd.ParseFlags([]string{"--on", "kubernetes", "--reach", "service-ip", "--kubeconfig", kubeconfig, "--context", "staging"}); err != nil {
		t.Fatal(err)
	}
	source, err := o.prepare(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	spec := lab.Spec{Name: "multi-tenant", Kind: "odoo", Tenancy: "shared", Tenants: []string{"t1"}, Workers: 2}
	if err := o.writeSetups(cmd, &podstack.Lab{Spec: spec, Source: source, Images: o.images}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(clusterLabDir("multi-tenant"), "setup.yaml")
	if !strings.Contains(out.String(), "lab multi-tenant is up; its setup file: "+file) {
		t.Errorf("printed %q", out.String())
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"service-ip", kubeconfig, "staging"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q in the setup file:\n%s", want, raw)
		}
	}
}
