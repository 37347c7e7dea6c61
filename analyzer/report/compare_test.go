package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/versus"
)

func comparison() *versus.Comparison {
	lo, hi := 0.9, 1.4
	q := finding.Quantity{Value: 1.1, Lo: &lo, Hi: &hi, N: 6, Unit: "ratio", Method: "t", Level: 0.95}
	none := finding.Quantity{Missing: true, Warnings: []string{"too few"}, Method: "t"}
	return &versus.Comparison{A: "a", B: "b", Verdict: finding.Fail, Reason: "B is slower", Paired: true,
		Differences: []versus.Difference{{What: "seed", A: "1", B: "2"}}, Notes: []string{"unpaired"},
		Rows: []versus.Row{{Measure: "latency", Journey: "orders", Window: "calm", Primary: true, Quantile: "p95", ValueA: q, ValueB: q, Ratio: q,
			Shift: q, P: q, Detectable: none, Effect: "large", Curve: []compare.Shift{{P: 0.5, Value: 0.1, Lo: 0.05, Hi: 0.2}},
			Dominance: "A is faster", Verdict: finding.Fail, Words: "slower"}}}
}

func compareSchemaCompiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	for id, data := range map[string][]byte{"urn:odoo-harness:findings:1": Schema(), "urn:odoo-harness:compare:1": CompareSchema()} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("urn:odoo-harness:compare:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompareJSONIsValidAndLosesNothing(t *testing.T) {
	s := compareSchemaCompiled(t)
	var b bytes.Buffer
	if err := CompareJSON(&b, finding.Fail, []*versus.Comparison{comparison(), {A: "a", B: "b", Verdict: finding.Inconclusive}}); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
	var back comparisons
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(comparison(), back.Comparisons[0], cmpopts.IgnoreUnexported(versus.Row{})); diff != "" {
		t.Errorf("changed by writing and reading (-wrote +read):\n%s", diff)
	}
	top := doc.(map[string]any)
	row := top["comparisons"].([]any)[0].(map[string]any)["rows"].([]any)[0].(map[string]any)
	row["score"] = 1
	if s.Validate(doc) == nil {
		t.Error("the schema takes an unknown field")
	}
}

// Every field of the types must be in the schema, else the schema of the next version
// is forgotten.
func TestCompareSchemaKnowsEveryField(t *testing.T) {
	text := string(CompareSchema()) + string(Schema())
	for _, name := range jsonFields(reflect.TypeFor[comparisons](), map[reflect.Type]bool{}) {
		if name != "" && !strings.Contains(text, `"`+name+`":`) { // unexported ones have none
			t.Errorf("compare.schema.json does not know the field %q", name)
		}
	}
}
