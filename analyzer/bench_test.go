package analyzer

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"odooharness/results"
)

// stream yields n samples of one trial without holding them: journeys of four steps.
func stream(seed uint64, n int, seconds float64) iter.Seq2[results.Sample, error] {
	tenants := []string{"t1", "t2", "t3", "t4"}
	journeys := []string{"orders", "shipping", "tracking"}
	steps := []string{"order", "confirm", "ship", "read", results.Journey}
	return func(yield func(results.Sample, error) bool) {
		random := rand.New(rand.NewPCG(seed, 1))
		for i := range n / len(steps) {
			at := seconds * float64(i) * float64(len(steps)) / float64(n)
			s := results.Sample{Scenario: "s", Tenant: tenants[i%4], Journey: journeys[i%3], Iteration: int64(i),
				Outcome: results.OK, Status: 200}
			start := off(at)
			for _, step := range steps {
				s.Step = step
				s.Intended, s.Started = start, start
				if step == results.Journey {
					s.Intended, s.Started = off(at), off(at)
				}
				s.Ended = s.Started + off(0.05*random.ExpFloat64())
				if random.IntN(200) == 0 {
					s.Outcome = results.Gateway
				}
				start = s.Ended
				if !yield(s, nil) {
					return
				}
				s.Outcome = results.OK
			}
		}
	}
}

// BenchmarkAnalyze judges a run of two setups and four trials, read from Parquet.
// HARNESS_BENCH_SAMPLES sets their number, default 1 million.
//
//	HARNESS_BENCH_SAMPLES=10000000 go test ./analyzer -run - -bench Analyze -benchtime 1x
func BenchmarkAnalyze(b *testing.B) {
	n := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("HARNESS_BENCH_SAMPLES")); err == nil {
		n = v
	}
	p := calmPlant(1)
	p.seconds = 300
	run := &results.Run{Manifest: p.manifest()}
	samples := onDisk(b, n)
	var trials []source
	for i := range 4 {
		setup := p.setups[i%2]
		td := &results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("%02d-%s", i+1, setup), Setup: setup, Replicate: 1 + i/2,
			Length: off(300), Warmup: off(10), State: results.TrialComplete}}
		for k, at := range []float64{100, 150, 200} {
			td.Injections = append(td.Injections, results.Injection{Fault: fmt.Sprint("f", k), Requested: off(at), InEffect: offp(at),
				Injected: offp(at), Removed: offp(at + 10), Recovered: offp(at + 10)})
		}
		run.Trials = append(run.Trials, td)
		trials = append(trials, source{TrialData: td, samples: samples(i), writes: rows[results.Write](nil)})
	}
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		judge(run, trials, Options{})
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

// onDisk writes n samples of four trials as Parquet and returns how to read them.
func onDisk(b *testing.B, n int) func(trial int) iter.Seq2[results.Sample, error] {
	b.Helper()
	root := b.TempDir()
	dir := func(trial int) string { return filepath.Join(root, strconv.Itoa(trial)) }
	for trial := range 4 {
		table, err := results.NewTable[results.Sample](dir(trial), "samples-s", time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		for s := range stream(uint64(trial), n/4, 300) {
			if err := table.Append(s); err != nil {
				b.Fatal(err)
			}
		}
		if err := table.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return func(trial int) iter.Seq2[results.Sample, error] {
		return (&results.TrialData{Dir: dir(trial)}).Samples()
	}
}
