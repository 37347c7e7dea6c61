package spec

import (
	"fmt"
	"os"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
)

// fault resolves one entry of faults: reads its manifest, with the duration of the
// experiment in place of its own where one is given.
func (e *Experiment) fault(doc *file.Document, i int, f faultFile, parse ParseManifest) (Fault, error) {
	at := fmt.Sprintf("faults.%d", i)
	fault := Fault{Name: f.Name, At: f.At, Setups: f.Setups, AllowOverlap: f.AllowOverlap, Line: doc.Line(at)}
	path := e.resolve(f.Manifest)
	input, err := file.Digest(path)
	if err != nil {
		return fault, doc.Problem(at+".manifest", "cannot be read: "+err.Error(),
			"paths are relative to this file, or absolute; ready manifests are in chaos/catalogue")
	}
	e.Inputs = append(e.Inputs, input)
	raw, err := os.ReadFile(path)
	if err != nil {
		return fault, doc.Problem(at+".manifest", err.Error(), "")
	}
	if f.For > 0 {
		if raw, err = withDuration(raw, time.Duration(f.For)); err != nil {
			return fault, doc.Problem(at+".manifest", err.Error(), "")
		}
	}
	fault.Manifest, err = parse(path, raw)
	if f.For > 0 && startsOthers(fault.Manifest.Kind) {
		fault.Manifest.Duration = time.Duration(f.For) // the resource has no field for it: the driver deletes the resource then
	}
	fault.For = fault.Manifest.Duration
	return fault, err
}

// startsOthers reports whether resources of the kind start faults and have no
// duration of their own.
func startsOthers(kind string) bool { return kind == "Schedule" || kind == "Workflow" }

// withDuration sets spec.duration of a manifest, where its kind has one.
func withDuration(raw []byte, d time.Duration) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil || len(root.Content) == 0 {
		return raw, err //nolint:wrapcheck // the parser of manifests reports it with its line
	}
	if kind := file.Child(root.Content[0], "kind"); kind != nil && startsOthers(kind.Value) {
		return raw, nil
	}
	spec := file.Child(root.Content[0], "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		return raw, nil
	}
	if node := file.Child(spec, "duration"); node != nil {
		node.Value, node.Tag = d.String(), "!!str"
	} else {
		spec.Content = append(spec.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Value: "duration"},
			&yaml.Node{Kind: yaml.ScalarNode, Value: d.String()})
	}
	out, err := yaml.Marshal(&root)
	if err != nil {
		return nil, fmt.Errorf("set the duration: %w", err)
	}
	return out, nil
}
