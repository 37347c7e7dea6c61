package results

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// Run is a run on disk, opened for reading.
type Run struct {
	Dir      string
	Manifest Manifest
	Trials   []*TrialData // in the order in which they were run
	Planned  []string     // names of the trials in plan.json that had to be run; nil without a plan
	PlanErr  error        // why plan.json cannot be read; nil when there is none
}

// TrialData is one trial on disk: its description, and its rows on demand.
type TrialData struct {
	Trial
	Dir        string
	Injections []Injection
}

// Open reads the description of a run, closed or killed. Rows are read on demand. Open
// refuses a schema version that it does not know.
func Open(dir string) (*Run, error) {
	run := &Run{Dir: dir}
	if err := readJSON(filepath.Join(dir, "manifest.json"), &run.Manifest); err != nil {
		return nil, fmt.Errorf("open run: %w", err)
	}
	if run.Manifest.Schema != SchemaVersion {
		return nil, fmt.Errorf("open run %s: manifest.json has schema %d, this harness reads %d",
			dir, run.Manifest.Schema, SchemaVersion)
	}
	dirs, err := filepath.Glob(filepath.Join(dir, "trials", "*", "trial.json"))
	if err != nil {
		return nil, fmt.Errorf("open run: %w", err)
	}
	for _, path := range dirs {
		trial := &TrialData{Dir: filepath.Dir(path)}
		if err := readJSON(path, &trial.Trial); err != nil {
			return nil, fmt.Errorf("open run: %w", err)
		}
		err := readJSON(filepath.Join(trial.Dir, "injections.json"), &trial.Injections)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open run: %w", err)
		}
		run.Trials = append(run.Trials, trial)
	}
	run.Planned, run.PlanErr = plannedTrials(dir, run.Manifest.Stopping)
	sort.Slice(run.Trials, func(i, j int) bool { return run.Trials[i].Position < run.Trials[j].Position })
	return run, nil
}

// plannedTrials reads the names of the trials in plan.json, without the replicates that a
// run left out because its questions were decided. A run may lack a plan, and tests write
// some of another form. Without names no trial counts as missing.
// A plan that is no JSON is an error.
func plannedTrials(dir string, stopping *Stopping) ([]string, error) {
	var plan struct {
		Trials []struct {
			Name      string `json:"name"`
			Replicate int    `json:"replicate"`
		} `json:"trials"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var form *json.UnmarshalTypeError
	if err := json.Unmarshal(data, &plan); errors.As(err, &form) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range plan.Trials {
		if t.Name != "" && (!stopping.Early() || t.Replicate <= stopping.Replicates) {
			names = append(names, t.Name)
		}
	}
	return names, nil
}

// Samples yields every step of the trial, by file, within a file in the order in
// which it was recorded.
func (t *TrialData) Samples() iter.Seq2[Sample, error] { return readTables[Sample](t.Dir, "samples*") }

// Writes yields the journal of business writes.
func (t *TrialData) Writes() iter.Seq2[Write, error] { return readTables[Write](t.Dir, "writes*") }

// WritesOf yields the journal of one table, by its name without extension.
func (t *TrialData) WritesOf(table string) iter.Seq2[Write, error] {
	return readTables[Write](t.Dir, table)
}

// Points yields the telemetry of the trial.
func (t *TrialData) Points() iter.Seq2[Point, error] { return readTables[Point](t.Dir, "series*") }

// readTables yields the rows of every table whose name matches the pattern: from the
// joined file, or from the parts of a table that was never closed.
func readTables[R any](dir, pattern string) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		files, err := tableFiles(dir, pattern)
		if err != nil {
			var none R
			yield(none, err)
			return
		}
		for _, file := range files {
			for row, err := range readParquet[R](file) {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

func tableFiles(dir, pattern string) ([]string, error) {
	joined, err := filepath.Glob(filepath.Join(dir, pattern+".parquet"))
	if err != nil {
		return nil, fmt.Errorf("list tables %s: %w", pattern, err)
	}
	parts, err := filepath.Glob(filepath.Join(dir, pattern, "*.parquet"))
	if err != nil {
		return nil, fmt.Errorf("list tables %s: %w", pattern, err)
	}
	// A table killed between joining and removing its parts has both: the joined
	// file is whole, since it got its name last, and counts alone.
	files := joined
	for _, part := range parts {
		if _, err := os.Stat(filepath.Dir(part) + ".parquet"); err != nil {
			files = append(files, part)
		}
	}
	sort.Strings(files)
	return files, nil
}

// readBatch is the number of rows decoded at a time.
const readBatch = 4096

func readParquet[R any](path string) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		file, err := os.Open(path)
		if err != nil {
			yield(none, fmt.Errorf("read rows: %w", err))
			return
		}
		defer file.Close()
		reader, err := openReader[R](file)
		if err != nil {
			yield(none, fmt.Errorf("read rows of %s: %w", path, err))
			return
		}
		defer reader.Close()
		rows := make([]R, readBatch)
		for {
			n, err := readRows(reader, rows)
			for _, row := range rows[:n] {
				if !yield(row, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(none, fmt.Errorf("read rows of %s: %w", path, err))
				return
			}
		}
	}
}

// readRows reads the next rows.
func readRows[R any](reader *parquet.GenericReader[R], rows []R) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, fmt.Errorf("damaged parquet file: %v", p)
		}
	}()
	return reader.Read(rows)
}

// openReader opens the file for reading row by row.
func openReader[R any](file *os.File) (reader *parquet.GenericReader[R], err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged parquet file: %v", p)
		}
	}()
	pf, err := openParquet(file)
	if err != nil {
		return nil, err
	}
	return parquet.NewGenericReader[R](pf), nil
}

// openParquet checks that the file is Parquet of our schema. The library panics on
// some damaged files; a damaged run is an error, not a crash.
func openParquet(file *os.File) (pf *parquet.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged parquet file: %v", p)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkFooter(file, info.Size()); err != nil {
		return nil, err
	}
	pf, err = parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	version, _ := pf.Lookup(schemaKey)
	if version != strconv.Itoa(SchemaVersion) {
		return nil, fmt.Errorf("schema %q, this harness reads %d", version, SchemaVersion)
	}
	return pf, nil
}

// checkFooter refuses a file whose footer claims to be longer than the file, before
// the library allots as much. A Parquet file ends with the length of its footer and
// its magic, and begins with the magic.
func checkFooter(file io.ReaderAt, size int64) error {
	const frame = 12
	if size < frame {
		return fmt.Errorf("no parquet file: it has %d bytes", size)
	}
	var tail [8]byte
	if _, err := file.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:4])); n > size-frame {
		return fmt.Errorf("damaged parquet file: its footer claims %d bytes of %d", n, size)
	}
	return nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	err = json.Unmarshal(data, into)
	var form *json.UnmarshalTypeError
	switch {
	case errors.As(err, &form) && form.Field == "":
		return fmt.Errorf("%s: this is a JSON %s, and no description of a run", path, form.Value)
	case errors.As(err, &form):
		return fmt.Errorf("%s: %s: this is a JSON %s, which it cannot be", path, form.Field, form.Value)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
