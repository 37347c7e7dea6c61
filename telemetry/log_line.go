package telemetry

import (
	"bytes"
	"regexp"

	"github.com/tidwall/gjson"
)

// unwrapper takes off a log line what its way to the file has put around it: colours,
// and the prefixes of container runtimes, docker compose and syslog.
type unwrapper struct {
	colour  *regexp.Regexp // terminal colours
	cri     *regexp.Regexp // 2026-01-02T03:04:05.678901234Z stdout F ...
	stamp   *regexp.Regexp // 2026-01-02T03:04:05.678901234Z ..., of kubectl logs --timestamps
	compose *regexp.Regexp // odoo-1  | ...
	syslog  *regexp.Regexp // Jan  2 03:04:05 host haproxy[42]: ...
}

func newUnwrapper() *unwrapper {
	return &unwrapper{
		colour:  regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`),
		cri:     regexp.MustCompile(`^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] `),
		stamp:   regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d) `),
		compose: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]* +\| `),
		syslog:  regexp.MustCompile(`^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [^\s:]+: `),
	}
}

// line is the line that the program itself wrote.
func (u *unwrapper) line(line []byte) []byte {
	if bytes.IndexByte(line, 0x1b) >= 0 {
		line = u.colour.ReplaceAll(line, nil)
	}
	line = bytes.TrimSpace(line)
	// Docker's json-file: {"log":"...\n","stream":"stdout","time":"..."}
	if bytes.HasPrefix(line, []byte(`{"log":`)) {
		if inner := gjson.GetBytes(line, "log"); inner.Type == gjson.String {
			line = bytes.TrimSpace([]byte(inner.Str))
		}
	}
	for _, prefix := range []*regexp.Regexp{u.compose, u.cri, u.stamp, u.syslog} {
		if at := prefix.FindIndex(line); at != nil {
			line = line[at[1]:]
		}
	}
	return bytes.TrimSpace(line)
}

// beginning is a line as a problem shows it: its beginning, without the query of a URL,
// which may hold a token.
func beginning(line []byte) string {
	if at := bytes.IndexByte(line, '?'); at >= 0 {
		line = line[:at]
	}
	return string(line[:min(len(line), 80)])
}
