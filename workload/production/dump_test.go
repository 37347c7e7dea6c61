package production

import (
	"archive/zip"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/workload"
)

// A dump in each form gives the journeys of the database that it was made of.
func TestDump(t *testing.T) {
	reader := planted(t, "dumped", 20)
	c := collector()
	if err := c.Database(t.Context(), reader); err != nil {
		t.Fatal(err)
	}
	want, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Tenants[0].Journeys {
		if j := &want.Tenants[0].Journeys[i]; j.Name == workload.Shipping || j.Name == workload.Receiving {
			j.Lines = nil // a dump is not read for them
		}
	}
	dir := t.TempDir()
	dump := func(form, name string) string {
		path := filepath.Join(dir, name)
		out, err := exec.CommandContext(t.Context(), "pg_dump", "--format="+form, "--file="+path, cluster.DSN("dumped")).CombinedOutput()
		if err != nil {
			t.Fatalf("pg_dump: %v %s", err, out)
		}
		return path
	}
	plain := dump("plain", "dumped.sql")
	for _, path := range []string{plain, dump("custom", "dumped.dump"), gzipped(t, plain), zipped(t, plain)} {
		c := collector()
		if err := c.Dump(t.Context(), path); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		got, err := c.Workload()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Tenants, got.Tenants); diff != "" {
			t.Errorf("%s (-database +dump): %s", path, diff)
		}
		if s := got.Sources[0]; s.Kind != "dump" || s.Odoo != "17.0.1.3" || s.Documents != want.Sources[0].Documents {
			t.Errorf("%s: source %+v", path, s)
		}
	}
}

func gzipped(t *testing.T, plain string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dumped.sql.gz")
	write(t, path, plain, func(f *os.File, data []byte) error {
		w := gzip.NewWriter(f)
		if _, err := w.Write(data); err != nil {
			return err
		}
		return w.Close()
	})
	return path
}

// zipped is a backup as the database manager of Odoo makes it.
func zipped(t *testing.T, plain string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dumped.zip")
	write(t, path, plain, func(f *os.File, data []byte) error {
		w := zip.NewWriter(f)
		entry, err := w.Create("dump.sql")
		if err != nil {
			return err
		}
		if _, err := entry.Write(data); err != nil {
			return err
		}
		return w.Close()
	})
	return path
}

func write(t *testing.T, path, plain string, fill func(*os.File, []byte) error) {
	t.Helper()
	data, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(f, data); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDumpRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"-- no table\n\n":                      "no document was found",
		"COPY public.sale_order FROM stdin;\n": "names no columns",
		"COPY public.sale_order (id, create_date) FROM stdin;\n1\tyesterday\n\\.\n": "line 2: \"yesterday\" is no time",
		"PGDMP, but no dump": "pg_restore",
		"x":                  "read its beginning",
	} {
		path := filepath.Join(t.TempDir(), "x.dump")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := collector().Dump(context.Background(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzDump(f *testing.F) {
	f.Add("COPY public.sale_order (id, create_date, company_id) FROM stdin;\n1\t2024-01-01 10:00:00.5\t1\n\\.\n")
	f.Add("COPY \"sale_order_line\" (order_id) FROM stdin;\n\\N\n")
	f.Fuzz(func(t *testing.T, text string) {
		d := newDump(collector(), "x.sql")
		if err := d.plain(strings.NewReader(text)); err != nil {
			return
		}
		_ = d.finish() // without a document it is an error
	})
}

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	var orders strings.Builder
	orders.WriteString("time,tenant,lines\n")
	for i := range 30 {
		fmt.Fprintf(&orders, "%s 10:00:00.25,Acme GmbH,%d\n", plantedFrom.AddDate(0, 0, i).Format("2006-01-02"), 1+i%3)
	}
	orders.WriteString("1999-01-01 10:00:00,Acme GmbH,1\n") // outside of the period
	for name, text := range map[string]string{"orders.csv": orders.String(), "payments.csv": "time\n2023-01-05T10:00:00Z\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := collector()
	if err := c.CSV(dir); err != nil {
		t.Fatal(err)
	}
	w, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	j := find(t, w, "acme-gmbh", workload.Orders)
	if j.Documents != 30 || j.Lines.Mean.Value != 2 || j.Day.Value[10] != 1 || w.Sources[0].Documents != 31 {
		t.Errorf("journey %+v, sources %+v", j, w.Sources)
	}
	if missing := fmt.Sprint(w.Missing); !strings.Contains(missing, "shipping.csv") || !strings.Contains(missing, "payments: the history has") {
		t.Errorf("missing %s", missing)
	}
	for text, want := range map[string]string{
		"time,customer\n":            `column "customer" is not counted`,
		"lines\n1\n":                 "no column time",
		"time\nnoon\n":               "line 2: \"noon\" is no time",
		"time,lines\n2023-02-01,x\n": "line 2: \"x\" is no number",
	} {
		if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := collector().CSV(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if err := collector().CSV(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no file that counts") {
		t.Errorf("got %v", err)
	}
}
