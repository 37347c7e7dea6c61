package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Each bad file is refused with its name, the line or field, and in plain words: the words of a
// library or of Go help nobody.
func TestHostileFiles(t *testing.T) {
	const head = "name: e\nhypothesis: h\nsetups: [s.yaml]\ntenants: {t1: abiding}\nscenarios:\n"
	scenario := func(fields string) string { return head + "  - {name: d, script: d.js, duration: 70s" + fields + "}\n" }
	for name, c := range map[string]struct{ text, want string }{
		"nested":              {scenario("") + "x: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "e.yaml:7: mappings and lists are more than 100 levels deep here; see examples/"},
		"too large":           {scenario("") + "#" + strings.Repeat("x", longest), "e.yaml: cannot be read: more than 16 MiB; check the path"},
		"not a number":        {scenario(", scale: .nan"), "e.yaml:6: scenarios.0.scale: NaN is no number that can be counted with; write a finite number"},
		"infinite":            {scenario(", scale: -.inf"), "e.yaml:6: scenarios.0.scale: -Inf is no number that can be counted with; write a finite number"},
		"large":               {scenario("") + "replicates: 1e300\n", "e.yaml:7: replicates: 1e+300 is above the most, 100; "},
		"seed":                {scenario("") + "seed: 99999999999999999999999\n", "e.yaml:7: seed: 1e+23 is above the most, 18446744073709551615; "},
		"seed 0":              {scenario("") + "seed: 0\n", "e.yaml:7: seed: 0 is below the least, 1; "},
		"tag of a number":     {scenario("") + "seed: !!int abc\n", `e.yaml:7: seed: "abc" is not a whole number; correct the value, or remove the tag !!int`},
		"not a time":          {scenario(", timeout: y"), `e.yaml:6: scenarios.0.timeout: "y" is not a time; write 90s, 1m30s, or cutoff-90s where a landmark is allowed`},
		"no time":             {scenario(", timeout: 0s"), `e.yaml:6: scenarios.0.timeout: "0s" is no time at all; `},
		"two files of setups": {strings.Replace(scenario(""), "[s.yaml]", `[""]`, 1), "e.yaml:3: setups.0: this text is empty; write at least a character"},
		"long name":           {strings.Replace(scenario(""), "name: e", "name: "+strings.Repeat("e", 101), 1), "e.yaml:1: name: 101 characters; write at most 100"},
		"tenant twice":        {scenario(", tenants: [t1, t1]"), "e.yaml:6: scenarios.0.tenants: an entry is there twice; remove one of the two"},
		"no variable":         {scenario(`, env: {"A=B": x}`), `e.yaml:6: scenarios.0.env.A=B: "A=B" is not allowed as a name here; `},
		"null":                {strings.Replace(scenario(""), "abiding", "~", 1), "e.yaml:4: tenants.t1: an empty value is not one of abiding, disruptive; write one of them"},
		"mapping":             {strings.Replace(scenario(""), "abiding", "{a: 1}", 1), "e.yaml:4: tenants.t1: a mapping (key: value) is not one of abiding, disruptive; write one of them"},
		"tab":                 {strings.Replace(scenario(""), "  - ", "\t- ", 1), "e.yaml:6: a character that begins no value, such as a tab, @ or %; indent with spaces"},
		"binary":              {"\x90\x00\xff", "e.yaml: it has bytes that are not UTF-8; save it as UTF-8 text"},
		"merged":              {scenario("") + "halt: {<<: foo}\n", "<< stands before something that is no mapping; "},
		"aliases":             {"a: &a [x,x,x,x,x,x,x,x,x]\n" + laughs() + scenario(""), "its aliases repeat too much text; write the values out"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "e.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path, "experiment")
			if err == nil {
				t.Fatal("it was accepted")
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "")
			if !strings.HasPrefix(got, "e.yaml:") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// laughs are aliases of aliases: a few lines that stand for gigabytes.
func laughs() string {
	var b strings.Builder
	for i := range 9 {
		from, to := string(rune('a'+i)), string(rune('b'+i))
		b.WriteString(to + ": &" + to + " [" + strings.Repeat("*"+from+", ", 8) + "*" + from + "]\n")
	}
	return b.String()
}

// Times that cannot be counted, or that k6 cannot read, name their field.
func TestTimesOutOfRange(t *testing.T) {
	for text, want := range map[string]string{
		"99999999h": "e.yaml:6: scenarios.0.duration: 99999999h is longer than can be counted; write a shorter time",
		"0.0001ms":  "e.yaml:6: scenarios.0.duration: 0.0001ms is shorter than 1ms; write a longer time",
	} {
		path := filepath.Join(t.TempDir(), "e.yaml")
		body := "name: e\nhypothesis: h\nsetups: [s]\ntenants: {t1: abiding}\nscenarios:\n  - {name: d, script: d.js, duration: " + text + "}\n"
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		doc, err := Read(path, "experiment")
		if err != nil {
			t.Fatal(err)
		}
		var into struct {
			Scenarios []struct {
				Duration Duration `yaml:"duration"`
			} `yaml:"scenarios"`
		}
		err = doc.Decode(&into)
		if err == nil || strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "") != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A setup needs a lab or components: the two are alternatives, not both missing.
func TestMissingAlternatives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(path, []byte("name: s\ntenancy: shared\nenvironment: lab\ntenants: [{name: t1}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path, "setup")
	if want := path + ":1: missing lab or components; add one of them"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A pipe that nothing writes to, and a device without an end, are refused at once. A pipe with
// content is read.
func TestContentOfPipesAndDevices(t *testing.T) {
	if _, err := Content("/dev/zero"); err == nil || err.Error() != "more than 16 MiB" {
		t.Errorf("a device without an end: %v", err)
	}
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Content(path); err == nil || err.Error() != "a pipe that nothing writes to" {
		t.Errorf("an idle pipe: %v", err)
	}
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if _, err := to.WriteString("name: e\n"); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := Content(fmt.Sprintf("/dev/fd/%d", from.Fd())); err != nil || string(data) != "name: e\n" {
		t.Errorf("got %q, %v", data, err)
	}
}
