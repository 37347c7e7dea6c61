package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxTail bounds the part of a log that one reading reads. The next one reads the rest.
const maxTail = 8 << 20

// tail follows a log file from its end on. A file that was replaced, or that
// became shorter, is read from its beginning.
type tail struct {
	path   string
	file   *os.File
	offset int64
	rest   []byte // an incomplete line
	opened bool   // the first opening starts at the end
}

// lines calls yield with every line that was completed since the previous call. The line
// is valid only during the call.
func (t *tail) lines(yield func(line []byte)) error {
	if err := t.follow(); err != nil {
		return err
	}
	chunk, err := io.ReadAll(io.LimitReader(t.file, maxTail))
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	t.offset += int64(len(chunk))
	data := append(t.rest, chunk...) //nolint:gocritic // rest is replaced below
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		yield(bytes.TrimSuffix(data[:end], []byte("\r")))
		data = data[end+1:]
	}
	if len(data) > 1<<20 {
		data = nil // not a log of lines
	}
	t.rest = append([]byte(nil), data...)
	return nil
}

// follow makes sure that the file that now has the path is open, at the position where
// the previous call ended.
func (t *tail) follow() error {
	info, err := os.Stat(t.path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			t.opened = true // what appears later is new from its first line
		}
		return fmt.Errorf("open log: %w", err)
	}
	if t.file != nil {
		ours, err := t.file.Stat()
		if err == nil && os.SameFile(info, ours) && info.Size() >= t.offset {
			return nil
		}
		if err := t.close(); err != nil {
			return fmt.Errorf("open log: %w", err)
		}
	}
	file, err := os.Open(t.path)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	t.file, t.offset, t.rest = file, 0, nil
	if !t.opened {
		t.opened = true
		if t.offset, err = file.Seek(0, io.SeekEnd); err != nil {
			return errors.Join(fmt.Errorf("open log: %w", err), t.close())
		}
	}
	return nil
}

func (t *tail) close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}
