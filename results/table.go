package results

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// schemaKey names the schema version inside every Parquet file.
const schemaKey = "harness.schema"

// partRows is the number of rows after which a part is written without waiting
// for the flush interval: it bounds memory at roughly 50 MB a table.
const partRows = 250_000

// Table is an append-only Parquet file of one kind of row.
//
// A Parquet file is readable only after its footer is written. Rows therefore go to
// parts, <dir>/<base>/0000.parquet and so on. Each part is complete and synced before
// it gets its name. Close joins them into <dir>/<base>.parquet. A killed process leaves
// the parts, which [Open] reads as well. At most the rows of one flush interval are
// lost.
type Table[R any] struct {
	dir, base string

	mu     sync.Mutex
	rows   []R
	part   int
	err    error // the first error of the background flush, reported by Append and Close
	closed bool

	stop chan struct{}
	done chan struct{}
}

// NewTable creates an empty table at dir/base. Its rows reach the disk at least every
// flushEvery. NewTable fails when the table exists.
func NewTable[R any](dir, base string, flushEvery time.Duration) (*Table[R], error) {
	for _, path := range []string{filepath.Join(dir, base), filepath.Join(dir, base+".parquet")} {
		if _, err := os.Stat(path); err == nil {
			return nil, fmt.Errorf("create table %s: it exists already; a run is never overwritten", path)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, base), 0o755); err != nil {
		return nil, fmt.Errorf("create table %s: %w", base, err)
	}
	t := &Table[R]{dir: dir, base: base, stop: make(chan struct{}), done: make(chan struct{})}
	go t.flushLoop(flushEvery)
	return t, nil
}

// Append adds rows. It is safe for concurrent use.
func (t *Table[R]) Append(rows ...R) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return fmt.Errorf("append to table %s: it is closed", t.base)
	}
	t.rows = append(t.rows, rows...)
	if len(t.rows) >= partRows {
		t.flush()
	}
	return t.err
}

// Close writes the last part and joins all parts into one file.
func (t *Table[R]) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	t.mu.Unlock()
	close(t.stop)
	<-t.done

	t.mu.Lock()
	defer t.mu.Unlock()
	t.flush()
	if t.err != nil {
		return t.err
	}
	return t.join()
}

func (t *Table[R]) flushLoop(every time.Duration) {
	defer close(t.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-tick.C:
			t.mu.Lock()
			t.flush()
			t.mu.Unlock()
		}
	}
}

// flush writes the pending rows as the next part. The caller holds mu.
func (t *Table[R]) flush() {
	if len(t.rows) == 0 {
		return
	}
	path := filepath.Join(t.dir, t.base, fmt.Sprintf("%04d.parquet", t.part))
	err := writeFile(path, func(w io.Writer) error {
		pw := parquet.NewGenericWriter[R](w, writerOptions()...)
		if _, err := pw.Write(t.rows); err != nil {
			return errors.Join(err, pw.Close())
		}
		return pw.Close()
	})
	if err != nil {
		t.err = errors.Join(t.err, fmt.Errorf("write rows of %s: %w", t.base, err))
		return
	}
	t.part++
	t.rows = t.rows[:0]
}

// join copies the parts, row group by row group, into one file and removes them.
func (t *Table[R]) join() error {
	parts, err := partFiles(t.dir, t.base)
	if err != nil {
		return err
	}
	err = writeFile(filepath.Join(t.dir, t.base+".parquet"), func(w io.Writer) error {
		pw := parquet.NewGenericWriter[R](w, writerOptions()...)
		for _, part := range parts {
			for row, err := range readParquet[R](part) {
				if err != nil {
					return errors.Join(err, pw.Close())
				}
				if _, err := pw.Write([]R{row}); err != nil {
					return errors.Join(err, pw.Close())
				}
			}
		}
		return pw.Close()
	})
	if err != nil {
		return fmt.Errorf("join parts of %s: %w", t.base, err)
	}
	return os.RemoveAll(filepath.Join(t.dir, t.base))
}

func writerOptions() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.KeyValueMetadata(schemaKey, strconv.Itoa(SchemaVersion)),
		parquet.MaxRowsPerRowGroup(500_000),
	}
}

// partFiles lists the parts of a table in the order in which they were written.
func partFiles(dir, base string) ([]string, error) {
	parts, err := filepath.Glob(filepath.Join(dir, base, "*.parquet"))
	if err != nil {
		return nil, fmt.Errorf("list parts of %s: %w", base, err)
	}
	sort.Strings(parts)
	return parts, nil
}

// writeFile writes path through fill, syncs it, and only then gives it its name. A file
// with that name is therefore always complete.
func writeFile(path string, fill func(io.Writer) error) error {
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return err
	}
	if err := fill(file); err != nil {
		return errors.Join(err, file.Cleanup())
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return errors.Join(err, file.Cleanup())
	}
	return nil
}
