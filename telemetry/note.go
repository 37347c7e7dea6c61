package telemetry

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxNotes bounds the kinds of problems kept: a probe that finds a new message
// every second must not fill the run.
const maxNotes = 50

// notes collects failed readings, with one entry for each kind of probe and message. A
// database that restarts is one line, not one for each tenant.
type notes struct {
	mu    sync.Mutex
	order []noteKey
	seen  map[noteKey]*note
	more  int
	local *regexp.Regexp
	times *regexp.Regexp
}

// noteKey is what makes problems the same: the text without moments and durations.
type noteKey struct{ kind, text string }

type note struct {
	text        string         // of the first
	counts      map[string]int // by the part that the probe reads
	first, last time.Duration
}

func newNotes() *notes {
	return &notes{
		seen: map[noteKey]*note{},
		// The local port of a connection differs each time and has no meaning.
		local: regexp.MustCompile(`:\d+->`),
		// Moments and durations make no new kind of problem.
		times: regexp.MustCompile(`\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?|\d+(?:\.\d+)? ?(?:ns|µs|ms|s|min|bytes)\b`),
	}
}

// add notes a failed reading of a probe. The probe's name is a kind, usually with the
// part that it reads: "jobs t1".
func (n *notes) add(probe string, err error, at time.Duration) {
	kind, part := probe, ""
	if blank := strings.LastIndexByte(probe, ' '); blank > 0 {
		kind, part = probe[:blank], probe[blank+1:]
	}
	text := n.local.ReplaceAllString(strings.ReplaceAll(err.Error(), "\n", "; "), "->")
	key := noteKey{kind, n.times.ReplaceAllString(text, "#")}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.seen[key]
	if known == nil {
		if len(n.order) == maxNotes {
			n.more++
			return
		}
		known = &note{text: text, first: at, last: at, counts: map[string]int{}}
		n.seen[key] = known
		n.order = append(n.order, key)
	}
	known.counts[part]++
	known.first, known.last = min(known.first, at), max(known.last, at)
}

// lines returns them as text: "jobs t1, t2: connect: refused (10 times each, from 34.0 s to 43.0 s)".
func (n *notes) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for _, key := range n.order {
		all = append(all, n.seen[key].line(key))
	}
	if n.more > 0 {
		all = append(all, fmt.Sprintf("telemetry: %d more problems of other kinds", n.more))
	}
	return all
}

func (k *note) line(key noteKey) string {
	parts := slices.Sorted(maps.Keys(k.counts))
	subject := strings.TrimSpace(key.kind + " " + strings.Join(parts, ", "))
	least, most := k.counts[parts[0]], k.counts[parts[0]]
	for _, count := range k.counts {
		least, most = min(least, count), max(most, count)
	}
	times := fmt.Sprintf("%d times", most)
	if len(parts) > 1 {
		times += " each"
	}
	if least != most {
		times = "up to " + times
	}
	when := fmt.Sprintf("%s, from %.1f s to %.1f s", times, k.first.Seconds(), k.last.Seconds())
	if most == 1 && len(parts) == 1 {
		when = fmt.Sprintf("at %.1f s", k.first.Seconds())
	}
	return fmt.Sprintf("%s: %s (%s)", subject, k.text, when)
}
