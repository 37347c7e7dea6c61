package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/analyzer/stats/moderated"
)

func TestMarkdown(t *testing.T) {
	for name, j := range fixtures() {
		var b bytes.Buffer
		if err := Markdown(&b, j); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", b.Bytes())
		if strings.Contains(b.String(), "<script") {
			t.Errorf("%s: a name became markup", name)
		}
	}
}

func TestMarkdownEscapesNames(t *testing.T) {
	got := md("a|b <i>*_`[x]\n& \\")
	want := "a\\|b &lt;i&gt;\\*\\_\\`\\[x\\] &amp; \\\\"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("findings.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("findings.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONIsValidAndLosesNothing(t *testing.T) {
	s := compiled(t)
	for name, j := range fixtures() {
		var b bytes.Buffer
		if err := JSON(&b, j); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back analyzer.Judgement
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(j, &back, cmpopts.IgnoreUnexported(moderated.Estimate{}, setups.Endpoint{})); diff != "" {
			t.Errorf("%s: changed by writing and reading (-wrote +read):\n%s", name, diff)
		}
	}
	small := fixtures()["one-trial"]
	small.Windows, small.Steps = small.Windows[:2], small.Steps[:1]
	small.Trials[0].Curves = small.Trials[0].Curves[:1]
	small.Trials[0].Curves[0].Values = small.Trials[0].Curves[0].Values[:4]
	var b bytes.Buffer
	if err := JSON(&b, small); err != nil {
		t.Fatal(err)
	}
	golden(t, "one-trial.json", b.Bytes())
}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := compiled(t)
	for name, spoil := range map[string]func(map[string]any){
		"unknown verdict": func(m map[string]any) { m["verdict"] = "maybe" },
		"no manifest":     func(m map[string]any) { delete(m, "manifest") },
		"figure in words": func(m map[string]any) {
			m["isolation"].([]any)[0].(map[string]any)["slowdown"].(map[string]any)["value"] = "3.9x"
		},
		"unknown field": func(m map[string]any) { m["score"] = 7 },
	} {
		var b bytes.Buffer
		if err := JSON(&b, fixture()); err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if spoil(m); s.Validate(m) == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

func TestJSONRefusesWhatIsNoNumber(t *testing.T) {
	j := fixture()
	j.Isolation[0].Slowdown.Value = math.NaN()
	if err := JSON(&bytes.Buffer{}, j); err == nil {
		t.Error("got no error, want one: JSON has no word for NaN")
	}
}

// Every field of the types must be in the schema, else the schema of the next
// version is forgotten.
func TestSchemaKnowsEveryField(t *testing.T) {
	var doc struct {
		Properties map[string]json.RawMessage            `json:"properties"`
		Defs       map[string]map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for name := range doc.Properties {
		known[name] = true
	}
	for _, def := range doc.Defs {
		var properties map[string]json.RawMessage
		if raw, ok := def["properties"]; ok {
			if err := json.Unmarshal(raw, &properties); err != nil {
				t.Fatal(err)
			}
		}
		for name := range properties {
			known[name] = true
		}
	}
	for _, name := range jsonFields(reflect.TypeFor[analyzer.Judgement](), map[reflect.Type]bool{}) {
		if !known[name] {
			t.Errorf("schema.json does not know the field %q", name)
		}
	}
}

func jsonFields(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" || seen[t] {
		return nil
	}
	seen[t] = true
	var all []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if !t.Field(i).IsExported() || name == "-" {
			continue
		}
		all = append(all, name)
		all = append(all, jsonFields(t.Field(i).Type, seen)...)
	}
	return all
}

func TestJUnit(t *testing.T) {
	for name, j := range fixtures() {
		var b bytes.Buffer
		if err := JUnit(&b, j); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".junit.xml", b.Bytes())
		var back junit.Testsuites
		if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := map[finding.Verdict]int{j.Verdict: 1}
		for _, f := range j.Findings {
			want[f.Verdict]++
		}
		got := []int{back.Tests, back.Failures, back.Errors, back.Skipped}
		if diff := cmp.Diff([]int{1 + len(j.Findings), want[finding.Fail], want[finding.Invalid],
			want[finding.Inconclusive]}, got); diff != "" {
			t.Errorf("%s: tests, failures, errors, skipped (-want +got):\n%s", name, diff)
		}
	}
}

func TestCSV(t *testing.T) {
	j := fixture()
	var b bytes.Buffer
	if err := CSV(&b, j); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+len(j.Windows) {
		t.Fatalf("%d rows, want a header and %d", len(rows), len(j.Windows))
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for i, want := range j.Windows {
		row := rows[i+1]
		if row[column["tenant"]] != want.Tenant || row[column["offered"]] != strconv.Itoa(want.Offered) {
			t.Errorf("row %d is of %s, %s offered; want %s, %d", i, row[column["tenant"]], row[column["offered"]],
				want.Tenant, want.Offered)
		}
		p99 := want.Latency.P99
		cell := ""
		if !p99.Missing {
			cell = strconv.FormatFloat(p99.Value, 'g', -1, 64)
		}
		if got := row[column["latency_p99_s"]]; got != cell {
			t.Errorf("row %d: P99 %q, want %q", i, got, cell)
		}
		if got := row[column["latency_p99_n"]]; got != strconv.Itoa(p99.N) {
			t.Errorf("row %d: n of P99 %q, want %d", i, got, p99.N)
		}
	}
}

// The Go port's own writer is the oracle: the same quantiles must give the same
// values and counts. Its blanks are tabs, the Java original's are not.
func TestHGRMReadsLikeHdrHistogram(t *testing.T) {
	h := hdrhistogram.New(1, 60_000, 3)
	for v := int64(1); v <= 1000; v++ {
		if err := h.RecordValue(v); err != nil {
			t.Fatal(err)
		}
	}
	line := latency.SpectrumLine{Window: "baseline", N: 1000}
	for _, p := range []float64{0, 50, 90, 99, 99.9, 100} {
		line.Points = append(line.Points, [2]float64{p, float64(h.ValueAtQuantile(p)) / 1000})
	}
	var got, want bytes.Buffer
	if err := HGRM(&got, line); err != nil {
		t.Fatal(err)
	}
	if _, err := h.PercentilesPrint(&want, 5, 1); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Fields(got.String())[:4], strings.Fields(want.String())[:4]; !cmp.Equal(got, want) {
		t.Errorf("header %q, want %q", got, want)
	}
	theirs, shared := hgrmRows(t, want.String()), 0
	for quantile, row := range hgrmRows(t, got.String()) {
		if want, ok := theirs[quantile]; ok && quantile > 0 {
			shared++
			if diff := cmp.Diff(want, row); diff != "" {
				t.Errorf("quantile %v (-HdrHistogram +ours):\n%s", quantile, diff)
			}
		}
	}
	if shared < 2 {
		t.Errorf("only %d rows have a quantile that HdrHistogram prints too:\n%s", shared, got.String())
	}
}

// hgrmRows reads value and count by quantile, whatever blanks part the columns.
func hgrmRows(t *testing.T, text string) map[float64][2]float64 {
	t.Helper()
	rows := map[float64][2]float64{}
	for _, row := range strings.Split(text, "\n")[1:] {
		f := strings.Fields(row)
		if len(f) < 3 || strings.HasPrefix(row, "#") {
			continue
		}
		var v [3]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(f[i], 64); err != nil {
				t.Fatalf("row %q: %v", row, err)
			}
		}
		rows[v[1]] = [2]float64{v[0], v[2]}
	}
	return rows
}
