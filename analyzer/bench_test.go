package analyzer_test

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// stream yields n samples of one trial without holding them all: journeys of four
// steps, in the order in which they ended, as a run has them.
func stream(seed uint64, n int, seconds float64) iter.Seq2[results.Sample, error] {
	const batch = 50_000
	return func(yield func(results.Sample, error) bool) {
		pending := make([]results.Sample, 0, batch)
		flush := func() bool {
			slices.SortFunc(pending, func(a, b results.Sample) int { return cmp.Compare(a.Ended, b.Ended) })
			for _, s := range pending {
				if !yield(s, nil) {
					return false
				}
			}
			pending = pending[:0]
			return true
		}
		random := rand.New(rand.NewPCG(seed, 1))
		for i := range n / 5 {
			pending = append(pending, iteration(random, i, seconds*float64(i)*5/float64(n))...)
			if len(pending) >= batch-5 && !flush() {
				return
			}
		}
		flush()
	}
}

// iteration is a journey of four steps that begins at a time.
func iteration(random *rand.Rand, i int, at float64) []results.Sample {
	s := results.Sample{Scenario: "s", Tenant: fmt.Sprintf("t%d", 1+i%4), Iteration: int64(i), Status: 200,
		Journey: []string{"orders", "shipping", "tracking"}[i%3], Outcome: results.OK}
	var all []results.Sample
	start := synthetic.At(at)
	whole := results.OK
	for _, step := range []string{"order", "confirm", "ship", "read"} {
		s.Step, s.Intended, s.Started, s.Outcome = step, start, start, results.OK
		s.Ended = s.Started + synthetic.At(0.05*random.ExpFloat64())
		if random.IntN(200) == 0 {
			s.Outcome, whole = results.Gateway, results.Gateway
		}
		start = s.Ended
		all = append(all, s)
	}
	s.Step, s.Intended, s.Started, s.Outcome = results.Journey, synthetic.At(at), synthetic.At(at), whole
	return append(all, s)
}

// benchmarked is a run on disk of two setups and four trials.
type benchmarked struct {
	run    *results.Run
	trials []run.Source
	n      int // samples
}

// benchmarkRun writes it. HARNESS_BENCH_SAMPLES sets the number of samples, default
// 1 million.
func benchmarkRun(b *testing.B) benchmarked {
	b.Helper()
	n := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("HARNESS_BENCH_SAMPLES")); err == nil {
		n = v
	}
	p := synthetic.Calm(1)
	p.Seconds = 300
	made := benchmarked{run: &results.Run{Manifest: p.Manifest()}, n: n}
	root := b.TempDir()
	for i := range 4 {
		td := benchmarkedTrial(p, i)
		td.Dir = filepath.Join(root, strconv.Itoa(i))
		writeStream(b, td.Dir, stream(uint64(i), n/4, 300))
		made.run.Trials = append(made.run.Trials, &td)
	}
	made.trials = run.Sources(made.run)
	debug.FreeOSMemory()
	forgetPeak(b)
	return made
}

func writeStream(b testing.TB, dir string, samples iter.Seq2[results.Sample, error]) {
	b.Helper()
	table, err := results.NewTable[results.Sample](dir, "samples-s", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	for s := range samples {
		if err := table.Append(s); err != nil {
			b.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		b.Fatal(err)
	}
}

// TestWriteLargeRun writes the benchmark's run to a folder, for a measurement of the whole
// program:
//
//	HARNESS_LARGE_RUN=DIR HARNESS_BENCH_SAMPLES=100000000 go test ./analyzer -run WriteLargeRun -timeout 30m
//	bin/harness analyze DIR/synthetic/RUN
func TestWriteLargeRun(t *testing.T) {
	dir := os.Getenv("HARNESS_LARGE_RUN")
	if dir == "" {
		t.Skip("HARNESS_LARGE_RUN is not set")
	}
	n, err := strconv.Atoi(os.Getenv("HARNESS_BENCH_SAMPLES"))
	if err != nil {
		t.Fatal(err)
	}
	p := synthetic.Calm(1)
	w, err := results.Create(dir, p.Manifest(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		trial := benchmarkedTrial(p, i)
		tw, err := w.CreateTrial(trial.Trial)
		if err != nil {
			t.Fatal(err)
		}
		writeStream(t, tw.Dir, stream(uint64(i), n/4, 300))
		if err := errors.Join(tw.WriteTrial(trial.Trial), tw.WriteInjections(trial.Injections)); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(w.Dir)
}

// benchmarkedTrial is one of four trials of two setups, without rows.
func benchmarkedTrial(p synthetic.Plant, i int) results.TrialData {
	setup := p.Setups[i%2]
	trial := results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("%02d-%s", i+1, setup), Setup: setup, Replicate: 1 + i/2,
		Length: synthetic.At(300), Warmup: synthetic.At(10), State: results.TrialComplete}}
	for k, at := range []float64{100, 150, 200} {
		trial.Injections = append(trial.Injections, results.Injection{Fault: fmt.Sprint("f", k), Requested: synthetic.At(at), InEffect: synthetic.Mark(at),
			Injected: synthetic.Mark(at), Removed: synthetic.Mark(at + 10), Recovered: synthetic.Mark(at + 10)})
	}
	return trial
}

// BenchmarkAnalyze judges a run read from Parquet: all findings.
//
//	HARNESS_BENCH_SAMPLES=10000000 go test ./analyzer -run - -bench Analyze -benchtime 1x
func BenchmarkAnalyze(b *testing.B) {
	made := benchmarkRun(b)
	b.ReportAllocs()
	for b.Loop() {
		analyzer.Judge(made.run, made.trials, analyzer.Options{})
	}
	b.ReportMetric(peak(b), "MB-peak")
	b.ReportMetric(float64(made.n)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

// forgetPeak makes the kernel forget the largest memory of the process so far.
func forgetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil {
		b.Logf("peak memory includes the making of the run: %v", err)
	}
}

// peak is the largest resident memory of the process since then, in MB.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kB, _ := strconv.ParseFloat(fields[1], 64)
			return kB * 1024 / 1e6
		}
	}
	return 0
}
