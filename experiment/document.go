package experiment

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/odooharness/results"
)

//go:embed schema/*.json
var schemas embed.FS //nolint:gochecknoglobals // go:embed needs a variable; it is read only

// document is a YAML file that was checked against its schema.
type document struct {
	path string
	root *yaml.Node
}

// readDocument reads path, checks it against schema/<schema>.schema.json and
// returns all problems with their lines. The digest of the file goes to inputs.
func readDocument(path, schema string, inputs *[]results.Input) (*document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Problem{File: path, What: "cannot be read: " + errors.Unwrap(err).Error(), Remedy: "check the path"}
	}
	sum := sha256.Sum256(data)
	*inputs = append(*inputs, results.Input{Path: path, SHA256: hex.EncodeToString(sum[:])})

	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, yamlProblems(path, err, "the file must be YAML")
	}
	if len(root.Content) == 0 {
		return nil, Problem{File: path, What: "the file is empty", Remedy: "see examples/"}
	}
	doc := &document{path: path, root: root.Content[0]}
	return doc, doc.validate(schema)
}

// decode fills a struct; the schema has been checked before.
func (d *document) decode(into any) error {
	if err := d.root.Decode(into); err != nil {
		return yamlProblems(d.path, err, "")
	}
	return nil
}

// yamlProblems returns what the YAML library found wrong with a file, each with its line.
func yamlProblems(path string, err error, remedy string) Problems {
	var problems Problems
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			problems = append(problems, Problem{File: path, Line: e.Mark.Line, What: e.Message, Remedy: remedy})
		}
	case errors.As(err, &one):
		problems = append(problems, Problem{File: path, Line: one.Mark.Line, What: one.Message, Remedy: remedy})
	default:
		problems = append(problems, Problem{File: path, What: err.Error(), Remedy: remedy})
	}
	return problems
}

func (d *document) validate(schema string) error {
	name := schema + ".schema.json"
	file, err := schemas.Open("schema/" + name)
	if err != nil {
		return fmt.Errorf("open schema: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	parsed, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		return fmt.Errorf("parse schema %s: %w", name, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, parsed); err != nil {
		return fmt.Errorf("add schema %s: %w", name, err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		return fmt.Errorf("compile schema %s: %w", name, err)
	}
	var value any
	if err := d.root.Decode(&value); err != nil {
		return yamlProblems(d.path, err, "")
	}
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(value), &invalid) {
		return d.problems(invalid).Err()
	}
	return nil
}

// problems flattens the tree of causes into its leaves: those are what a person
// can mend.
func (d *document) problems(e *jsonschema.ValidationError) Problems {
	if len(e.Causes) > 0 {
		var all Problems
		for _, cause := range e.Causes {
			all = append(all, d.problems(cause)...)
		}
		return all
	}
	what, remedy := explain(e)
	return Problems{{
		File: d.path, Line: d.line(e.InstanceLocation), Field: strings.Join(e.InstanceLocation, "."),
		What: what, Remedy: remedy,
	}}
}

func explain(e *jsonschema.ValidationError) (what, remedy string) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return "unknown field " + strings.Join(k.Properties, ", "), "remove it or check its spelling"
	case *kind.Required:
		return "missing " + strings.Join(k.Missing, ", "), "add it"
	case *kind.DependentRequired:
		return fmt.Sprintf("%s without %s", k.Prop, strings.Join(k.Missing, ", ")), "the one takes the other"
	case *kind.Pattern:
		if strings.Contains(k.Want, "ms|s|m|h") {
			return fmt.Sprintf("%q is not a time", k.Got), "write 90s, 1m30s, or cutoff-90s where a landmark is allowed"
		}
		return fmt.Sprintf("%q is not allowed here", k.Got), "it must match " + k.Want
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, v := range k.Want {
			want[i] = fmt.Sprint(v)
		}
		return fmt.Sprintf("%v is not one of %s", k.Got, strings.Join(want, ", ")), ""
	case *kind.OneOf:
		return "exactly one of the alternatives must be given", "a setup has either lab or components"
	}
	return e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), ""
}

// line finds the line of a field, or of the nearest parent that is there.
// problem is what is wrong with a field of the file, a.b.c, at its line.
func (d *document) problem(field, what, remedy string) Problem {
	return Problem{File: d.path, Line: d.line(strings.Split(field, ".")), Field: field, What: what, Remedy: remedy}
}

// noScenario is a field that names a scenario which is not there.
func (d *document) noScenario(field, name string) Problem {
	return d.problem(field, "there is no scenario "+name, "name an entry of scenarios")
}

func (d *document) line(path []string) int {
	node, line := d.root, d.root.Line
	for _, key := range path {
		next := child(node, key)
		if next == nil {
			break
		}
		node, line = next, next.Line
	}
	return line
}

func child(node *yaml.Node, key string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// known lists the keys of a map for an error message.
func known[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return strings.Join(keys, ", ")
}
