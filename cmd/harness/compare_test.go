package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// said runs a command in this process; a verdict other than pass is no error here.
func said(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs(args)
	var verdict verdictError
	if err := root.ExecuteContext(t.Context()); err != nil && !errors.As(err, &verdict) {
		t.Fatalf("harness %v: %v", args, err)
	}
	return out.Bytes()
}

// What compare --json prints about a recorded run fits the schemas that harness schema
// prints.
func TestCompareJSONFitsItsSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	for _, name := range []string{"findings", "compare"} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(said(t, "schema", name)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("urn:odoo-harness:"+name+":1", doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile("urn:odoo-harness:compare:1")
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join("..", "..", "results", "examples", "embedded-ladder")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(said(t, "compare", run, run, "--json")))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	if n := len(doc.(map[string]any)["comparisons"].([]any)); n != 1 {
		t.Errorf("%d comparisons of a run with one setup", n)
	}
}
