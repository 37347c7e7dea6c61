package campaign

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
)

// rendering is one experiment to be written: the template on one setup, with one fault; without a
// name of the fault, with none.
type rendering struct {
	template, file, name, setup, fault, manifest, at string
	lasts                                            time.Duration // 0: as in the manifest
}

// render returns the experiment file. Its paths are relative to it, so that the same campaign
// has the same files wherever the project lies.
func (r rendering) render() ([]byte, error) {
	data, err := os.ReadFile(r.template)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read the template %s: %w", r.template, err)
	}
	root := doc.Content[0]
	for _, list := range []*yaml.Node{file.Child(root, "objectives"), file.Child(root, "scenarios")} {
		if list == nil {
			continue
		}
		for _, item := range list.Content {
			if item.Kind == yaml.MappingNode {
				item = file.Child(item, "script")
			}
			if item.Value, err = r.relative(item.Value); err != nil {
				return nil, err
			}
		}
	}
	setup, err := r.from(r.setup)
	if err != nil {
		return nil, err
	}
	values := map[string]any{"name": r.name, "setups": []string{setup}}
	if r.fault != "" {
		manifest, err := r.from(r.manifest)
		if err != nil {
			return nil, err
		}
		fault := map[string]string{"name": r.fault, "manifest": manifest, "at": r.at}
		if r.lasts > 0 {
			fault["for"] = r.lasts.String()
		}
		values["faults"] = []any{fault}
	}
	for key, value := range values {
		if err := set(root, key, value); err != nil {
			return nil, err
		}
	}
	root.HeadComment, root.Content[0].HeadComment = "", "" // of the template
	text, err := yaml.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", r.name, err)
	}
	return append([]byte("# "+filepath.Base(r.template)+" on one setup, written by harness campaign.\n"), text...), nil
}

// relative rewrites a path that is relative to the template.
func (r rendering) relative(path string) (string, error) {
	if filepath.IsAbs(path) {
		return path, nil
	}
	return r.from(filepath.Join(filepath.Dir(r.template), path))
}

// from is a path relative to the folder of the experiment.
func (r rendering) from(path string) (string, error) {
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	at, err := filepath.Abs(filepath.Dir(r.file))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(at, to)
	return filepath.ToSlash(rel), err
}

// set replaces a value of a mapping, or adds it.
func set(mapping *yaml.Node, key string, value any) error {
	var node yaml.Node
	if err := node.Encode(value); err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content[i+1] = &node
			return nil
		}
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &node)
	return nil
}
