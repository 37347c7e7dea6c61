package analyzer_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// whole returns a small run with all that a run can have: blocks of a neighbour, a fault,
// objectives, writes, or a ladder with its capacity.
func whole(ladder bool) simulate.Recorded {
	w := simulate.Standard(3)
	w.Length, w.Warmup, w.Replicates, w.Abiding = 34, 2, 2, 2
	w.Neighbour = simulate.Switchback(2, 18, 8)
	w.Faults = []simulate.Fault{{Name: "pg", At: 20, For: 4, Delay: 1, Back: 1}}
	w.Objectives = []results.Objective{{Name: "orders", Journeys: []string{"orders"}, Target: 0.9, Threshold: 2, Budgeting: "Occurrences"}}
	w.Promises = &results.Promises{}
	if ladder {
		w.Neighbour, w.Faults, w.Disruptive, w.Setups = nil, nil, 0, w.Setups[:1]
		w.Capacity = &results.Capacity{P95: 3, Errors: 0.01, Delivered: 0.99}
		for i, level := range []float64{0.5, 0.8, 1.2} {
			from := 2 + 10*float64(i)
			w.Ladder = append(w.Ladder, simulate.Step{Span: simulate.Span{From: from, To: from + 9}, Level: level})
		}
	}
	return w.Record()
}

// damageRows changes rows before they are written.
func (b *bytesOf) damageRows(r *simulate.Recorded) {
	for range b.byte() % 8 {
		if len(r.Trials) == 0 {
			return
		}
		t := &r.Trials[int(b.byte())%len(r.Trials)]
		kind, at, n := b.byte()%8, int(b.byte()), 1+int(b.byte())
		for k := range n {
			if len(t.Samples) == 0 {
				break
			}
			s := &t.Samples[(at*7+k)%len(t.Samples)]
			switch kind {
			case 0:
				s.Ended = b.offset()
			case 1:
				s.Intended = b.offset()
			case 2:
				s.Started = b.offset()
			case 3:
				s.Outcome = append(results.Outcomes(), "novel", "")[int(b.byte())%(len(results.Outcomes())+2)]
			case 4:
				s.Tenant, s.Journey = string('s'+b.byte()%3), string('j'+b.byte()%3)
			case 5:
				t.Samples = append(t.Samples, *s)
			case 6:
				s.Step = "confirm"
			case 7:
				if k < len(t.Writes) {
					t.Writes[k].Attempted, t.Writes[k].Ref = b.offset(), string('a'+b.byte()%3)
				}
			}
		}
	}
}

// damageJSON replaces, removes or repeats some values of a file.
func (b *bytesOf) damageJSON(data []byte) []byte {
	var tree any
	if json.Unmarshal(data, &tree) != nil {
		return data
	}
	for range 1 + b.byte()%4 {
		b.damageTree(tree)
	}
	out, err := json.Marshal(tree)
	if err != nil {
		return data
	}
	return out
}

