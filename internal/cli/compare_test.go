package cli

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// output is what a command prints. Verdicts other than pass are no error here.
func output(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, problems bytes.Buffer
	if code := Run(t.Context(), args, Streams{Out: &out, Err: &problems}); code == ExitCannotRun {
		t.Fatalf("harness %v: %s", args, &problems)
	}
	return out.Bytes()
}

// What compare --json prints about a recorded run fits the schemas that harness schema
// prints.
func TestCompareJSONFitsItsSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	for _, name := range []string{"findings", "compare"} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(output(t, "schema", name)))
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
	run := filepath.Join("..", "..", "results", "examples", "embedded-first-look")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(output(t, "compare", run+"@multi-tenant", run+"@dedicated", "--json")))
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
