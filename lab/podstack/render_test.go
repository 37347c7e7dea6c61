package podstack

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
)

var update = flag.Bool("update", false, "write the setups of the examples again") // a flag of the test

func testLab(tenancy results.Tenancy, cpu float64) *Lab {
	template := &odoostack.Template{Dir: "/cache/template-1", Logins: []string{"load01"}, Password: "user", ConnectorKey: "key"}
	template.Passwords.Odoo, template.Passwords.Postgres = "p&ss", "super"
	return &Lab{
		Spec: lab.Spec{Name: "here", Kind: "odoo", Tenancy: tenancy, Tenants: []string{"t1", "t2", "t3"}, Strategic: []string{"t3"},
			Workers: 6, CPU: cpu},
		Source: Source{Root: "/cache/root-1", Template: template}, Images: Images{Tool: "registry:5000/tool:2", Harness: "odoo-harness:dev"},
	}
}

func rendered(t *testing.T, l *Lab) map[string][]*unstructured.Unstructured {
	t.Helper()
	stacks, err := l.Stacks()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]*unstructured.Unstructured{}
	for _, s := range stacks {
		objects, err := l.Render(s)
		if err != nil {
			t.Fatal(err)
		}
		all[s.Namespace] = objects
	}
	return all
}

// totals adds up what all containers of all stacks get.
func totals(t *testing.T, all map[string][]*unstructured.Unstructured) map[string]int64 {
	t.Helper()
	sum := map[string]int64{}
	for _, objects := range all {
		err := eachTemplate(objects, func(name string, spec *corev1.PodSpec) {
			for _, c := range spec.Containers {
				if name == carrier {
					continue
				}
				sum["requests.cpu"] += c.Resources.Requests.Cpu().MilliValue()
				sum["limits.cpu"] += c.Resources.Limits.Cpu().MilliValue()
				sum["requests.memory"] += c.Resources.Requests.Memory().Value()
				sum["limits.memory"] += c.Resources.Limits.Memory().Value()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return sum
}

// Whatever the tenancy, all stacks together get the same, and with --cpu that much.
func TestEveryTenancyGetsTheSame(t *testing.T) {
	for _, cpu := range []float64{0, 2, 4.5} {
		want := totals(t, rendered(t, testLab("shared", cpu)))
		for _, tenancy := range []results.Tenancy{results.Dedicated, results.Hybrid} {
			got := totals(t, rendered(t, testLab(tenancy, cpu)))
			for what := range want {
				// A container's share is cut to whole thousandths of a core.
				if diff := got[what] - want[what]; diff > 15 || diff < -15 {
					t.Errorf("%s of %g cores: %s is %d, shared %d", tenancy, cpu, what, got[what], want[what])
				}
			}
		}
		if got := want["limits.cpu"]; cpu > 0 && (got > int64(cpu*1000) || got < int64(cpu*1000)-15) {
			t.Errorf("limits of %d thousandths, want %g cores", got, cpu)
		}
	}
}

func TestNamespacesByTenancy(t *testing.T) {
	for tenancy, want := range map[results.Tenancy]string{
		results.Shared: "odoo-lab-here", results.Dedicated: "odoo-lab-here-t1 odoo-lab-here-t2 odoo-lab-here-t3",
		results.Hybrid: "odoo-lab-here-shared odoo-lab-here-t3",
	} {
		stacks, err := testLab(tenancy, 0).Stacks()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range stacks {
			got = append(got, s.Namespace)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", tenancy, got, want)
		}
	}
}

// What pods cannot be is refused, instead of being left out without a word.
func TestLabsOfProcessesAreRefused(t *testing.T) {
	for want, change := range map[string]func(*lab.Spec){
		"not kind \"embedded\"": func(s *lab.Spec) { s.Kind = "embedded" },
		"standby":               func(s *lab.Spec) { s.Standby = true },
		"notices":               func(s *lab.Spec) { s.Notices = true },
		"walDisk":               func(s *lab.Spec) { s.WALDisk = 512 << 20 },
		"weaknesses":            func(s *lab.Spec) { s.Weaknesses = []string{"connector-postcommit"} },
	} {
		l := testLab("shared", 0)
		change(&l.Spec)
		if _, err := l.Stacks(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// The objects of a stack: complete, in its namespace, labelled, with the node's paths and
// the chosen images.
func TestStackAsRendered(t *testing.T) {
	hybrid := testLab("hybrid", 0)
	hybrid.Spec.GatewayTimeout = 2500 * time.Millisecond
	objects := rendered(t, hybrid)["odoo-lab-here-shared"]
	var text strings.Builder
	kinds := map[string]int{}
	for i, o := range objects {
		kinds[o.GetKind()]++
		if i > 0 && o.GetNamespace() != "odoo-lab-here-shared" {
			t.Errorf("%s %s is in %q", o.GetKind(), o.GetName(), o.GetNamespace())
		}
		if o.GetLabels()[LabLabel] != "here" || o.GetLabels()[StackLabel] != "shared" {
			t.Errorf("%s %s is labelled %v", o.GetKind(), o.GetName(), o.GetLabels())
		}
		raw, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(raw)
	}
	want := map[string]int{"Namespace": 1, "Service": 5, "StatefulSet": 2, "Deployment": 4, "ConfigMap": 4, "Secret": 2}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, n)
		}
	}
	for _, part := range []string{
		"path: /cache/root-1", "path: /cache/template-1", "image: registry:5000/tool:2", "image: odoo-harness:dev",
		"tenants: t1 t2\n", "postgres://postgres:super@postgresql.odoo-lab-here-shared:5432/postgres",
		"path: harness_connector/models/outbox.py", "workers: \"4\"", "proxy_read_timeout 2500ms;",
	} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("nothing says %q", part)
		}
	}
	for _, part := range []string{"/node/", "volumeClaimTemplates", "busybox:1.37", "change-me"} {
		if strings.Contains(text.String(), part) {
			t.Errorf("it says %q", part)
		}
	}
	if t.Failed() {
		t.Log(text.String())
	}
}

// The folders that a person applies render, and both setups get the same in total:
// two tenants with a stack each, or both on one.
func TestDeployedSetupsGetTheSame(t *testing.T) {
	sum := func(folders ...string) map[string]int64 {
		all := map[string][]*unstructured.Unstructured{}
		for _, folder := range folders {
			all[folder] = kustomized(t, folder)
		}
		return totals(t, all)
	}
	shared, dedicated := sum("multi-tenant"), sum("dedicated/t1", "dedicated/t2")
	if fmt.Sprint(shared) != fmt.Sprint(dedicated) || shared["limits.cpu"] == 0 || len(shared) != 4 {
		t.Errorf("shared %v, dedicated %v", shared, dedicated)
	}
	if len(kustomized(t, "harness")) < 6 {
		t.Error("deploy/harness is not whole")
	}
	if all := kustomized(t, "dedicated"); len(all) != len(kustomized(t, "dedicated/t1"))+len(kustomized(t, "dedicated/t2")) {
		t.Errorf("deploy/dedicated has %d objects", len(all))
	}
}

// The public image of Odoo does not use Redis: it is in none of these setups, so that no
// fault in it can pass. Odoo's files outlive its pod.
func TestPublicImages(t *testing.T) {
	for _, folder := range []string{"multi-tenant", "dedicated/t1", "dedicated/t2"} {
		volume := ""
		for _, o := range kustomized(t, folder) {
			if o.GetName() == "redis" {
				t.Errorf("%s has a %s of Redis", folder, o.GetKind())
			}
			must(t, eachTemplate([]*unstructured.Unstructured{o}, func(name string, spec *corev1.PodSpec) {
				for _, c := range spec.Containers {
					tag := c.Image[strings.LastIndex(c.Image, ":")+1:]
					if !strings.Contains(tag, ".") || c.LivenessProbe == nil || c.StartupProbe == nil || c.ReadinessProbe == nil || c.ReadinessProbe.TCPSocket != nil {
						t.Errorf("%s: %s has image %s and probes %v, %v, %v", folder, name, c.Image, c.StartupProbe, c.ReadinessProbe, c.LivenessProbe)
					}
				}
				if name == "odoo" {
					volume = spec.Volumes[0].PersistentVolumeClaim.ClaimName
				}
			}))
		}
		if volume != "odoo-data" {
			t.Errorf("%s: Odoo's files are on %q", folder, volume)
		}
	}
}

// The Job of docs/kubernetes.md, as written there: kustomize accepts it.
func TestJobRecipeRenders(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "kubernetes.md"))
	must(t, err)
	_, rest, found := strings.Cut(string(page), "cat > job/kustomization.yaml <<END\n")
	recipe, _, ended := strings.Cut(rest, "\nEND\n")
	if !found || !ended {
		t.Fatal("docs/kubernetes.md has no job/kustomization.yaml")
	}
	job := t.TempDir()
	must(t, os.CopyFS(job, os.DirFS(filepath.Join("..", "..", "deploy", "harness"))))
	must(t, os.WriteFile(filepath.Join(job, "kustomization.yaml"), []byte(recipe), 0o600))
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), job)
	must(t, err)
	text, err := made.AsYaml()
	must(t, err)
	for _, want := range []string{"image: app.local/harness:1", "path: /srv/results", "name: odoo-harness-experiment"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func kustomized(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "deploy", folder)); err != nil {
		t.Fatal(err)
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join("..", "..", "deploy", folder))
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for _, r := range made.Resources() {
		content, err := r.Map()
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects
}

// The setups among the examples are those that harness lab up writes.
func TestExampleSetups(t *testing.T) {
	for name, tenancy := range map[string]results.Tenancy{"multi-tenant": results.Shared, "dedicated": results.Dedicated} {
		l := testLab(tenancy, 0)
		l.Spec.Name, l.Spec.Tenants, l.Spec.Strategic = name, []string{"t1", "t2"}, nil
		l.Source.Template.Logins = []string{"load01", "load02", "load03", "load04", "load05", "load06", "load07", "load08"}
		got, err := l.Setup(Reach{By: "port-forward"})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", "..", "examples", "setups", "kubernetes-"+name+".yaml")
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-file +written); -update writes it:\n%s", file, diff)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
