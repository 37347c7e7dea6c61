package manifest

import (
	"errors"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// Check reads a manifest of another kind, such as a Job. It returns its only document that is
// not empty, and in the error a [Problem] for each unknown field, key given twice and value of
// the wrong type. like is an empty object of the kind.
func Check(path string, raw []byte, like any) ([]byte, error) {
	p := &problems{file: path}
	root, _, err := single(raw)
	if err != nil {
		p.syntax(err)
		return nil, p.err()
	}
	walk(p, root, reflect.TypeOf(like), "")
	if err := p.err(); err != nil {
		return nil, err
	}
	return Only(raw)
}

// syntax adds what the YAML library reports.
func (p *problems) syntax(err error) {
	var of *yaml.LoadError
	if errors.As(err, &of) {
		p.add(of.Mark.Line, "", "not YAML: %s", of.Message)
		return
	}
	p.add(0, "", "%s", err)
}
