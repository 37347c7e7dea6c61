package podstack

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/deploy"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/odoostack/addons"
	"example.org/odooharness/odoo"
)

// partOf is the label of everything that belongs to an Odoo. Manifests of faults select
// by it.
const partOf = "app.kubernetes.io/part-of"

// Render makes the objects of a stack, its namespace first.
func (l *Lab) Render(s Stack) ([]*unstructured.Unstructured, error) {
	files := filesys.MakeFsInMemory()
	if err := l.layOut(files); err != nil {
		return nil, err
	}
	top, err := l.kustomization(files, s)
	if err != nil {
		return nil, err
	}
	raw, err := yaml.Marshal(top)
	if err != nil {
		return nil, fmt.Errorf("encode the kustomization: %w", err)
	}
	if err := files.WriteFile("lab/kustomization.yaml", raw); err != nil {
		return nil, err
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "lab")
	if err != nil {
		return nil, fmt.Errorf("make the manifests of stack %s: %w", s.Stack, err)
	}
	objects := []*unstructured.Unstructured{l.namespace(s)}
	for _, r := range made.Resources() {
		content, err := r.Map()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.GetName(), err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, l.scale(s, objects)
}

// layOut copies the embedded folders, with the paths of the node and the ingress's
// patience in their places.
func (l *Lab) layOut(to filesys.FileSystem) error {
	places := []string{"/node/root", l.Source.Root, "/node/template", l.Source.Template.Dir}
	if patience := l.Spec.GatewayTimeout; patience > 0 {
		places = append(places, "proxy_read_timeout 15s", fmt.Sprintf("proxy_read_timeout %dms", patience.Milliseconds()))
	}
	placed := strings.NewReplacer(places...)
	return fs.WalkDir(deploy.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(deploy.Files(), name)
		if err != nil {
			return err
		}
		return to.WriteFile(name, []byte(placed.Replace(string(raw))))
	})
}

// object is a part of a document that kustomize reads.
type object = map[string]any

// kustomization is the stack's own: its names, sizes, credentials and addons over the
// folders of deploy.
func (l *Lab) kustomization(files filesys.FileSystem, s Stack) (object, error) {
	credentials, err := l.credentials(s)
	if err != nil {
		return nil, err
	}
	keys, items, err := layOutAddons(files)
	if err != nil {
		return nil, err
	}
	patch, err := yaml.Marshal(object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "odoo"},
		"spec": object{"template": object{"spec": object{"volumes": []object{
			{"name": "addons", "configMap": object{"name": "addons", "items": items}},
		}}}},
	})
	if err != nil {
		return nil, err
	}
	return object{
		"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
		"namespace":  s.Namespace,
		"resources":  []string{"../stack"},
		"components": []string{"../node-root", "../connector"},
		"labels":     []object{{"pairs": l.labels(s), "includeTemplates": true}},
		"images":     []object{image("docker.io/library/busybox", l.Images.Tool), image("odoo-harness", l.Images.Harness)},
		"configMapGenerator": []object{
			{"name": "sizes", "behavior": "merge", "literals": l.sizes(s)},
			{"name": "addons", "files": keys},
		},
		"secretGenerator":  []object{{"name": "connector", "literals": []string{"connector.json=" + credentials.connector}}},
		"generatorOptions": object{"disableNameSuffixHash": true, "labels": map[string]string{partOf: "odoo-lab"}},
		"patches":          []object{{"patch": string(patch)}, {"patch": credentials.patch}},
	}, nil
}

// sizes are the settings of the stack's servers that follow from its share.
func (l *Lab) sizes(s Stack) []string {
	return []string{
		"workers=" + strconv.Itoa(s.Workers), "tenants=" + strings.Join(s.Tenants, " "),
		"shared-buffers=" + strconv.Itoa(s.Buffers) + "MB", "max-connections=" + strconv.Itoa(100*len(s.Tenants)),
		"redis-memory=" + strconv.Itoa(64*len(s.Tenants)) + "mb",
	}
}

// image replaces one of those that deploy names.
func image(name, by string) object {
	repository, tag := by, "latest"
	if at := strings.LastIndex(by, ":"); at > strings.LastIndex(by, "/") {
		repository, tag = by[:at], by[at+1:]
	}
	return object{"name": name, "newName": repository, "newTag": tag}
}

// layOutAddons writes the lab's addons and returns them as the keys of a ConfigMap,
// which has no folders, and as the paths that a pod sees them under.
func layOutAddons(files filesys.FileSystem) (keys []string, items []object, err error) {
	err = fs.WalkDir(addons.Tree(lab.DefaultOdoo), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "__pycache__") {
			return err
		}
		raw, err := fs.ReadFile(addons.Tree(lab.DefaultOdoo), name)
		if err != nil {
			return err
		}
		key := strings.ReplaceAll(name, "/", "--")
		keys = append(keys, key+"="+path.Join("addons", name))
		items = append(items, object{"key": key, "path": name})
		return files.WriteFile(path.Join("lab", "addons", name), raw)
	})
	return keys, items, err
}

type secrets struct{ patch, connector string }

// credentials of the stack's databases, as the template has them, and the
// configuration of its connector. Names of Services are written with their namespace:
// they are the same in every namespace.
func (l *Lab) credentials(s Stack) (secrets, error) {
	t := l.Source.Template
	dsn := func(role, password, database string) string {
		u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: "postgresql." + s.Namespace + ":5432",
			Path: "/" + database, RawQuery: "sslmode=disable"}
		return u.String()
	}
	redis := "redis://redis." + s.Namespace + ":6379/0"
	config := connector.Config{Redis: redis, Carrier: "http://carrier", Consumers: len(s.Tenants)}
	for _, tenant := range s.Tenants {
		config.Tenants = append(config.Tenants, connector.Tenant{
			Address: odoo.Address{Database: tenant, Host: hostOf(tenant), URL: "http://ingress"}, Key: t.ConnectorKey,
			DSN: dsn("odoo", t.Passwords.Odoo, tenant),
		})
	}
	encoded, err := json.Marshal(config)
	if err != nil {
		return secrets{}, fmt.Errorf("write the connector's configuration: %w", err)
	}
	values := object{
		"postgres-user": "odoo", "postgres-password": t.Passwords.Odoo,
		"postgres-dsn": dsn("postgres", t.Passwords.Postgres, "postgres"), "redis-url": redis,
		"odoo-password": t.Password,
	}
	for _, tenant := range s.Tenants {
		values["dsn-"+tenant] = dsn("odoo", t.Passwords.Odoo, tenant)
	}
	patch, err := yaml.Marshal(object{
		"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "odoo-credentials"}, "stringData": values,
	})
	return secrets{patch: string(patch), connector: string(encoded)}, err
}

// namespace is made before all else. Its label marks it as no production.
func (l *Lab) namespace(s Stack) *unstructured.Unstructured {
	n := &unstructured.Unstructured{Object: object{"apiVersion": "v1", "kind": "Namespace"}}
	n.SetName(s.Namespace)
	labels := l.labels(s)
	labels["odoo-harness/environment"], labels[partOf] = "lab", "odoo-lab"
	n.SetLabels(labels)
	return n
}
