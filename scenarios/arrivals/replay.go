package arrivals

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseReplay reads recorded arrivals: one a line, the first field of which is the
// seconds since the start. Empty lines, lines that begin with # and one heading are
// skipped; the order does not matter. It returns all problems.
func ParseReplay(r io.Reader) ([]time.Duration, error) {
	var times []time.Duration
	var problems []error
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		field, _, _ := strings.Cut(line, ",")
		seconds, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		switch {
		case err != nil && n == 1:
			continue
		case err != nil:
			problems = append(problems, fmt.Errorf("line %d: %q is no number of seconds", n, field))
		case seconds < 0:
			problems = append(problems, fmt.Errorf("line %d: %v s is before the start", n, seconds))
		default:
			times = append(times, time.Duration(seconds*float64(time.Second)))
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, err)
	}
	if len(times) == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("no arrivals in it"))
	}
	slices.Sort(times)
	return times, errors.Join(problems...)
}
