package production

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/workload"
)

// dump is one dump that is read. Its tables come in any order, so that what needs two of them is
// kept until the end.
type dump struct {
	to      *Collector
	name    string
	readers map[string]func(copied) error
	found   map[string]bool
	seen    span
	odoo    string

	moments  map[moment]int32   // documents of sale_order and product_template by their transaction
	pickings map[moving]int     // pickings by type, until the types are known
	types    map[int64]string   // code by type
	lines    map[orderKey]int32 // lines by order
}

type moment struct {
	orders  bool
	company int64
	micro   int64
}

type moving struct{ kind, company, interval int64 }

type orderKey struct{ company, order int64 }

func newDump(c *Collector, path string) *dump {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	d := &dump{to: c, name: name, found: map[string]bool{}, moments: map[moment]int32{}, pickings: map[moving]int{},
		types: map[int64]string{}, lines: map[orderKey]int32{}}
	d.readers = map[string]func(copied) error{
		"sale_order":         func(r copied) error { return d.created(r, true) },
		"product_template":   func(r copied) error { return d.created(r, false) },
		"sale_order_line":    d.line,
		"stock_picking":      d.picking,
		"stock_picking_type": d.kind,
		"account_move":       d.move,
		"account_payment":    d.payment,
		"ir_module_module":   d.module,
	}
	return d
}

// copied is a row of a COPY block: the fields of the columns by name, \N for none.
type copied struct {
	columns map[string]int
	fields  [][]byte
}

func (r copied) text(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) || bytes.Equal(r.fields[i], []byte(`\N`)) {
		return ""
	}
	return string(r.fields[i])
}

// number is 0 when there is none.
func (r copied) number(column string) int64 {
	n, err := strconv.ParseInt(r.text(column), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// time reports false when there is none.
func (r copied) time(column string) (time.Time, bool, error) {
	text := r.text(column)
	if text == "" {
		return time.Time{}, false, nil
	}
	t, err := parseTime(text)
	return t, err == nil, err
}

// open reads "COPY public.sale_order (id, create_date) FROM stdin;" and returns the reader of its
// rows, nil for a table that does not count.
func (d *dump) open(line string) (func([][]byte) error, error) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(line, "COPY "), " ")
	name = strings.Trim(name[strings.LastIndex(name, ".")+1:], `"`)
	read := d.readers[name]
	if read == nil {
		return nil, nil //nolint:nilnil // no reader is no error
	}
	list, _, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")")
	if !ok {
		return nil, fmt.Errorf("the block of %s names no columns; make the dump with pg_dump of version 9 or later", name)
	}
	d.found[name] = true
	columns := map[string]int{}
	for i, column := range strings.Split(list, ", ") {
		columns[strings.Trim(column, `"`)] = i
	}
	return func(fields [][]byte) error { return read(copied{columns, fields}) }, nil
}

func (d *dump) created(r copied, orders bool) error {
	at, ok, err := r.time("create_date")
	if err != nil || !ok || !d.to.inPeriod(at) {
		return err
	}
	d.moments[moment{orders, r.number("company_id"), at.UnixMicro()}]++
	return nil
}

func (d *dump) line(r copied) error {
	if r.text("display_type") == "" {
		d.lines[orderKey{r.number("company_id"), r.number("order_id")}]++
	}
	return nil
}

func (d *dump) picking(r copied) error {
	at, ok, err := r.time("date_done")
	if err != nil || !ok || r.text("state") != "done" || !d.to.inPeriod(at) {
		return err
	}
	d.pickings[moving{r.number("picking_type_id"), r.number("company_id"), at.Unix() / int64(workload.Interval/time.Second)}]++
	return nil
}

func (d *dump) kind(r copied) error {
	d.types[r.number("id")] = r.text("code")
	return nil
}

func (d *dump) move(r copied) error {
	if kind := r.text("move_type"); kind != "out_invoice" && kind != "out_refund" {
		return nil
	}
	return d.document(r, workload.Invoicing)
}

func (d *dump) payment(r copied) error { return d.document(r, workload.Payments) }

func (d *dump) document(r copied, journey string) error {
	at, ok, err := r.time("create_date")
	if err == nil && ok && d.to.inPeriod(at) {
		d.add(journey, r.number("company_id"), at, 1)
	}
	return err
}

func (d *dump) add(journey string, company int64, at time.Time, n int) *workload.History {
	h := d.to.history(d.to.tenant(d.name, company), journey)
	h.Add(at, n)
	d.seen.add(at, n)
	return h
}

func (d *dump) module(r copied) error {
	if r.text("name") == "base" {
		d.odoo = r.text("latest_version")
	}
	return nil
}

// finish counts what needed the whole dump.
func (d *dump) finish() error {
	for m, n := range d.moments {
		at := time.UnixMicro(m.micro)
		switch {
		case n >= importRows:
			d.add(workload.Imports, m.company, at, 1).AddLines(int(n), 1)
		case m.orders:
			d.add(workload.Orders, m.company, at, int(n))
		}
	}
	for p, n := range d.pickings {
		journey := map[string]string{"outgoing": workload.Shipping, "incoming": workload.Receiving}[d.types[p.kind]]
		if journey != "" {
			d.add(journey, p.company, time.Unix(p.interval*int64(workload.Interval/time.Second), 0), n)
		}
	}
	for key, n := range d.lines {
		d.to.history(d.to.tenant(d.name, key.company), workload.Orders).AddLines(int(n), 1)
	}
	if d.seen.n == 0 {
		return errors.New("no document was found: it must have the data of the tables " +
			strings.Join(slices.Sorted(maps.Keys(d.readers)), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(d.readers)) {
		if !d.found[name] {
			d.to.lacks(label(d.name), "table "+name+" in the dump", "its documents do not count")
		}
	}
	d.to.lacks(label(d.name), "lines of pickings: a dump is not read for them", "no lines of shipping and receiving")
	d.to.source(workload.Source{Kind: "dump", Name: filepath.Base(d.name), Odoo: d.odoo}, d.seen)
	return nil
}
