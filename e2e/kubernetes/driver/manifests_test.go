//go:build kubernetes

package driver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"example.org/odooharness/chaos"
)

// What kubectl apply --dry-run=server does to a manifest: schema, defaults, webhooks
// and admission, without keeping it. Strict: an unknown field is an error.
func try(t *testing.T, r *unstructured.Unstructured) error {
	t.Helper()
	return client.WithFieldValidation(whole.Client, metav1.FieldValidationStrict).Create(t.Context(), r, client.DryRunAll)
}

// documents reads the YAML documents of a file.
func documents(t *testing.T, raw []byte) []*unstructured.Unstructured {
	t.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(raw), 4096)
	var all []*unstructured.Unstructured
	for {
		r := &unstructured.Unstructured{}
		err := decoder.Decode(&r.Object)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Object != nil {
			all = append(all, r)
		}
	}
}

// Every fault of the catalogue that is Chaos Mesh's own is accepted as it is.
func TestCatalogueIsAccepted(t *testing.T) {
	if err := whole.Namespace(t.Context(), "odoo-lab"); err != nil {
		t.Fatal(err)
	}
	accepted, ours := 0, 0
	err := fs.WalkDir(chaos.Catalogue(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(chaos.Catalogue(), path)
		if err != nil {
			return err
		}
		for _, r := range documents(t, raw) {
			if !strings.HasPrefix(r.GetAPIVersion(), "chaos-mesh.org/") {
				ours++ // no cluster knows it: the harness does it
				continue
			}
			if r.GetNamespace() == "" {
				r.SetNamespace("odoo-lab") // kubectl takes the context's
			}
			if err := try(t, r); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			accepted++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d manifests of Chaos Mesh tried, %d of our own kinds", accepted, ours)
	if accepted < 15 {
		t.Errorf("only %d manifests were tried", accepted)
	}
}

// Every setup of deploy is accepted as kustomize makes it, and so is what a user may
// put in its place. Traefik is not here: its kind is, without a schema. The components
// are no setups; those who bring the lab up with them try them.
func TestDeployIsAccepted(t *testing.T) {
	traefik(t)
	tried := 0
	root := filepath.Join("..", "..", "..", "deploy")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch folder := filepath.Dir(path); {
		case entry.Name() == "kustomization.yaml" && documents(t, raw)[0].GetKind() == "Kustomization":
			made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
			if err != nil {
				return fmt.Errorf("kustomize %s: %w", folder, err)
			}
			if raw, err = made.AsYaml(); err != nil {
				return fmt.Errorf("kustomize %s: %w", folder, err)
			}
		case entry.Name() != "route-traefik.yaml": // part of a setup
			return nil
		}
		for _, r := range documents(t, raw) {
			if r.GetKind() != "Namespace" {
				r.SetNamespace("default") // the folder's own is not there yet
			}
			if err := try(t, r); client.IgnoreAlreadyExists(err) != nil {
				t.Errorf("%s: %s %s: %v", path, r.GetKind(), r.GetName(), err)
			}
			tried++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d objects tried", tried)
	if tried < 40 {
		t.Errorf("only %d objects were tried", tried)
	}
}

// Pod Security "restricted" admits every pod of deploy. It is enforced on pods, so each
// template is tried as one.
func TestPodSecurityAdmitsDeploy(t *testing.T) {
	shop(t, whole, "restricted")
	must(t, whole.Client.Patch(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "restricted"}},
		client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`))))
	must(t, whole.Client.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness", Namespace: "restricted"}}))
	root := filepath.Join("..", "..", "..", "deploy")
	reader, err := os.ReadFile(filepath.Join(root, "harness", "reader.yaml"))
	must(t, err)
	tried := 0
	admit := func(from string, r *unstructured.Unstructured) {
		pod := r
		if template, found, _ := unstructured.NestedMap(r.Object, "spec", "template"); found {
			pod = &unstructured.Unstructured{Object: template}
			pod.SetAPIVersion("v1")
			pod.SetKind("Pod")
			pod.SetName(r.GetName())
			if claims, found, _ := unstructured.NestedSlice(r.Object, "spec", "volumeClaimTemplates"); found {
				volumes := make([]any, 0, len(claims)) // as the StatefulSet's controller adds them
				for _, claim := range claims {
					name, _, err := unstructured.NestedString(claim.(map[string]any), "metadata", "name")
					must(t, err)
					volumes = append(volumes, map[string]any{"name": name, "emptyDir": map[string]any{}})
				}
				must(t, unstructured.SetNestedSlice(pod.Object, volumes, "spec", "volumes"))
			}
		} else if r.GetKind() != "Pod" {
			return
		}
		pod.SetNamespace("restricted")
		if err := try(t, pod); err != nil {
			t.Errorf("%s: %s %s: %v", from, r.GetKind(), r.GetName(), err)
		}
		tried++
	}
	admit("harness", documents(t, reader)[0])
	for _, folder := range []string{"multi-tenant", "dedicated", "harness"} {
		made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, folder))
		must(t, err)
		raw, err := made.AsYaml()
		must(t, err)
		for _, r := range documents(t, raw) {
			admit(folder, r)
		}
	}
	if tried != 1+4+8+1 {
		t.Errorf("%d pods were tried", tried)
	}
	evil := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "root"}, "spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "x"}}}}}
	evil.SetNamespace("restricted")
	if err := try(t, evil); err == nil {
		t.Error("the namespace admits a pod that runs as root")
	}
}

func traefik(t *testing.T) {
	t.Helper()
	keep := true
	crd := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "ingressroutes.traefik.io"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "traefik.io", Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Plural: "ingressroutes", Singular: "ingressroute", Kind: "IngressRoute", ListKind: "IngressRouteList",
			},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1alpha1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", XPreserveUnknownFields: &keep,
				}},
			}},
		},
	}
	if err := whole.InstallKind(crd); err != nil {
		t.Fatal(err)
	}
}
