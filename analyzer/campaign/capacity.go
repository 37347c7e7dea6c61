package campaign

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/readiness"
	"example.org/odooharness/results"
)

// Capacity is the share of its capacity that a setup keeps while a fault lasts (N-1).
type Capacity struct {
	Setup      string           `json:"setup"`
	Fault      string           `json:"fault"`
	Limit      float64          `json:"limit"` // least share; 0: none is expected
	State      State            `json:"state"`
	Verdict    finding.Verdict  `json:"verdict,omitempty"`
	Without    finding.Quantity `json:"without"` // 1/s, with all parts
	With       finding.Quantity `json:"with"`    // 1/s, while the fault lasts
	Left       finding.Quantity `json:"left"`    // share
	Why        string           `json:"why"`
	Started    *time.Time       `json:"started,omitempty"` // of the older of both runs
	Run        string           `json:"run,omitempty"`     // with the fault
	Base       string           `json:"base,omitempty"`    // without it
	Report     string           `json:"report,omitempty"`
	Experiment string           `json:"experiment"`
}

// Word is as that of a cell.
func (c Capacity) Word() string { return Cell{State: c.State, Verdict: c.Verdict}.Word() }

const methodLeft = "capacity with the fault over that without; interval from both, on logarithms"

// JudgeCapacity compares a ladder with the fault held with one without. It fills in the figures,
// the verdict and the reason.
func (c *Capacity) JudgeCapacity(with, without *results.Run) error {
	held, err := readiness.Load("with", "", with)
	if err != nil {
		return err
	}
	all, err := readiness.Load("without", "", without)
	if err != nil {
		return err
	}
	c.With, c.Without = capacityOf(held, c.Setup), capacityOf(all, c.Setup)
	for _, e := range []*readiness.Evidence{held, all} {
		if e.Judgement.Verdict == finding.Invalid {
			c.Verdict, c.Why = finding.Invalid, e.Judgement.Reason
			c.Left = finding.None("share", methodLeft, 0, "a run is invalid")
			return nil
		}
	}
	if c.Without.Missing || c.Without.Value <= 0 {
		c.Verdict, c.Why = finding.Inconclusive, "The ladder without the fault is not decided."
		c.Left = finding.None("share", methodLeft, 0, "no capacity without the fault")
		return nil
	}
	left, why := held.Left(all, c.Fault, c.Setup)
	if why != "" {
		c.Verdict, c.Why = finding.Inconclusive, "The capacity while the fault lasts: "+why+"."
		c.Left = finding.None("share", methodLeft, 0, why)
		return nil
	}
	if c.With.Missing {
		c.below(lowest(held, c.Setup))
		return nil
	}
	c.judge(left.Value, left.Spread, left.AtLeast, c.Without.Censored)
	return nil
}

// lowest is the rate of the lowest step of a ladder.
func lowest(e *readiness.Evidence, setup string) float64 {
	rate := math.Inf(1)
	for _, row := range e.Judgement.Capacity {
		for _, s := range row.Steps {
			if row.Setup == setup {
				rate = min(rate, s.Rate)
			}
		}
	}
	return rate
}

// below judges a ladder whose lowest step is not carried while the fault lasts: the capacity is
// below that rate. The bound of the share has the lower bound of the capacity without the fault.
func (c *Capacity) below(rate float64) {
	without := c.Without.Value
	if c.Without.Lo != nil {
		without = *c.Without.Lo
	}
	most := min(rate/without, 1)
	c.Left = finding.Number(0, "share", methodLeft, 2).Bounded(0, most, level)
	switch {
	case c.Limit == 0:
		c.Verdict = finding.Info
	case most < c.Limit:
		c.Verdict = finding.Fail
	default:
		c.Verdict = finding.Inconclusive
	}
	c.Why = fmt.Sprintf("Not even the lowest step is carried while the fault lasts: at most %s of the capacity are left.",
		finding.Share(most))
}

// capacityOf is the capacity of a setup.
func capacityOf(e *readiness.Evidence, setup string) finding.Quantity {
	row, ok := e.Capacity(setup)
	if !ok {
		return finding.None("1/s", "", 0, "no ladder")
	}
	return row.Crossing
}

// judge holds the share left against the limit. A ladder without the fault that ended below the
// capacity makes the share an upper bound, one with the fault a lower bound.
func (c *Capacity) judge(value, spread float64, atLeast, atMost bool) {
	c.Left = finding.Number(value, "share", methodLeft, 2)
	lo, hi := value, value
	if spread > 0 {
		width := spread * distuv.UnitNormal.Quantile((1+level)/2)
		lo, hi = value*math.Exp(-width), min(value*math.Exp(width), 1)
	}
	c.Left = c.Left.Bounded(lo, hi, level)
	switch {
	case c.Limit == 0:
		c.Verdict = finding.Info
	case atLeast && atMost:
		c.Verdict = finding.Inconclusive
	case hi < c.Limit && !atLeast:
		c.Verdict = finding.Fail
	case lo >= c.Limit && !atMost:
		c.Verdict = finding.Pass
	default:
		c.Verdict = finding.Inconclusive
	}
	c.Why = fmt.Sprintf("%s %s of the capacity are left", finding.Value(c.Left), finding.Interval(c.Left))
	switch {
	case atLeast && atMost:
		c.Why = "Neither ladder reached its capacity. Raise the scales"
	case atMost:
		c.Why += " at most: the ladder without the fault did not reach its capacity"
	case atLeast:
		c.Why += " at least: the ladder with the fault did not reach its capacity"
	}
	c.Why += "."
}
