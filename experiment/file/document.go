package file

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
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
var schemas embed.FS

// Document is a YAML file that conforms to its schema.
type Document struct {
	Path  string
	Input results.Input // path and digest, for the manifest of the run
	root  *yaml.Node
}

// Read reads a file of one document and checks it against schema/<schema>.schema.json.
// The error is [Problems], each with its line.
func Read(path, schema string) (*Document, error) {
	docs, err := ReadAll(path, schema)
	if err != nil {
		return nil, err
	}
	if len(docs) > 1 {
		return nil, Problem{File: path, Line: docs[1].root.Line, What: "a second document begins here, and would be ignored",
			Remedy: "write one document a file"}
	}
	return docs[0], nil
}

// ReadAll reads every document of a file, as kubectl does: empty ones and a separator at
// the end are no document. Each is checked as in [Read].
func ReadAll(path, schema string) ([]*Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Problem{File: path, What: "cannot be read: " + errors.Unwrap(err).Error(), Remedy: "check the path"}
	}
	var docs []*Document
	var problems Problems
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, yamlProblems(path, err, "the file must be YAML")
		}
		if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
			continue
		}
		doc := &Document{Path: path, Input: digest(path, data), root: root.Content[0]}
		problems.Collect(path, doc.validate(schema))
		docs = append(docs, doc)
	}
	if len(docs) == 0 {
		return nil, Problem{File: path, What: "the file is empty", Remedy: "see examples/"}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return docs, nil
}

// Digest identifies a file that shapes the run by its SHA-256.
func Digest(path string) (results.Input, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			return results.Input{}, cause
		}
		return results.Input{}, err
	}
	return digest(path, data), nil
}

func digest(path string, data []byte) results.Input {
	sum := sha256.Sum256(data)
	return results.Input{Path: path, SHA256: hex.EncodeToString(sum[:])}
}

// Decode fills a struct from the document.
func (d *Document) Decode(into any) error {
	if err := d.root.Decode(into); err != nil {
		return yamlProblems(d.Path, err, "")
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

func (d *Document) validate(schema string) error {
	name := schema + ".schema.json"
	file, err := schemas.Open("schema/" + name)
	if err != nil {
		return fmt.Errorf("open schema: %w", err)
	}
	defer file.Close()
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
		return yamlProblems(d.Path, err, "")
	}
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(value), &invalid) {
		return d.problems(invalid).Err()
	}
	return nil
}

// problems flattens the tree of causes into its leaves: those are what a person
// can mend.
func (d *Document) problems(e *jsonschema.ValidationError) Problems {
	if len(e.Causes) > 0 {
		var all Problems
		for _, cause := range e.Causes {
			all = append(all, d.problems(cause)...)
		}
		return all
	}
	what, remedy := explain(e)
	return Problems{{
		File: d.Path, Line: d.line(e.InstanceLocation), Field: strings.Join(e.InstanceLocation, "."),
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

// Problem describes what is wrong with a field, named by its path: faults.0.manifest.
func (d *Document) Problem(field, what, remedy string) Problem {
	return Problem{File: d.Path, Line: d.Line(field), Field: field, What: what, Remedy: remedy}
}

// Line returns the line of a field, or of its nearest parent that exists.
func (d *Document) Line(field string) int { return d.line(strings.Split(field, ".")) }

func (d *Document) line(path []string) int {
	node, line := d.root, d.root.Line
	for _, key := range path {
		next := Child(node, key)
		if next == nil {
			break
		}
		node, line = next, next.Line
	}
	return line
}

// Child returns the value of a key of a mapping, or an item of a sequence by its
// index; nil when there is none.
func Child(node *yaml.Node, key string) *yaml.Node {
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
