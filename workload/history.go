package workload

import (
	"slices"
	"time"
)

// Interval is the length of the intervals in which documents are counted.
const Interval = 5 * time.Minute

const (
	intervalSeconds = int64(Interval / time.Second)
	hourIntervals   = int(time.Hour / Interval)
	dayHours        = 24
)

// History counts the documents of one journey of one tenant. It needs 4 bytes for each
// interval between the first and the last document.
type History struct {
	first  int64 // number of the first interval since 1970
	counts []uint32
	lines  map[int]int // number of lines -> documents that have as many
}

// Add counts n documents that arrived at a time.
func (h *History) Add(at time.Time, n int) { h.AddInterval(at.Unix()/intervalSeconds, n) }

// AddInterval counts n documents of an interval, by its number since 1970.
func (h *History) AddInterval(interval int64, n int) {
	switch {
	case n == 0:
		return
	case len(h.counts) == 0:
		h.first = interval
	case interval < h.first:
		h.counts = slices.Insert(h.counts, 0, make([]uint32, h.first-interval)...)
		h.first = interval
	}
	if missing := interval - h.first - int64(len(h.counts)) + 1; missing > 0 {
		h.counts = append(h.counts, make([]uint32, missing)...)
	}
	h.counts[interval-h.first] += uint32(n) // far below 2^32 in five minutes
}

// AddLines counts n documents that have as many lines each.
func (h *History) AddLines(lines, n int) {
	if h.lines == nil {
		h.lines = map[int]int{}
	}
	h.lines[lines] += n
}

// Merge adds another history.
func (h *History) Merge(other *History) {
	for i, n := range other.counts {
		h.AddInterval(other.first+int64(i), int(n))
	}
	for lines, n := range other.lines {
		h.AddLines(lines, n)
	}
}

// Documents is the number of documents.
func (h *History) Documents() int {
	sum := 0
	for _, n := range h.counts {
		sum += int(n)
	}
	return sum
}

// Span returns the first and the last interval with a document. Both are zero without one.
func (h *History) Span() (first, last time.Time) {
	if len(h.counts) == 0 {
		return first, last
	}
	return time.Unix(h.first*intervalSeconds, 0), time.Unix((h.first+int64(len(h.counts))-1)*intervalSeconds, 0)
}

// day is the documents of one day of the calendar, by interval.
type day struct {
	counts [dayHours * hourIntervals]int
}

func (d *day) total() int {
	sum := 0
	for _, n := range d.counts {
		sum += n
	}
	return sum
}

// hour returns the documents of an hour.
func (d *day) hour(h int) int {
	sum := 0
	for _, n := range d.counts[h*hourIntervals : (h+1)*hourIntervals] {
		sum += n
	}
	return sum
}

// busiest returns the hour with the most documents, and how many it has.
func (d *day) busiest() (hour, documents int) {
	for h := range dayHours {
		if n := d.hour(h); n > documents {
			hour, documents = h, n
		}
	}
	return hour, documents
}

// calendar is the whole days of a history in a zone. The days of the first and of the last
// document are left out, since they may have begun or ended outside of the history.
type calendar struct {
	from date
	days []day
}

// calendar cuts the history into days. When clocks are set back, an hour holds the documents
// of two.
func (h *History) calendar(zone *time.Location) calendar {
	first, last := h.Span()
	from, to := dateOf(first.In(zone)).plus(1), dateOf(last.In(zone)).plus(-1)
	if len(h.counts) == 0 || to < from {
		return calendar{from: from}
	}
	c := calendar{from: from, days: make([]day, to-from+1)}
	for i, n := range h.counts {
		if n == 0 {
			continue
		}
		at := time.Unix((h.first+int64(i))*intervalSeconds, 0).In(zone)
		if d := dateOf(at); d >= from && d <= to {
			c.days[d-from].counts[at.Hour()*hourIntervals+at.Minute()/int(Interval/time.Minute)] += int(n)
		}
	}
	return c
}

// date is a day of the calendar, counted from 1970-01-01.
type date int

const dateForm = "2006-01-02"

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / int64(24*time.Hour/time.Second))
}

// parseDate reads 2006-01-02.
func parseDate(text string) (date, error) {
	t, err := time.Parse(dateForm, text)
	return dateOf(t), err
}

func (d date) time() time.Time    { return time.Unix(int64(d)*86400, 0).UTC() }
func (d date) String() string     { return d.time().Format(dateForm) }
func (d date) plus(days int) date { return d + date(days) }

// weekday counts from Monday, 0.
func (d date) weekday() int { return (int(d.time().Weekday()) + 6) % 7 }

// month counts from January, 0.
func (d date) month() int { return int(d.time().Month()) - 1 }

// week is the number of the week, from Monday on, since 1970.
func (d date) week() int { return (int(d) + 3) / 7 } // 1970-01-01 is a Thursday
