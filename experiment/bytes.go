package experiment

import (
	"fmt"

	"go.yaml.in/yaml/v4"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Bytes is a size in a file, in Kubernetes' notation.
type Bytes int64

// UnmarshalYAML reads 512Mi.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := resource.ParseQuantity(node.Value)
	if err != nil {
		return fmt.Errorf("size %q: write it as 512Mi", node.Value)
	}
	*b = Bytes(parsed.Value())
	return nil
}
