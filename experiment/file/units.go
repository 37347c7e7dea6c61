package file

import (
	"fmt"
	"math"
	"time"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v4"
)

// Duration is a time span in Go's notation: 90s, 1m30s.
type Duration time.Duration

// UnmarshalYAML reads the notation of [time.ParseDuration].
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("duration %q: write it as 90s or 1m30s", node.Value)
	}
	*d = Duration(parsed)
	return nil
}

// Bytes is a size with a binary unit: 512Mi, 2Gi.
type Bytes int64

// UnmarshalYAML reads 512Mi.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := humanize.ParseBytes(node.Value)
	if err != nil || parsed > math.MaxInt64 {
		return fmt.Errorf("size %q: write it as 512Mi", node.Value)
	}
	*b = Bytes(parsed)
	return nil
}
