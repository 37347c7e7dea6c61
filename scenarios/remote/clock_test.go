package remote

import (
	"testing"
	"time"
)

func at(ms float64) time.Time { return time.Unix(0, int64(ms*1e6)) }

// A request leaves at 100 ms of this clock. The other one, 300 ms ahead, sees it after 2 ms,
// and its answer takes 6 ms.
func TestReading(t *testing.T) {
	x := exchange{Sent: at(100), Theirs: at(402), Received: at(108)}
	if got, want := x.reading(), (reading{298 * time.Millisecond, 4 * time.Millisecond}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The exchange with the least round trip counts, of those after the instant.
func TestEstimate(t *testing.T) {
	var e estimate
	if _, ok := e.since(time.Time{}); ok {
		t.Error("a reading without an exchange")
	}
	e.add(exchange{at(0), at(10), at(10)})  // 5 ms ± 5 ms
	e.add(exchange{at(20), at(27), at(24)}) // 5 ms ± 2 ms
	e.add(exchange{at(40), at(50), at(46)}) // 7 ms ± 3 ms
	for _, c := range []struct {
		after time.Time
		want  reading
	}{
		{time.Time{}, reading{5 * time.Millisecond, 2 * time.Millisecond}},
		{at(20), reading{7 * time.Millisecond, 3 * time.Millisecond}},
	} {
		if got, ok := e.since(c.after); !ok || got != c.want {
			t.Errorf("since %s: got %v, want %v", c.after, got, c.want)
		}
	}
	for i := range recent {
		e.add(exchange{at(float64(100 + i)), at(200), at(float64(120 + i))})
	}
	if got, _ := e.since(time.Time{}); got.Bound != 10*time.Millisecond {
		t.Errorf("the bound is %s: an exchange of long ago counts", got.Bound)
	}
}

// An instant of one clock is the same instant of another, whatever both show.
func TestMoved(t *testing.T) {
	here := at(1000)
	from, to := func() time.Time { return here }, func() time.Time { return here.Add(-200 * time.Millisecond) }
	if got, off := moved(at(1500), from, to); !got.Equal(at(1300)) || off != 0 {
		t.Errorf("got %s within %s, want 1.3 s", got, off)
	}
}
