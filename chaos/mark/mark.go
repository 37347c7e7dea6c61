// Package mark states whose fault it is. A fault that can outlive its process leaves a
// mark where it is: in a setting of the database, in Redis, in a file next to a stopped
// process. Anyone can read it there, and revert the fault by hand.
//
//  1. A driver fills in the fault and the run with [New]; Inject adds the rest with
//     [Mark.Now] and writes the text next to the fault.
//  2. Recover removes the mark together with the fault.
//  3. After a crash a search finds the marks that are left, each as a [Left].
//  4. [Mark.Living] reports whether the process of a mark may still revert the fault.
//
// An example of the text:
//
//	{"fault":"connection-limit","run":"peak-season/20261130T103059Z-7","host":"ci-4",
//	 "process":"812:90210","until":"2026-11-30T10:33:10Z"}
package mark

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/chaos/local/proc"
)

// Mark is whose fault it is, and when it ends.
type Mark struct {
	Fault   string    `json:"fault"`
	Run     string    `json:"run,omitempty"`
	Host    string    `json:"host"`
	Process string    `json:"process"` // number:start of the process that made the fault, on that host
	Until   time.Time `json:"until"`   // when it was to end at the latest
}

// New returns the mark of a fault of a run; [Mark.Now] completes it.
func New(fault, run string) Mark { return Mark{Fault: fault, Run: run} }

// Now returns the mark of a fault that this process makes now, for so long.
func (m Mark) Now(lasts time.Duration) Mark {
	m.Host = host()
	if self, err := proc.Read(os.Getpid()); err == nil {
		m.Process = fmt.Sprintf("%d:%d", self.PID, self.Start)
	}
	m.Until = time.Now().UTC().Add(lasts).Truncate(time.Second)
	return m
}

func host() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// Text is the mark as it is written.
func (m Mark) Text() string {
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err) // it has text and a time only
	}
	return string(raw)
}

// Parse reads a text of [Mark.Text]. What cannot be read is a mark of a fault with that
// text as its name: it is shown, and it is of no living process.
func Parse(text string) Mark {
	var m Mark
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return Mark{Fault: text}
	}
	return m
}

// Living reports whether the process that made the fault can still revert it. On another
// host that is not known; there the process counts as living until the fault's end.
func (m Mark) Living(now time.Time) bool {
	if m.Host != host() {
		return now.Before(m.Until)
	}
	pid, start, _ := strings.Cut(m.Process, ":")
	number, err := strconv.Atoi(pid)
	if err != nil {
		return false
	}
	p, err := proc.Read(number)
	return err == nil && p.Alive() && strconv.FormatUint(p.Start, 10) == start
}

// String names the fault, the run and the end for a person.
func (m Mark) String() string {
	text := "fault " + m.Fault
	if m.Fault == "" {
		text = "a fault"
	}
	if m.Run != "" {
		text += " of run " + m.Run
	}
	if m.Process != "" {
		pid, _, _ := strings.Cut(m.Process, ":")
		text += fmt.Sprintf(", made by process %s on %s", pid, m.Host)
	}
	if !m.Until.IsZero() {
		text += ", until " + m.Until.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return text
}

// Left is a fault that its process has not reverted.
type Left struct {
	Mark
	Component string
	State     string // what is wrong there, in one sentence
	ByHand    string // the command that reverts it
	// Revert reverts the fault and removes its mark. It can be repeated.
	Revert func(ctx context.Context) error
}

// String is the fault in one sentence.
func (l Left) String() string {
	text := l.Component + ": " + l.State
	if l.Fault != "" {
		text += " (" + l.Mark.String() + ")"
	}
	return text
}
