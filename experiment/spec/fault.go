package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
	raw, input, err := file.ReadInput(path)
	if err != nil {
		return fault, doc.Problem(at+".manifest", "cannot be read: "+err.Error(),
			"paths are relative to this file, or absolute; ready manifests are in chaos/catalogue")
	}
	e.Inputs = append(e.Inputs, input)
	if f.For > 0 {
		if longer, err := withDuration(raw, time.Duration(f.For)); err == nil {
			raw = longer
		} // otherwise the parser of manifests reports what is wrong, with its line
	}
	fault.Manifest, err = parse(path, raw)
	if f.For > 0 && startsOthers(fault.Manifest.Kind) {
		fault.Manifest.Duration = time.Duration(f.For) // the driver makes it the deadline of a Workflow
	}
	fault.For = fault.Manifest.Duration
	return fault, err
}

// startsOthers reports whether resources of the kind start faults and have no
// duration of their own.
func startsOthers(kind string) bool { return kind == "Schedule" || kind == "Workflow" }

// withDuration sets spec.duration of a manifest, where its kind has one.
func withDuration(raw []byte, d time.Duration) ([]byte, error) {
	root, err := onlyDocument(raw)
	if root == nil || err != nil {
		return raw, err
	}
	spec := file.Child(root.Content[0], "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		return raw, nil
	}
	kind := file.Child(root.Content[0], "kind")
	switch {
	case kind != nil && kind.Value == "Schedule":
		// Its fault must end, too. One with a duration of its own keeps it.
		if spec = scheduled(spec); spec == nil || file.Child(spec, "duration") != nil {
			return raw, nil
		}
	case kind != nil && startsOthers(kind.Value):
		return raw, nil
	}
	if node := file.Child(spec, "duration"); node != nil {
		node.Value, node.Tag = d.String(), "!!str"
	} else {
		spec.Content = append(spec.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Value: "duration"},
			&yaml.Node{Kind: yaml.ScalarNode, Value: d.String()})
	}
	out, err := yaml.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("set the duration: %w", err)
	}
	return out, nil
}

// onlyDocument returns the YAML document that is not empty; nil for none or several, on
// which the parser of manifests reports.
func onlyDocument(raw []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var only *yaml.Node
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		switch {
		case errors.Is(err, io.EOF):
			return only, nil
		case err != nil:
			return nil, err // the parser of manifests reports it with its line
		case len(root.Content) == 0 || root.Content[0].Tag == "!!null":
			continue
		case only != nil:
			return nil, nil
		}
		only = &root
	}
}

// scheduled is the spec of the fault that a Schedule starts: the mapping with a selector.
func scheduled(spec *yaml.Node) *yaml.Node {
	for i := 1; i < len(spec.Content); i += 2 {
		if inner := spec.Content[i]; inner.Kind == yaml.MappingNode && file.Child(inner, "selector") != nil {
			return inner
		}
	}
	return nil
}