// damageTree walks down to some value and changes it in place.
func (b *bytesOf) damageTree(tree any) {
	for range 12 {
		switch node := tree.(type) {
		case map[string]any:
			if len(node) == 0 {
				return
			}
			keys := make([]string, 0, len(node))
			for k := range node {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			key := keys[int(b.byte())%len(keys)]
			switch node[key].(type) {
			case map[string]any, []any:
				if b.byte()%8 != 0 {
					tree = node[key]
					continue
				}
			}
			if b.byte()%8 == 0 {
				delete(node, key)
				return
			}
			node[key] = b.value(node[key])
			return
		case []any:
			if len(node) == 0 {
				return
			}
			i := int(b.byte()) % len(node)
			switch b.byte() % 8 {
			case 0:
				node[i] = node[int(b.byte())%len(node)]
				return
			case 1:
				node[i] = nil
				return
			}
			switch node[i].(type) {
			case map[string]any, []any:
				tree = node[i]
				continue
			}
			node[i] = b.value(node[i])
			return
		default:
			return
		}
	}
}

// value is another value, most often of the same kind.
func (b *bytesOf) value(old any) any {
	numbers := []any{0, -1, 1, 2, 1e9, 3e10, 1e-9, -3e10, int64(math.MaxInt64), int64(math.MinInt64), 1e300, 0.5}
	switch b.byte() % 16 {
	case 0:
		return nil
	case 1:
		return "x"
	case 2:
		return []any{}
	}
	switch v := old.(type) {
	case float64:
		if n := b.byte(); int(n) < len(numbers) {
			return numbers[n]
		} else if n%2 == 0 {
			return v * float64(n) / 64
		}
		return float64(b.offset())
	case bool:
		return !v
	case string:
		return []any{"", "x", "*", "t1", "complete", "halted", "warmup", "baseline", "neighbour", "fault", "recovery", "steady", "step",
			"aftermath", "shared", "hybrid", "orders", "disruptive", "pg"}[int(b.byte())%19]
	}
	return numbers[int(b.byte())%len(numbers)]
}

// damageFiles changes the files of a run: JSON by value, tables by byte.
func (b *bytesOf) damageFiles(t *testing.T, dir string) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal("no files to damage", err)
	}
	for range 1 + b.byte()%4 {
		path := files[int(b.byte())%len(files)]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(path, ".json") && b.byte()%8 != 0:
			data = b.damageJSON(data)
		case len(data) == 0:
		case b.byte()%3 == 0:
			data = data[:(int(b.byte())<<8|int(b.byte()))%len(data)]
		default:
			for range 1 + b.byte()%8 {
				data[(int(b.byte())<<16|int(b.byte())<<8|int(b.byte()))%len(data)] = b.byte()
			}
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// slowest is how much processor time a judgement of a small run may take.
const slowest = 20 * time.Second

// processorTime is that of this process.
func processorTime(t *testing.T) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Error(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// watchJudgement ends the process when the judgement hangs: the fuzzer keeps the input of
// a worker that ends. On a busy machine a process gets little processor time, and more of
// the clock's.
func watchJudgement(t *testing.T) (stop func()) {
	ended, began := make(chan struct{}), processorTime(t)
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(slowest):
			}
			if processorTime(t)-began >= slowest {
				debug.SetTraceback("all")
				panic("the judgement hangs")
			}
		}
	}()
	return func() { close(ended) }
}

// FuzzRun damages whole runs on disk, the rows and then the files: manifest, plan, trials,
// injections and tables, with a ladder or without. Each is refused with an error, or judged:
// figures that are sound, never a panic, and within seconds.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{"", "\x00\x03\x01\x00\x01\x02", "\x01\x02\x02\x05\x01\x02\x03\x04\x05\x06\x07\x08",
		"a run whose manifest, plan and trials are damaged in some places, and whose tables have rows of every kind"} {
		f.Add([]byte(seed))
	}
	for k := range 12 {
		seed := make([]byte, 120)
		for i := range seed {
			seed[i] = byte(i*(31+2*k) + k)
		}
		f.Add(seed)
	}
	runs := [2]simulate.Recorded{whole(false), whole(true)}
	f.Fuzz(func(t *testing.T, data []byte) { judgeDamaged(t, runs, data) })
}

// TestDamagedRuns judges some runs with random damage, without a fuzzer.
func TestDamagedRuns(t *testing.T) {
	t.Parallel()
	runs := [2]simulate.Recorded{whole(false), whole(true)}
	rounds := 25
	if n, err := strconv.Atoi(os.Getenv("HARNESS_DAMAGED_RUNS")); err == nil {
		rounds = n
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		data := make([]byte, 20+random.IntN(300))
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		if judgeDamaged(t, runs, data); t.Failed() {
			t.Fatalf("input %q", data)
		}
	}
}

// judgeDamaged damages a copy of one of the runs as the data describe, and judges it.
func judgeDamaged(t *testing.T, runs [2]simulate.Recorded, data []byte) {
	t.Helper()
	b := &bytesOf{data}
	r := runs[b.byte()%2]
	r.Trials = slices.Clone(r.Trials)
	for i := range r.Trials {
		r.Trials[i].Samples, r.Trials[i].Writes = slices.Clone(r.Trials[i].Samples), slices.Clone(r.Trials[i].Writes)
	}
	b.damageRows(&r)
	recorded, err := r.Write(simulate.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range recorded.Trials {
		series := []results.Point{}
		for i := range int(b.byte()) % 40 {
			series = append(series, results.Point{At: synthetic.At(float64(i)), Series: []string{"host.cpu", "odoo.queue.waiting", "postgres.locks.waiting"}[b.byte()%3],
				Component: "host", Value: float64(b.byte()) - 10, Better: "lower"})
		}
		if len(series) > 0 {
			synthetic.WriteTable(t, trial.Dir, "series", series)
		}
	}
	b.damageFiles(t, recorded.Dir)
	defer watchJudgement(t)()
	opened, err := results.Open(recorded.Dir)
	if err != nil {
		return // refused
	}
	j, err := analyzer.Analyze(opened, analyzer.Options{})
	if err != nil {
		return
	}
	synthetic.Sound(t, j)
}
