package manifest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	jsonkind "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"
)

// crds are the schemas of spec in Chaos Mesh's CustomResourceDefinitions, by kind,
// without descriptions and defaults. Source: config/crd/bases of
// github.com/chaos-mesh/chaos-mesh at 47411975a8cb, with NetworkChaos's
// partitionBehavior, which the api module has had since.
//
//go:embed crds.json
var crds []byte

// crdRules checks a spec against the schema of its kind, which the API server applies:
// required fields, values of a list, ranges. Fields that have a problem already are
// left out.
func crdRules(p *problems, kind string, specLine int, spec *yaml.Node) {
	compiled, err := crd(kind)
	if err != nil {
		p.add(specLine, "spec", "%v", err)
		return
	}
	var value any
	if compiled == nil {
		return // one of this project's kinds
	}
	if err := spec.Decode(&value); err != nil {
		p.add(specLine, "spec", "%v", err)
		return
	}
	invalid, ok := compiled.Validate(value).(*jsonschema.ValidationError) //nolint:errorlint // it is never wrapped
	if !ok {
		return
	}
	for _, leaf := range leaves(invalid) {
		line, at := lineOf(spec, strings.Join(leaf.InstanceLocation, "."))
		at = strings.TrimSuffix("spec."+at, ".")
		for _, field := range missing(leaf) {
			if full := at + "." + field; !p.has(p.placed(full)) {
				p.add(line, full, "missing; the CustomResourceDefinition of %s requires it", kind)
			}
		}
		if len(missing(leaf)) == 0 && !p.has(p.placed(at)) {
			p.add(line, at, "%s", bound(leaf))
		}
	}
}

// crd compiles the schema of a kind, nil for one that is not Chaos Mesh's.
func crd(kind string) (*jsonschema.Schema, error) {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(crds, &all); err != nil {
		return nil, fmt.Errorf("read schemas of Chaos Mesh: %w", err)
	}
	raw, ok := all[kind]
	if !ok {
		return nil, nil
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", kind, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(kind, parsed); err != nil {
		return nil, fmt.Errorf("add schema of %s: %w", kind, err)
	}
	compiled, err := compiler.Compile(kind)
	if err != nil {
		return nil, fmt.Errorf("compile schema of %s: %w", kind, err)
	}
	return compiled, nil
}

// leaves are the causes that have none of their own.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

func missing(e *jsonschema.ValidationError) []string {
	if required, ok := e.ErrorKind.(*jsonkind.Required); ok {
		return required.Missing
	}
	return nil
}
