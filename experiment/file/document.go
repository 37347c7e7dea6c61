package file

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"example.org/odooharness/results"
)

//go:embed schema/*.json
var schemas embed.FS

// Schema returns the JSON Schema of a kind of file: experiment, setup, openslo, workload, forecast.
func Schema(name string) ([]byte, error) { return schemas.ReadFile("schema/" + name + ".schema.json") }

// Document is a YAML file that conforms to its schema.
type Document struct {
	Path  string
	Input results.Input // path and digest, for the manifest of the run
	root  *yaml.Node
	under string // path of an overlay in its file, with a dot: remedies.0.
}

// Read reads a file of one document and checks it against schema/<schema>.schema.json.
// The error is [Problems], each with its line.
func Read(path, schema string) (*Document, error) {
	docs, err := documents(path)
	if err != nil {
		return nil, err
	}
	if len(docs) > 1 {
		return nil, Problem{File: path, Line: docs[1].root.Line, What: "a second document begins here, and would be ignored",
			Remedy: "write one document a file"}
	}
	return docs[0], docs[0].validate(schema)
}

// ReadAll reads every document of a file, as kubectl does: empty ones and a separator at
// the end are no document. Each is checked as in [Read].
func ReadAll(path, schema string) (docs []*Document, err error) {
	defer func() {
		if p := recover(); p != nil { // in a parser or validator of others
			err = Problem{File: path, What: fmt.Sprintf("cannot be read as %s: the parser failed with: %v", schema, p),
				Remedy: "compare it with examples/, and report this as a defect of the harness"}
		}
	}()
	docs, err = documents(path)
	if err != nil {
		return nil, err
	}
	var problems Problems
	for _, doc := range docs {
		problems.Collect(path, doc.validate(schema))
	}
	return docs, problems.Err()
}

// documents parses a file.
func documents(path string) ([]*Document, error) {
	data, err := Content(path)
	if err != nil {
		return nil, Problem{File: path, What: "cannot be read: " + err.Error(), Remedy: "check the path"}
	}
	var docs []*Document
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, yamlProblems(path, nil, err, "the file must be YAML")
		}
		if deep := tooDeep(&root, deepest); deep != nil {
			return nil, Problem{File: path, Line: deep.Line,
				What: fmt.Sprintf("mappings and lists are more than %d levels deep here", deepest), Remedy: "see examples/"}
		}
		if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
			continue
		}
		docs = append(docs, &Document{Path: path, Input: digest(path, data), root: root.Content[0]})
	}
	if len(docs) == 0 {
		return nil, Problem{File: path, What: "the file is empty", Remedy: "see examples/"}
	}
	return docs, nil
}

// Digest identifies a file that shapes the run by its SHA-256.
func Digest(path string) (results.Input, error) {
	_, input, err := ReadInput(path)
	return input, err
}

// ReadInput reads a file that shapes the run. The error is the reason, without the path.
func ReadInput(path string) ([]byte, results.Input, error) {
	data, err := Content(path)
	if err != nil {
		return nil, results.Input{}, err
	}
	return data, digest(path, data), nil
}

func digest(path string, data []byte) results.Input {
	sum := sha256.Sum256(data)
	return results.Input{Path: path, SHA256: hex.EncodeToString(sum[:])}
}

// Decode fills a struct from the document.
func (d *Document) Decode(into any) error {
	if err := d.root.Decode(into); err != nil {
		return yamlProblems(d.Path, d.root, err, "")
	}
	return nil
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
	if problems := d.keys(nil, d.root); len(problems) > 0 {
		return problems
	}
	datesAreText(d.root)
	var value any
	if err := d.root.Decode(&value); err != nil {
		return yamlProblems(d.Path, d.root, err, "")
	}
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(value), &invalid) {
		problems := d.problems(parsed, invalid) // in the order of a Go map
		for i := range problems {
			problems[i].Field = d.under + problems[i].Field
		}
		slices.SortFunc(problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Field, b.Field), strings.Compare(a.What, b.What))
		})
		return problems.Err()
	}
	return nil
}

// datesAreText makes dates without quotes text, as in JSON: a schema knows no type of dates.
func datesAreText(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!timestamp" {
		node.Tag = "!!str"
	}
	for _, child := range node.Content {
		datesAreText(child)
	}
}

// Problem describes what is wrong with a field, named by its path: faults.0.manifest.
func (d *Document) Problem(field, what, remedy string) Problem {
	return Problem{File: d.Path, Line: d.Line(field), Field: d.under + field, What: what, Remedy: remedy}
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

// keyLine returns the line of the key of a field, or of its nearest parent that exists.
func (d *Document) keyLine(path []string) int {
	parent := d.root
	for _, key := range path[:len(path)-1] {
		if parent = Child(parent, key); parent == nil {
			return d.line(path)
		}
	}
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Kind == yaml.MappingNode && parent.Content[i].Value == path[len(path)-1] {
			return parent.Content[i].Line
		}
	}
	return d.line(path)
}

// keys reports keys that are not text, and keys that a mapping has twice: of those, the
// YAML library names neither the field nor a remedy.
func (d *Document) keys(path []string, node *yaml.Node) Problems {
	var problems Problems
	seen := map[string]int{}
	for i, child := range node.Content {
		at := append(slices.Clone(path), strconv.Itoa(i))
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				problems = append(problems, d.key(path, child, seen)...)
				continue
			}
			at = append(slices.Clone(path), node.Content[i-1].Value)
		}
		problems = append(problems, d.keys(at, child)...)
	}
	return problems
}

func (d *Document) key(path []string, key *yaml.Node, seen map[string]int) Problems {
	field := strings.Join(append(slices.Clone(path), key.Value), ".")
	problem := Problem{File: d.Path, Line: key.Line, Field: field}
	first, twice := seen[key.Value]
	seen[key.Value] = key.Line
	switch {
	case key.Kind == yaml.ScalarNode && key.Tag == "!!merge":
		return nil
	case key.Kind != yaml.ScalarNode:
		problem.What, problem.Remedy = "a key is a mapping or a list", "write a name before the colon"
	case key.Tag != "!!str":
		problem.What, problem.Remedy = "the key "+key.Value+" is not text", fmt.Sprintf("write it in quotes: %q", key.Value)
	case twice:
		problem.What, problem.Remedy = fmt.Sprintf("%s is given twice, first in line %d", key.Value, first), "remove one of the two"
	default:
		return nil
	}
	return Problems{problem}
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
