package file

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v4"
)

// Duration is a time span in Go's notation: 90s, 1m30s.
type Duration time.Duration

// UnmarshalYAML reads the notation of [time.ParseDuration].
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	switch {
	case err != nil && strings.Trim(node.Value, "0123456789.smh") == "":
		return fmt.Errorf("%s is longer than can be counted; write a shorter time", node.Value)
	case err != nil:
		return fmt.Errorf("%q is not a time; write it as 90s or 1m30s", node.Value)
	case parsed > 0 && parsed < time.Millisecond:
		return fmt.Errorf("%s is shorter than 1ms; write a longer time", node.Value)
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
		return fmt.Errorf("%q is not a size; write it as 512Mi", node.Value)
	}
	*b = Bytes(parsed)
	return nil
}
