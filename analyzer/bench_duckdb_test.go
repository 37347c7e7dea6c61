package analyzer_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// duckGroup is a group of arrivals as DuckDB describes it; µs as text.
type duckGroup struct {
	Setup, Part, Tenant, Journey, Step string
	N                                  int
	Latency                            []json.Number
}

// BenchmarkAgainstDuckDB judges a run, all findings, and has DuckDB compute the same
// percentiles, and nothing else, over the same files. It prints the time of the
// former over that of the latter, and fails when the two disagree.
//
//	make bench-duckdb
func BenchmarkAgainstDuckDB(b *testing.B) {
	modules := os.Getenv("HARNESS_DUCKDB")
	if modules == "" {
		b.Skip("HARNESS_DUCKDB names no folder with node_modules/@duckdb/node-api; `make bench-duckdb` installs one")
	}
	made := benchmarkRun(b)
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		j := analyzer.Judge(made.run, made.trials, analyzer.Options{})
		ours += time.Since(began)
		groups, took := askDuckDB(b, modules, made.run, j.Trials[0].Windows)
		theirs += took
		agree(b, j, groups)
	}
	n := float64(b.N)
	b.ReportMetric(ours.Seconds()/n, "s-analyzer")
	b.ReportMetric(theirs.Seconds()/n, "s-duckdb")
	b.ReportMetric(float64(ours)/float64(theirs), "analyzer/duckdb")
}

func askDuckDB(b *testing.B, modules string, recorded *results.Run, windows []results.Window) ([]duckGroup, time.Duration) {
	b.Helper()
	type file struct {
		Path  string `json:"path"`
		Setup string `json:"setup"`
	}
	type window struct {
		Name string `json:"name"`
		From int64  `json:"from"`
		To   int64  `json:"to"`
	}
	var ask struct {
		Files   []file   `json:"files"`
		Windows []window `json:"windows"`
		Threads int      `json:"threads"`
	}
	ask.Threads = runtime.GOMAXPROCS(0)
	for _, t := range recorded.Trials {
		ask.Files = append(ask.Files, file{filepath.Join(t.Dir, "samples-s.parquet"), t.Setup})
	}
	for _, w := range windows {
		ask.Windows = append(ask.Windows, window{w.Name, int64(w.From), int64(w.To)})
	}
	input, err := json.Marshal(ask)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "node", filepath.Join("testdata", "duckdb", "percentiles.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(modules, "node_modules"))
	cmd.Stdin = bytes.NewReader(input)
	var answer, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answer, &stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("query DuckDB: %v: %s", err, stderr.String())
	}
	var said struct {
		Seconds float64
		Groups  []duckGroup
	}
	if err := json.Unmarshal(answer.Bytes(), &said); err != nil {
		b.Fatalf("read DuckDB's answer: %v", err)
	}
	return said.Groups, time.Duration(said.Seconds * float64(time.Second))
}

// agree holds the counts and the percentiles of both against each other. DuckDB
// counts ranks from another end, so that a percentile may be a neighbouring value.
func agree(b *testing.B, j *analyzer.Judgement, groups []duckGroup) {
	b.Helper()
	compared := 0
	for _, g := range groups {
		for _, row := range j.Windows {
			if g.Tenant == "" || row.Setup != g.Setup || row.Window != g.Part || row.Tenant != g.Tenant || row.Journey != g.Journey {
				continue
			}
			compared++
			if row.Offered != g.N {
				b.Errorf("%+v: analyzer counts %d", g, row.Offered)
			}
			for i, q := range []finding.Quantity{row.Latency.P50, row.Latency.P90} {
				us, err := g.Latency[i].Float64()
				if err != nil || q.Missing || q.Censored || math.Abs(us/1e6-q.Value) > 0.05*q.Value {
					b.Errorf("%+v: analyzer has %+v", g, q)
				}
			}
		}
	}
	if compared == 0 {
		b.Error("no group in common")
	}
}
