package telemetry

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// odooLine is one line of Odoo's log, in whatever form it was written.
type odooLine struct {
	level    string // DEBUG, INFO, WARNING, ERROR, CRITICAL
	database string // "?" when it is about none
	text     []byte
}

// odooForms are the lines looked for, in Odoo 14 to 19.
type odooForms struct {
	unwrap  *unwrapper
	head    *regexp.Regexp // 2026-01-02 03:04:05,678 123 INFO t1 odoo.http: ...
	retry   *regexp.Regexp
	request *regexp.Regexp // "POST /json/2/sale.order/create HTTP/1.1" 200 - 53 0.030 0.060
	job     *regexp.Regexp
}

func newOdooForms() odooForms {
	return odooForms{
		unwrap:  newUnwrapper(),
		head:    regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+ \d+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+) `),
		retry:   regexp.MustCompile(`([A-Z_]+), \d+ tries left, try again in`),
		request: regexp.MustCompile(`HTTP/1\.[01]" \d{3} \S+ (\d+) (\d+\.\d+) (\d+\.\d+)`),
		job:     regexp.MustCompile(`Job '.*duration (\d+\.?\d*)\s?s`),
	}
}

// read understands a line of Odoo's own form, or of OCA's logging_json: one object a
// line. False is the further line of a traceback, or another form.
func (f *odooForms) read(line []byte) (odooLine, bool) {
	line = f.unwrap.line(line)
	if len(line) > 0 && line[0] == '{' {
		return readOdooJSON(line)
	}
	head := f.head.FindSubmatch(line)
	if head == nil {
		return odooLine{}, false
	}
	return odooLine{level: string(head[1]), database: string(head[2]), text: line}, true
}

func readOdooJSON(line []byte) (odooLine, bool) {
	if !gjson.ValidBytes(line) {
		return odooLine{}, false
	}
	text := func(names ...string) string {
		for _, name := range names {
			if v := gjson.GetBytes(line, name); v.Type == gjson.String && v.Str != "" {
				return v.Str
			}
		}
		return ""
	}
	level := strings.ToUpper(text("levelname", "level", "severity"))
	switch level {
	case "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL":
	default:
		return odooLine{}, false
	}
	message := text("message", "msg", "event")
	if cost := text("perf_info"); cost != "" {
		message += " " + cost // Odoo's own form has it at the end
	}
	database := text("dbname", "db", "database")
	if database == "" {
		database = "?"
	}
	return odooLine{level: level, database: database, text: []byte(message)}, true
}

// count adds the figures of the line to n.
func (f *odooForms) count(line odooLine, n *logCounts) {
	if line.level == "ERROR" || line.level == "CRITICAL" {
		n.errors++
	}
	switch text := line.text; {
	case bytes.Contains(text, []byte("try again in")):
		if m := f.retry.FindSubmatch(text); m != nil {
			switch string(m[1]) {
			case "SERIALIZATION_FAILURE":
				n.serialization++
			case "LOCK_NOT_AVAILABLE":
				n.lock++
			case "DEADLOCK_DETECTED":
				n.deadlock++
			default: // a number taken twice, for one
				n.other++
			}
		}
	case bytes.Contains(text, []byte("maximum number of tries reached")):
		n.exhausted++
	case bytes.Contains(text, []byte(") timeout after ")), bytes.Contains(text, []byte("virtual memory limit")):
		n.killed++
	case bytes.Contains(text, []byte("HTTP/1.")):
		if m := f.request.FindSubmatch(text); m != nil {
			n.requests++
			n.queries += number(m[1])
			n.sql += number(m[2])
			n.rest += number(m[3])
		}
	case bytes.Contains(text, []byte("Job '")):
		if m := f.job.FindSubmatch(text); m != nil {
			n.job = number(m[1])
		}
	}
}

func number(text []byte) float64 {
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0 // the expression admits numbers alone
	}
	return v
}
