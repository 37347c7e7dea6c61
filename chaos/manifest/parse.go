package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	sigsyaml "sigs.k8s.io/yaml"

	"example.org/odooharness/chaos"
)

// Parse reads a manifest. The path is for messages. The error joins a [Problem]
// for everything that is wrong.
func Parse(path string, raw []byte) (chaos.Manifest, error) {
	document, root, err := read(path, raw)
	if err != nil {
		return chaos.Manifest{}, err
	}
	p := &problems{file: path}
	rules(p, document, root)
	if err := p.err(); err != nil {
		return chaos.Manifest{}, err
	}
	_, meta := child(root, "metadata")
	_, name := child(meta, "name")
	_, annotations := child(meta, "annotations")
	_, class := child(annotations, ClassAnnotation)
	raw, err = Only(raw)
	if err != nil {
		return chaos.Manifest{}, err
	}
	m := chaos.Manifest{
		Path: path, Raw: raw, Kind: document.kind, Name: name.Value,
		Action: document.action(), Class: class.Value, Destroys: document.destroys(),
	}
	if text := document.duration(); text != nil && *text != "" {
		m.Duration, err = time.ParseDuration(*text)
		if err != nil {
			return chaos.Manifest{}, fmt.Errorf("parse spec.duration: %w", err)
		}
	}
	return m, nil
}

// read parses and type-checks; it knows nothing of the project's own rules.
func read(path string, raw []byte) (*Document, *yaml.Node, error) {
	p := &problems{file: path}
	root, _, err := single(raw)
	if err != nil {
		p.syntax(err)
		return nil, nil, p.err()
	}
	document := &Document{}
	k, ok := identify(p, root, schemas(document))
	if !ok {
		return nil, nil, p.err()
	}
	document.kind = k.name
	object := k.object()
	walk(p, root, reflect.TypeOf(object), "")
	if len(p.found) > 0 {
		return nil, nil, p.err()
	}
	raw, err = Only(raw)
	if err == nil {
		err = decode(raw, object)
	}
	if err != nil {
		p.add(root.Line, "", "%v", err)
		return nil, nil, p.err()
	}
	for _, e := range validate(document) {
		line, at := lineOf(root, e.Field)
		p.add(line, at, "%s", refusal(e))
	}
	if err := p.err(); err != nil {
		return nil, nil, err
	}
	return document, root, nil
}

// decode fills the typed object. The YAML library behind it panics on some
// malformed input; a malformed manifest is an error, not a crash.
func decode(raw []byte, object any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed: %v", p)
		}
	}()
	// Not sigsyaml.Unmarshal: guided by the type, it fills pointers of fields that
	// are not in the file (seen with NetworkChaos: bandwidth.rate brings an empty
	// spec.rate). This is the way kubectl takes, too.
	document, err := sigsyaml.YAMLToJSONStrict(raw)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	return decoder.Decode(object)
}

// Only returns the only YAML document of a file that is not empty, as kubectl reads it:
// separators before and after it are no documents. A file with one document is
// returned as it is.
func Only(raw []byte) ([]byte, error) {
	node, first, err := single(raw)
	if err != nil || first {
		return raw, err
	}
	alone, err := yaml.Marshal(node)
	if err != nil {
		return nil, fmt.Errorf("separate the document: %w", err)
	}
	return alone, nil
}

// single returns the mapping of the only document that is not empty, and whether it is
// the first.
func single(raw []byte) (node *yaml.Node, first bool, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	for i := 0; ; i++ {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("not YAML: %w", err)
		}
		if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
			continue
		}
		if deep(&document, deepest) {
			return nil, false, fmt.Errorf("mappings and lists are more than %d levels deep", deepest)
		}
		if node != nil {
			return nil, false, errors.New("more than one YAML document; write one file a fault and list them in the experiment")
		}
		node, first = document.Content[0], i == 0
	}
	switch {
	case node == nil:
		return nil, false, errors.New("the file is empty; a manifest begins with apiVersion and kind")
	case node.Kind != yaml.MappingNode:
		return nil, false, errors.New("not a mapping; a manifest begins with apiVersion and kind")
	case hasAlias(node):
		return nil, false, errors.New("YAML anchors and aliases are not read here; write the values out")
	}
	return node, first, nil
}

// deepest is how many mappings and lists may be inside each other.
const deepest = 100

// deep reports whether mappings and lists are nested deeper than left.
func deep(node *yaml.Node, left int) bool {
	return left == 0 || slices.ContainsFunc(node.Content, func(n *yaml.Node) bool { return deep(n, left-1) })
}

// hasAlias finds aliases: they can nest to exponential size, and no manifest
// needs them.
func hasAlias(node *yaml.Node) bool {
	return node.Kind == yaml.AliasNode || slices.ContainsFunc(node.Content, hasAlias)
}

// identify finds the kind by kind and apiVersion.
func identify(p *problems, root *yaml.Node, kinds []schema) (schema, bool) {
	line, name := child(root, "kind")
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		if k.name != name.Value {
			names = append(names, k.name)
			continue
		}
		line, version := child(root, "apiVersion")
		if version.Value != k.apiVersion {
			p.add(line, "apiVersion", "%q is not the version of %s; write %s", version.Value, k.name, k.apiVersion)
			return schema{}, false
		}
		return k, true
	}
	for i := 0; name.Value == "" && i+1 < len(root.Content); i += 2 {
		key := root.Content[i]
		if distance(strings.ToLower(key.Value), "kind") <= 2 {
			p.add(key.Line, key.Value, "unknown field; write kind")
			return schema{}, false
		}
	}
	p.add(line, "kind", "unknown kind %q; known are %s", name.Value, strings.Join(names, ", "))
	return schema{}, false
}

// child returns the value of a key and the key's line; an empty node and the
// parent's line when there is none.
func child(node *yaml.Node, key string) (int, *yaml.Node) {
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i].Line, node.Content[i+1]
			}
		}
	}
	return node.Line, &yaml.Node{Line: node.Line}
}
