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
	"example.org/odooharness/chaos/kind"
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
	row, _ := kind.Find(document.kind, document.action()) // rules has refused what is not in the table
	m := chaos.Manifest{
		Path: path, Raw: raw, Kind: document.kind, Name: name.Value,
		Action: document.action(), Class: class.Value, Destroys: row.Destroys,
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
	root, err := single(raw)
	if err != nil {
		line, text := 0, err.Error()
		var syntax *yaml.LoadError
		if errors.As(err, &syntax) {
			line, text = syntax.Mark.Line, "not YAML: "+syntax.Message
		}
		p.add(line, "", "%s", text)
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
	if err := decode(raw, object); err != nil {
		p.add(root.Line, "", "%v", err)
		return nil, nil, p.err()
	}
	for _, e := range k.check() {
		line, at := lineOf(root, e.Field)
		p.add(line, at, "%s", e.ErrorBody())
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

// single returns the mapping of the only YAML document.
func single(raw []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty; a manifest begins with apiVersion and kind")
		}
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document; write one file a fault and list them in the experiment")
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("not a mapping; a manifest begins with apiVersion and kind")
	}
	if hasAlias(document.Content[0]) {
		return nil, errors.New("YAML anchors and aliases are not read here; write the values out")
	}
	return document.Content[0], nil
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
