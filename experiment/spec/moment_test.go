package spec

import (
	"strings"
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	tests := []struct {
		text string
		want Moment
		err  string
	}{
		{"45s", Moment{Offset: 45 * time.Second}, ""},
		{"1m30s", Moment{Offset: 90 * time.Second}, ""},
		{"0s", Moment{}, ""},
		{"cutoff", Moment{Landmark: "cutoff"}, ""},
		{"cutoff-90s", Moment{Landmark: "cutoff", Offset: -90 * time.Second}, ""},
		{"cutoff+1m30s", Moment{Landmark: "cutoff", Offset: 90 * time.Second}, ""},
		{"batch-start-10s", Moment{Landmark: "batch-start", Offset: -10 * time.Second}, ""},
		{"dispatch.cutoff+5s", Moment{Landmark: "dispatch.cutoff", Offset: 5 * time.Second}, ""},
		{"-5s", Moment{}, "before the trial"},
		{"two minutes", Moment{}, "write 45s"},
		{"", Moment{}, "write 45s"},
	}
	for _, tt := range tests {
		got, err := parseMoment(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("parseMoment(%q) error %v, want one with %q", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("parseMoment(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
		if again, err := parseMoment(got.String()); err != nil || again != got {
			t.Errorf("%q does not parse back: %+v, %v", got.String(), again, err)
		}
	}
}

func TestMomentResolve(t *testing.T) {
	landmarks := map[string]time.Duration{"cutoff": time.Minute}
	if got, err := (Moment{Landmark: "cutoff", Offset: -10 * time.Second}).Resolve(landmarks); err != nil || got != 50*time.Second {
		t.Errorf("got %v, %v, want 50s", got, err)
	}
	_, err := (Moment{Landmark: "cutof"}).Resolve(landmarks)
	if err == nil || !strings.Contains(err.Error(), "there are cutoff") {
		t.Errorf("unknown landmark: got %v, want the known ones named", err)
	}
}

func FuzzParseMoment(f *testing.F) {
	for _, seed := range []string{"45s", "cutoff-90s", "batch-start+1m", "-", "+", "a-b-c", "1h-1h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMoment(text)
		if err != nil {
			return
		}
		again, err := parseMoment(m.String())
		if err != nil || again != m {
			t.Errorf("parseMoment(%q) = %+v, which reads back as %+v, %v", text, m, again, err)
		}
	})
}
