package production

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/workload"
)

// CSV counts the files of a folder: orders.csv, shipping.csv and so on, named by journey. The
// columns are time, and optionally tenant and lines. Other columns are refused, so that no file
// with names or contents is needed. The error lists every problem.
func (c *Collector) CSV(dir string) error {
	var problems []error
	found := false
	var seen span
	for _, journey := range []string{workload.Orders, workload.Shipping, workload.Receiving, workload.Invoicing,
		workload.Payments, workload.Imports} {
		path := filepath.Join(dir, journey+".csv")
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			c.lacks("", "file "+path, "no "+journey)
			continue
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found = true
		if err := c.csv(file, journey, &seen); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
		}
		problems = append(problems, file.Close())
	}
	if !found {
		problems = append(problems, fmt.Errorf("%s has no file that counts; name one orders.csv, shipping.csv, receiving.csv, "+
			"invoicing.csv, payments.csv or imports.csv", dir))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if seen.n == 0 {
		return fmt.Errorf("%s: no document lies in the period", dir)
	}
	c.source(workload.Source{Kind: "csv", Name: filepath.Base(dir)}, seen)
	return nil
}

func (c *Collector) csv(r io.Reader, journey string, seen *span) error {
	lines := csv.NewReader(r)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if err != nil {
		return fmt.Errorf("read the heading: %w", err)
	}
	header = slices.Clone(header)
	column := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains([]string{"time", "tenant", "lines"}, name) {
			return fmt.Errorf("column %q is not counted; export the columns time, tenant and lines alone", name)
		}
		column[name] = i
	}
	if _, ok := column["time"]; !ok {
		return errors.New("there is no column time")
	}
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := lines.FieldPos(0)
		at, err := parseTime(record[column["time"]])
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if !c.inPeriod(at) {
			continue
		}
		tenant := "main"
		if i, ok := column["tenant"]; ok {
			tenant = label(record[i])
		}
		h := c.history(tenant, journey)
		h.Add(at, 1)
		seen.add(at, 1)
		if i, ok := column["lines"]; ok {
			n, err := strconv.Atoi(record[i])
			if err != nil || n < 0 {
				return fmt.Errorf("line %d: %q is no number of lines", line, record[i])
			}
			h.AddLines(n, 1)
		}
	}
}

// parseTime reads the notations of PostgreSQL and of RFC 3339. A time without a zone is UTC, as
// Odoo stores it.
func parseTime(text string) (time.Time, error) {
	for _, form := range []string{time.DateTime, "2006-01-02 15:04:05-07", "2006-01-02 15:04:05-07:00", time.RFC3339,
		"2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil { // a fraction of the second is read, too
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write it as 2026-11-27 14:05:00, in UTC", text)
}
