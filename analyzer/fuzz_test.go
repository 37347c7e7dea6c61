package analyzer_test

import (
	"encoding/binary"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// bytesOf deals the bytes of a fuzz input out as values.
type bytesOf struct{ data []byte }

func (b *bytesOf) byte() byte {
	if len(b.data) == 0 {
		return 0
	}
	v := b.data[0]
	b.data = b.data[1:]
	return v
}

// offset is a time of up to ±3 minutes, now and then one at the end of the scale.
func (b *bytesOf) offset() results.Offset {
	v := binary.LittleEndian.Uint16([]byte{b.byte(), b.byte()})
	switch v {
	case 0xffff:
		return 1<<63 - 1
	case 0xfffe:
		return -1 << 63
	}
	return results.Offset(int64(int16(v)) * int64(6*time.Millisecond))
}

func (b *bytesOf) mark() *results.Offset {
	if b.byte()%4 == 0 {
		return nil
	}
	o := b.offset()
	return &o
}

// trial is an arbitrary trial with its rows.
func (b *bytesOf) trial(name string) synthetic.Trial {
	states := []string{results.TrialComplete, results.TrialRunning, results.TrialHalted, "novel"}
	kinds := []string{results.WindowBaseline, results.WindowNeighbor, results.WindowFault, results.WindowRecovery, results.WindowOther, "novel"}
	var r synthetic.Trial
	r.Name, r.Setup, r.Replicate = name, string('a'+b.byte()%2), 1+int(b.byte()%3)
	r.State, r.Length, r.Warmup = states[b.byte()%4], b.offset(), b.offset()
	r.Generator = results.Generator{CPUSeconds: float64(b.byte()), Wall: float64(b.byte()), CPUs: int(b.byte() % 4)}
	for range b.byte() % 6 {
		r.Windows = append(r.Windows, results.Window{Name: string('w' + b.byte()%3), Kind: kinds[b.byte()%6], Fault: string('f' + b.byte()%2),
			From: b.offset(), To: b.offset()})
	}
	for range b.byte() % 4 {
		r.Injections = append(r.Injections, results.Injection{Fault: string('f' + b.byte()%2), Requested: b.offset(), Injected: b.mark(),
			InEffect: b.mark(), Removing: b.mark(), Removed: b.mark(), Recovered: b.mark(), Tenants: []string{string('s' + b.byte()%3)}})
	}
	outcomes := append(results.Outcomes(), "novel", "")
	repeat := 1 + int(b.byte()) // few bytes make many rows
	for len(b.data) > 8 && len(r.Samples) < 4000 {
		s := results.Sample{Tenant: string('s' + b.byte()%3), Journey: string('j' + b.byte()%2), Step: results.Journey,
			Outcome: outcomes[int(b.byte())%len(outcomes)], Intended: b.offset(), Started: b.offset(), Ended: b.offset()}
		if s.Tenant == "u" {
			s.Step = "confirm"
		}
		for i := range repeat {
			s.Intended += results.Offset(i) * 1e8
			s.Ended += results.Offset(i) * 1e8
			r.Samples = append(r.Samples, s)
		}
		if b.byte()%7 == 0 {
			break
		}
	}
	return r
}

// FuzzJudge judges arbitrary trials: findings and figures that are sound, never a
// panic and never a number out of nothing.
func FuzzJudge(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("one trial of few rows, with marks and windows in disorder and outcomes of every kind there is"))
	seed := make([]byte, 600)
	for i := range seed {
		seed[i] = byte(i * 37)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := &bytesOf{data}
		recorded := &results.Run{Manifest: results.Manifest{Schema: results.SchemaVersion, Objectives: []results.Objective{
			{Name: "o", Target: float64(b.byte()) / 255, Threshold: float64(b.byte()) / 50},
			{Name: "slices", Target: 0.9, Budgeting: "Timeslices", Timeslice: float64(b.byte()) / 20, SliceGood: 0.9}}}}
		for i := range 1 + b.byte()%2 {
			recorded.Manifest.Setups = append(recorded.Manifest.Setups, results.Setup{Name: string('a' + i), Tenants: []results.Tenant{
				{Name: "s", Role: "abiding"}, {Name: "t", Role: []results.Role{"disruptive", "abiding"}[b.byte()%2]}}})
		}
		var trials []run.Source
		for i := range 1 + b.byte()%4 {
			r := b.trial(string('1' + i))
			recorded.Trials = append(recorded.Trials, &r.TrialData)
			trials = append(trials, run.Source{TrialData: &r.TrialData, Samples: synthetic.Columns(r.Samples), Writes: synthetic.Rows(r.Writes)})
		}
		synthetic.Sound(t, analyzer.Judge(recorded, trials, analyzer.Options{}))
	})
}
