package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
	"example.org/odooharness/workload"
	"example.org/odooharness/workload/files"
	"example.org/odooharness/workload/production"
	"example.org/odooharness/workload/script"
)

// learning is the flags of harness learn.
type learning struct {
	dsns, dsnEnvs, csvs, dumps, logs []string
	timezone, by, out, setup         string
	years                            int
	seed                             uint64
}

func newLearn() *cobra.Command {
	var l learning
	cmd := &cobra.Command{
		Use:   "learn --dsn-env NAME | --dsn DSN | --dump FILE | --csv DIR | --access-log FILE",
		Short: "Read times and counts of production and write its workload and a script with its peak hour",
		Long: `Read times and counts of production and write its workload and a script with its peak hour.

Sources can be repeated and combined. A database is a tenant, or with --by company each of its
companies. A database is read in read-only transactions and batches; the role needs SELECT alone.
Names and contents are not read. docs/readiness.md explains the file.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&l.dsnEnvs, "dsn-env", nil, "environment variable with the DSN of a tenant's database")
	f.StringArrayVar(&l.dsns, "dsn", nil, "DSN of a tenant's database; other users of the machine can see it")
	f.StringArrayVar(&l.dumps, "dump", nil, "dump of a tenant's database: plain, gzip, zip of Odoo, or pg_dump's custom form")
	f.StringArrayVar(&l.csvs, "csv", nil, "folder with orders.csv, shipping.csv and so on; columns time, tenant, lines")
	f.StringArrayVar(&l.logs, "access-log", nil, "access log of the ingress: steps of users and their pauses")
	f.StringVar(&l.by, "by", "database", "what a tenant is: database or company")
	f.StringVar(&l.timezone, "timezone", "UTC", "zone of hours and days, for example Europe/Berlin")
	f.IntVar(&l.years, "years", 5, "years of history")
	f.StringVar(&l.out, "out", "workload", "folder for workload.yaml and workload.js")
	f.StringVar(&l.setup, "setup", "", "setup file: write experiment.yaml for it as well")
	f.Uint64Var(&l.seed, "seed", 1, "seed of the bursts in the script")
	return cmd
}

func (l learning) run(ctx context.Context, out io.Writer) error {
	zone, err := time.LoadLocation(l.timezone)
	if err != nil {
		return fmt.Errorf("--timezone: %w; write a name such as Europe/Berlin", err)
	}
	if l.by != "database" && l.by != "company" {
		return fmt.Errorf("--by %s: write database or company", l.by)
	}
	for _, name := range l.dsnEnvs {
		dsn := os.Getenv(name)
		if dsn == "" {
			return fmt.Errorf("--dsn-env: the environment variable %s is empty", name)
		}
		l.dsns = append(l.dsns, dsn)
	}
	if len(l.dsns)+len(l.dumps)+len(l.csvs)+len(l.logs) == 0 {
		return errors.New("no source is given; write --dsn-env, --dsn, --dump, --csv or --access-log")
	}
	now := time.Now()
	c := production.New(production.Options{Zone: zone, From: now.AddDate(-l.years, 0, 0), To: now, ByCompany: l.by == "company"})
	if err := l.read(ctx, c); err != nil {
		return err
	}
	w, err := c.Workload()
	if err != nil {
		return err
	}
	printWorkload(out, w)
	return l.write(out, w)
}

// read reads all sources, and returns all problems.
func (l learning) read(ctx context.Context, c *production.Collector) error {
	var problems []error
	for _, dsn := range l.dsns {
		problems = append(problems, c.Database(ctx, dsn))
	}
	for _, path := range l.dumps {
		problems = append(problems, c.Dump(ctx, path))
	}
	for _, dir := range l.csvs {
		problems = append(problems, c.CSV(dir))
	}
	for _, path := range l.logs {
		problems = append(problems, c.AccessLog(path))
	}
	return errors.Join(problems...)
}

func (l learning) write(out io.Writer, w workload.Workload) error {
	if err := os.MkdirAll(l.out, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	path := filepath.Join(l.out, "workload.yaml")
	if err := files.Write(path, w); err != nil {
		return err
	}
	input, err := file.Digest(path)
	if err != nil {
		return err
	}
	o := script.Options{Seed: l.seed, Origin: "It is the recorded one of workload.yaml, SHA-256 " + input.SHA256[:12] + "."}
	fmt.Fprintf(out, "\nwritten: %s\n", path)
	return writeScript(out, l.out, l.setup, w, o)
}

// writeScript writes workload.js, and experiment.yaml when there is a setup to run it on.
func writeScript(out io.Writer, dir, setup string, w workload.Workload, o script.Options) error {
	text, err := script.Render(w, o)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "workload.js")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write the script: %w", err)
	}
	fmt.Fprintf(out, "written: %s\n", path)
	if setup == "" {
		return nil
	}
	s, err := spec.LoadSetup(setup)
	if err != nil {
		return err
	}
	if setup, err = filepath.Abs(setup); err != nil {
		return fmt.Errorf("find the setup: %w", err)
	}
	var tenants []string
	for _, t := range s.Tenants {
		tenants = append(tenants, t.Name+": "+string(results.Abiding))
	}
	path = filepath.Join(dir, "experiment.yaml")
	text = fmt.Appendf(nil, `# The peak hour of production in ten minutes. The scale multiplies its rates.
name: workload
hypothesis: The setup serves the peak hour of production.
setups: [%s]
tenants: {%s}
scenarios:
  - {name: peak, script: workload.js, duration: 600s, scale: 1}
`, setup, strings.Join(tenants, ", "))
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write the experiment: %w", err)
	}
	_, err = fmt.Fprintf(out, "written: %s; next: harness plan %s\n", path, path)
	return err
}

// printWorkload prints a row for each journey, and what is missing.
func printWorkload(out io.Writer, w workload.Workload) {
	for _, s := range w.Sources {
		fmt.Fprintf(out, "%s %s: %s of %s to %s", s.Kind, s.Name, finding.Plural(s.Documents, "document"), s.From, s.To)
		if s.Odoo != "" {
			fmt.Fprintf(out, ", Odoo %s", s.Odoo)
		}
		if s.ReadOnly {
			fmt.Fprint(out, ", read-only")
		}
		fmt.Fprintln(out)
	}
	t := newTable(out, "tenant", "journey", "documents", "a day now", "growth a year", "lines", "dispersion", "peak day",
		"peak hour")
	for _, tenant := range w.Tenants {
		for _, j := range tenant.Journeys {
			growth, lines := "unknown", ""
			if j.Growth != nil {
				growth = interval(*j.Growth)
			}
			if j.Lines != nil {
				lines = finding.Decimal(j.Lines.Mean.Value)
			}
			t.AppendRow([]any{tenant.Name, j.Name, finding.Count(j.Documents), finding.Decimal(j.PerDay.Value), growth, lines,
				finding.Decimal(j.Burstiness.Value), fmt.Sprintf("%s: %s", j.PeakDay.Date, finding.Count(j.PeakDay.Documents)),
				fmt.Sprintf("%s: %s", j.PeakHour.Start, finding.Count(j.PeakHour.Documents))})
		}
	}
	t.Render()
	for _, tenant := range w.Tenants {
		if i := tenant.Interactive; i != nil && i.Think != nil {
			fmt.Fprintf(out, "%s: %s requests of users, think time %s s in the median\n", tenant.Name, finding.Count(i.Requests),
				finding.Decimal(i.Think.Median))
		}
	}
	printMissing(out, w.Missing)
}

func printMissing(out io.Writer, missing []workload.Missing) {
	for _, m := range missing {
		fmt.Fprintf(out, "missing: %s: %s\n", strings.TrimSpace(m.Tenant+" "+m.What), m.Effect)
	}
}

// interval words an estimate with its ends.
func interval(e workload.Estimate) string {
	return fmt.Sprintf("%s (%s to %s)", finding.Decimal(e.Value), finding.Decimal(e.Low), finding.Decimal(e.High))
}
