package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"go.yaml.in/yaml/v4"
)

const (
	// longest is the size in bytes up to which a file is read. A device may have no end.
	longest = 16 << 20
	// deepest is how many mappings and lists may be inside each other.
	deepest = 100
)

// Content reads a file that a person writes, once: a pipe has no second reading. The error
// is the reason, without the path.
func Content(path string) (data []byte, err error) {
	// Without waiting: a named pipe that nobody writes to would block for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, longest+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > longest {
		return nil, fmt.Errorf("more than %d MiB", longest>>20)
	}
	if info, err := f.Stat(); err == nil && len(data) == 0 && info.Mode()&fs.ModeNamedPipe != 0 {
		return nil, errors.New("a pipe that nothing writes to")
	}
	return data, nil
}

// reason is an error of a file without its path.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// tooDeep returns the first node below which mappings and lists are nested too deeply; nil
// for none.
func tooDeep(node *yaml.Node, left int) *yaml.Node {
	if left == 0 {
		return node
	}
	for _, child := range node.Content {
		if found := tooDeep(child, left-1); found != nil {
			return found
		}
	}
	return nil
}
