package simulate

import (
	"math"

	"example.org/odooharness/results"
)

// Block is what abiding tenants experienced between two edges of the neighbour's load, in
// the order of time, without the warm-up and the wash-out after the edge.
type Block struct {
	Span
	Loud    bool      // the neighbour is above its reference load
	Journey []int32   // place in World.Journeys
	Latency []float64 // s, +Inf: not served
}

// Blocks cuts a trial at the edges of the neighbour's load.
func (t Trial) Blocks(w World) []Block {
	var blocks []Block
	at := w.Warmup
	for _, b := range w.Neighbour {
		if b.From > at {
			blocks = append(blocks, Block{Span: Span{at, b.From}})
		}
		blocks = append(blocks, Block{Span: b, Loud: true})
		at = b.To
	}
	if w.Length > at {
		blocks = append(blocks, Block{Span: Span{at, w.Length}})
	}
	number := map[string]int32{}
	for i, j := range w.Journeys {
		number[j.Name] = int32(i)
	}
	for _, s := range t.Samples {
		j, abiding := number[s.Journey]
		if !abiding || s.Step != results.Journey {
			continue
		}
		latency := math.Inf(1)
		if s.Outcome.Good() {
			latency = s.Latency().Seconds()
		}
		for i := range blocks {
			begin := blocks[i].From
			if begin > w.Warmup {
				begin += w.Washout
			}
			if x := s.Intended.Seconds(); x >= begin && x < blocks[i].To {
				blocks[i].Journey, blocks[i].Latency = append(blocks[i].Journey, j), append(blocks[i].Latency, latency)
			}
		}
	}
	return blocks
}
