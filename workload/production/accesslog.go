package production

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/telemetry"
	"example.org/odooharness/workload"
)

const (
	shortestPause = time.Second      // requests in between belong to one page
	longestPause  = 10 * time.Minute // a longer one ends the session
)

// interactive is the requests of one tenant.
type interactive struct {
	steps       map[string]int
	hours       [24]int
	n           int
	first, last time.Time
	ends        map[string]time.Time // of each client's latest answer; it never leaves the process
	pauses      []float64            // seconds
}

// AccessLog counts the requests of users by step, and their pauses. Addresses of clients are used
// to find pauses, and are not kept. Files, buses and calls of programs are no steps of users.
func (c *Collector) AccessLog(path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	requests := telemetry.NewRequests()
	lines := bufio.NewReaderSize(file, 1<<20)
	if head, _ := lines.Peek(2); string(head) == "\x1f\x8b" { // a rotated log
		plain, err := gzip.NewReader(lines)
		if err != nil {
			return fmt.Errorf("read access log %s: %w", path, err)
		}
		lines = bufio.NewReaderSize(plain, 1<<20)
	}
	var seen span
	unknown, nameless, clientless := 0, 0, 0
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read access log %s: %w", path, err)
		}
		r, request, known := requests.Parse(line)
		step := stepOf(r.Method, r.Path)
		switch {
		case !known:
			unknown++
			continue
		case !request || step == "" || !c.inPeriod(r.End):
			continue
		case r.Host == "":
			nameless++
		}
		if r.Client == "" {
			clientless++
		}
		seen.add(r.End, 1)
		c.request(r, step)
	}
	name := filepath.Base(path)
	switch {
	case seen.n == 0:
		return fmt.Errorf("access log %s: no request of a user lies in the period, and %d lines have a form that is not known "+
			"(docs/telemetry.md lists the forms)", path, unknown)
	case unknown > 0:
		c.lacks("", fmt.Sprintf("%s: %d lines in a form that is not known", name, unknown), "their requests do not count")
	}
	if nameless > 0 {
		c.lacks("", name+": requests without a host", "their tenant is main")
	}
	if clientless > 0 {
		c.lacks("", name+": requests without the client's address", "no think times of them")
	}
	c.source(workload.Source{Kind: "access-log", Name: name}, seen)
	return nil
}

func (c *Collector) request(r telemetry.Request, step string) {
	tenant := "main"
	if r.Host != "" {
		tenant = r.Host
		if name, _, ok := strings.Cut(r.Host, "."); ok && net.ParseIP(r.Host) == nil {
			tenant = name
		}
	}
	t := c.interactive[label(tenant)]
	if t == nil {
		t = &interactive{steps: map[string]int{}, ends: map[string]time.Time{}, first: r.End, last: r.End}
		c.interactive[label(tenant)] = t
	}
	t.steps[step]++
	t.n++
	t.hours[r.End.In(c.options.Zone).Hour()]++
	if r.End.Before(t.first) {
		t.first = r.End
	}
	if r.End.After(t.last) {
		t.last = r.End
	}
	if r.Client == "" {
		return
	}
	if before, ok := t.ends[r.Client]; ok {
		pause := r.End.Add(-time.Duration(r.Seconds * float64(time.Second))).Sub(before)
		if pause >= shortestPause && pause <= longestPause {
			t.pauses = append(t.pauses, pause.Seconds())
		}
	}
	if r.End.After(t.ends[r.Client]) {
		t.ends[r.Client] = r.End
	}
}

// stepOf names the step of the scenarios that a path belongs to, empty for none.
func stepOf(method, path string) string {
	last := path[strings.LastIndex(path, "/")+1:]
	switch {
	case path == "/web/login" && method != "GET":
		return "login"
	case strings.HasPrefix(path, "/report/"):
		return "report"
	case strings.HasPrefix(path, "/mail/"):
		return "message"
	case path == "/web/action/load":
		return "views"
	case !strings.HasPrefix(path, "/web/dataset/"):
		return "" // files, buses, portals, and programs that call an API
	}
	switch last {
	case "web_search_read", "search_read", "web_read_group", "read_group", "search_count":
		return "open_list"
	case "web_read", "read", "onchange":
		return "open_form"
	case "get_views", "load_views":
		return "views"
	case "name_search":
		return "search_name"
	case "web_save", "create", "write", "unlink":
		return "save"
	}
	if strings.Contains(path, "/call_button") {
		return "button"
	}
	return "other"
}

// fit estimates mix, day and think time.
func (t *interactive) fit() *workload.Interactive {
	days := math.Max(1, t.last.Sub(t.first).Hours()/24)
	i := &workload.Interactive{Requests: t.n, PerDay: float64(t.n) / days, Mix: map[string]float64{},
		Day: make([]float64, len(t.hours))}
	for step, n := range t.steps {
		i.Mix[step] = float64(n) / float64(t.n)
	}
	for h, n := range t.hours {
		i.Day[h] = float64(n) / float64(t.n)
	}
	if n := len(t.pauses); n > 1 {
		slices.Sort(t.pauses)
		mean, deviation := stat.MeanStdDev(t.pauses, nil)
		student := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}
		reach := student.Quantile((1+workload.Confidence)/2) * deviation / math.Sqrt(float64(n))
		i.Think = &workload.Think{Pauses: n, Mean: workload.Estimate{Value: mean, Low: max(0, mean-reach), High: mean + reach},
			Median: stat.Quantile(0.5, stat.Empirical, t.pauses, nil), P95: stat.Quantile(0.95, stat.Empirical, t.pauses, nil)}
	}
	return i
}
