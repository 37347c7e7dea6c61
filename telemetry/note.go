package telemetry

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// maxNotes bounds the kinds of problems kept: a probe that finds a new message
// every second must not fill the run.
const maxNotes = 50

// notes gathers what could not be read, one entry a message.
type notes struct {
	mu    sync.Mutex
	order []string
	seen  map[string]*note
	more  int
	local *regexp.Regexp
}

type note struct {
	count       int
	first, last time.Duration
}

func newNotes() *notes {
	// The local port of a connection differs each time and says nothing.
	return &notes{seen: map[string]*note{}, local: regexp.MustCompile(`:\d+->`)}
}

func (n *notes) add(probe string, err error, at time.Duration) {
	text := n.local.ReplaceAllString(probe+": "+strings.ReplaceAll(err.Error(), "\n", "; "), "->")
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.seen[text]
	if known == nil {
		if len(n.order) == maxNotes {
			n.more++
			return
		}
		known = &note{first: at}
		n.seen[text] = known
		n.order = append(n.order, text)
	}
	known.count++
	known.last = at
}

// lines words them: "postgres shared/postgres: connect: refused (10 times, from 34.0 s to 43.0 s)".
func (n *notes) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for _, text := range n.order {
		k := n.seen[text]
		if k.count == 1 {
			all = append(all, fmt.Sprintf("%s (at %.1f s)", text, k.first.Seconds()))
			continue
		}
		all = append(all, fmt.Sprintf("%s (%d times, from %.1f s to %.1f s)",
			text, k.count, k.first.Seconds(), k.last.Seconds()))
	}
	if n.more > 0 {
		all = append(all, fmt.Sprintf("telemetry: %d more problems of other kinds", n.more))
	}
	return all
}
