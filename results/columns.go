package results

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/parquet-go/parquet-go"
)

// SampleColumns is a batch of samples by column. It has the columns that a judgement
// needs. Row i of the batch is entry i of each column.
//
// Reading columns costs a tenth of reading rows. Names arrive as the numbers that the
// file itself uses, and no row is allocated.
type SampleColumns struct {
	Tenant, Journey, Step, Outcome NameColumn
	Intended, Started, Ended       []int64 // as [Offset]

	// Scenario is the part of the file's name that all generators of a scenario share. It
	// orders like the names of files. Empty for rows that are from no file.
	Scenario string
	Left     int // rows of the same file that follow, a hint for allocation
}

// NameColumn is a column of names: row i has the name Names[Index[i]].
type NameColumn struct {
	Names []string
	Index []int32
}

// Len returns the number of rows of the batch.
func (c *SampleColumns) Len() int { return len(c.Intended) }

// Append adds a sample, for callers that have rows and need columns.
func (c *SampleColumns) Append(s Sample) {
	c.Tenant.add(s.Tenant)
	c.Journey.add(s.Journey)
	c.Step.add(s.Step)
	c.Outcome.add(string(s.Outcome))
	c.Intended = append(c.Intended, int64(s.Intended))
	c.Started = append(c.Started, int64(s.Started))
	c.Ended = append(c.Ended, int64(s.Ended))
}

// add appends a name, reusing the number of an earlier row.
func (c *NameColumn) add(name string) { c.Index = append(c.Index, c.number(name)) }

// number returns the number of a name. Names are few, so a scan is faster than a map.
func (c *NameColumn) number(name string) int32 {
	for i := len(c.Names) - 1; i >= 0; i-- {
		if c.Names[i] == name {
			return int32(i)
		}
	}
	c.Names = append(c.Names, name)
	return int32(len(c.Names) - 1)
}

// SampleColumns yields the samples of the trial by column, in the order of
// [TrialData.Samples], a row group at a time. A batch is valid until the next one is
// yielded, which uses its memory again.
func (t *TrialData) SampleColumns() iter.Seq2[*SampleColumns, error] {
	return func(yield func(*SampleColumns, error) bool) {
		files, err := tableFiles(t.Dir, "samples*")
		if err != nil {
			yield(nil, err)
			return
		}
		var columns SampleColumns
		for _, path := range files {
			if !columns.readFile(path, yield) {
				return
			}
		}
	}
}

// readFile yields the row groups of one file; false ends the reading.
func (c *SampleColumns) readFile(path string, yield func(*SampleColumns, error) bool) bool {
	c.Scenario = scenarioOf(path)
	more, err := eachGroup(path, []column{
		{"tenant", &c.Tenant, nil}, {"journey", &c.Journey, nil}, {"step", &c.Step, nil}, {"outcome", &c.Outcome, nil},
		{"intended_ns", nil, &c.Intended}, {"started_ns", nil, &c.Started}, {"ended_ns", nil, &c.Ended},
	}, func(left int) bool {
		c.Left = left
		return yield(c, nil)
	})
	if err != nil {
		yield(nil, err)
	}
	return more
}

// column is one column of a file, and where it is read to: names or numbers.
type column struct {
	name    string
	names   *NameColumn
	numbers *[]int64
}

// eachGroup reads the columns of a file, a row group at a time. visit gets the number of
// rows that follow; false ends the reading.
func eachGroup(path string, columns []column, visit func(left int) bool) (more bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("read columns: %w", err)
	}
	defer file.Close()
	pf, err := openParquet(file)
	if err != nil {
		return false, fmt.Errorf("read columns of %s: %w", path, err)
	}
	left := int(pf.NumRows())
	for _, group := range pf.RowGroups() {
		left -= int(group.NumRows())
		if err := readGroup(group, columns); err != nil {
			return false, fmt.Errorf("read columns of %s: %w", path, err)
		}
		if !visit(left) {
			return false, nil
		}
	}
	return true, nil
}

// readGroup replaces the columns by those of a row group. The library panics on some
// damaged files. readGroup turns that into an error.
func readGroup(group parquet.RowGroup, columns []column) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged parquet file: %v", p)
		}
	}()
	rows := group.NumRows()
	for _, into := range columns {
		leaf, ok := group.Schema().Lookup(into.name)
		if !ok {
			return fmt.Errorf("column %s is missing", into.name)
		}
		chunk := group.ColumnChunks()[leaf.ColumnIndex]
		if into.names != nil {
			err = into.names.read(chunk, rows)
		} else {
			*into.numbers, err = readNumbers((*into.numbers)[:0], chunk, rows)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", into.name, err)
		}
	}
	return nil
}

// read replaces the column by that of a chunk. A page that uses the chunk's dictionary
// needs no string per row. All pages that [Table] writes do.
func (c *NameColumn) read(chunk parquet.ColumnChunk, rows int64) error {
	c.Names, c.Index = c.Names[:0], c.Index[:0]
	var here []int32 // number in the dictionary -> here
	return eachPage(chunk, rows, func(page parquet.Page) (int, error) {
		data, dictionary := page.Data(), page.Dictionary()
		if dictionary == nil {
			bytes, offsets := data.ByteArray()
			for i := 1; i < len(offsets); i++ {
				c.add(string(bytes[offsets[i-1]:offsets[i]]))
			}
			return len(c.Index), nil
		}
		for i := len(here); i < dictionary.Len(); i++ {
			here = append(here, c.number(string(dictionary.Index(int32(i)).ByteArray())))
		}
		for _, at := range data.Int32() {
			if at < 0 || int(at) >= len(here) {
				return 0, fmt.Errorf("number %d in a dictionary of %d", at, len(here))
			}
			c.Index = append(c.Index, here[at])
		}
		return len(c.Index), nil
	})
}

func readNumbers(into []int64, chunk parquet.ColumnChunk, rows int64) ([]int64, error) {
	err := eachPage(chunk, rows, func(page parquet.Page) (int, error) {
		data := page.Data()
		into = append(into, data.Int64()...)
		return len(into), nil
	})
	return into, err
}

// eachPage visits the pages of a chunk. visit returns the number of values so far. At
// the end it must equal the number of rows of the group.
func eachPage(chunk parquet.ColumnChunk, rows int64, visit func(parquet.Page) (int, error)) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	n := 0
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		n, err = visit(page)
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
	if int64(n) != rows {
		return fmt.Errorf("%d values for %d rows", n, rows)
	}
	return nil
}
