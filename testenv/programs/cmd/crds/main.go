// Command crds writes Chaos Mesh's CustomResourceDefinitions as one JSON list, to
// be created with an API server. Its argument is the folder of the chaos-mesh module:
//
//	crds $(go list -m -f '{{.Dir}}' github.com/chaos-mesh/chaos-mesh) > crds.json
//
// The CRDs of that module are four days older than the api module with which the
// controllers are built, and lack spec.partitionBehavior: the API server would
// prune the field that the webhook has set, and every later update of the resource
// would be refused as a change of its spec. So the field is added where it belongs.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// patched is in how many places the field is missing. Another number means
// another version of the CRDs, and this patch has to be looked at.
const patched = 11

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crds:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("no argument: write the folder of the chaos-mesh module")
	}
	files, err := filepath.Glob(filepath.Join(args[0], "config", "crd", "bases", "*.yaml"))
	if err != nil {
		return err
	}
	var items []any
	count := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var crd map[string]any
		// Each file begins with a document separator.
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(string(raw), "---")), &crd); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		count += patch(crd)
		items = append(items, crd)
	}
	if count != patched {
		return fmt.Errorf("%d places for partitionBehavior in %d files, not %d", count, len(files), patched)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"apiVersion": "v1", "kind": "List", "items": items,
	})
}

// patch adds the field to every schema of a NetworkChaos spec or of an iptables
// rule below the node, and returns to how many.
func patch(node any) int {
	count := 0
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			count += patch(child)
		}
	case map[string]any:
		for _, child := range node {
			count += patch(child)
		}
		properties, ok := node["properties"].(map[string]any)
		if ok && (has(properties, "direction", "externalTargets") || has(properties, "ipsets", "direction", "device", "name")) {
			properties["partitionBehavior"] = map[string]any{"type": "string"}
			count++
		}
	}
	return count
}

func has(properties map[string]any, names ...string) bool {
	for _, name := range names {
		if _, ok := properties[name]; !ok {
			return false
		}
	}
	return true
}
