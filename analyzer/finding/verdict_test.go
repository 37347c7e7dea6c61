package finding

import "testing"

// A run passes when something was judged and measured. A sound measurement alone is no
// pass, and information decides nothing.
func TestDecide(t *testing.T) {
	of := func(id string, v Verdict) Finding {
		return Finding{ID: id, Title: "T", Verdict: v, Because: []string{"B."}}
	}
	for name, c := range map[string]struct {
		findings []Finding
		verdict  Verdict
		reason   string
	}{
		"nothing promised": {[]Finding{of("VAL-001", Pass), of("VAL-005", Pass), of("LAT-001", Info)}, Inconclusive,
			"The run has nothing to judge: no objective, fault, neighbour, write or forecast."},
		"counts": {[]Finding{of("SLO-001", Pass), of("SLO-002", Pass), of("DUR-001", Pass), of("VAL-001", Pass), of("CMP-001", Pass)}, Pass,
			"Passed: 2 objectives, 1 write check."},
		"kinds of checks": {[]Finding{of("RES-001", Pass), of("RES-004", Pass), of("RES-005", Pass), of("RES-005", Pass)}, Pass,
			"Passed: 1 session check, 2 conflict checks, 1 fault check."},
		"comparisons decide nothing": {[]Finding{of("SLO-001", Pass), of("CMP-001", Inconclusive)}, Pass, "Passed: 1 objective."},
		"inconclusive before pass":   {[]Finding{of("SLO-001", Pass), of("RES-001", Inconclusive)}, Inconclusive, "RES-001 T: B."},
		"fail before inconclusive":   {[]Finding{of("RES-001", Inconclusive), of("ISO-001", Fail)}, Fail, "ISO-001 T: B."},
		"invalid before fail":        {[]Finding{of("ISO-001", Fail), of("VAL-003", Invalid)}, Invalid, "VAL-003 T: B."},
	} {
		if v, reason := Decide(c.findings); v != c.verdict || reason != c.reason {
			t.Errorf("%s: %s, %q; want %s, %q", name, v, reason, c.verdict, c.reason)
		}
	}
}

// A run until decided does not pass while one of its questions is open.
func TestOpenQuestions(t *testing.T) {
	decided := Primary{Question: "Is a slow?", Decided: true}
	open := Primary{Question: "Is b slow?", Why: "To decide: 4 replicates."}
	for _, c := range []struct {
		questions []Primary
		verdict   Verdict
		reason    string
	}{
		{nil, Pass, "Passed: 1 fault check."},
		{[]Primary{decided}, Pass, "Passed: 1 fault check."},
		{[]Primary{decided, open}, Inconclusive, "1 of 2 primary questions is undecided. The first: Is b slow? To decide: 4 replicates."},
		{[]Primary{decided, open, open}, Inconclusive,
			"2 of 3 primary questions are undecided. The first: Is b slow? To decide: 4 replicates."},
	} {
		verdict, reason := Open(c.questions, "Passed: 1 fault check.")
		if verdict != c.verdict || reason != c.reason {
			t.Errorf("%d questions: %s %q, want %s %q", len(c.questions), verdict, reason, c.verdict, c.reason)
		}
	}
}

// What is to be done about a failure does not help against too little data.
func TestRemedyFitsTheVerdict(t *testing.T) {
	for _, id := range []string{"SLO-001", "SLO-002", "ISO-001", "RES-001", "RES-006", "DUR-001", "DUR-002", "DUR-003", "DUR-005", "DUR-007", "CAP-002"} {
		fail, open := New(id, Fail, Scope{}).Remedy, New(id, Inconclusive, Scope{}).Remedy
		if fail == "" || open == "" || fail == open {
			t.Errorf("%s: %q when it fails, %q when it is open", id, fail, open)
		}
	}
	if got := New("VAL-005", Inconclusive, Scope{}).Remedy; got != "Remove the cause that stopped the trial, and run it again." {
		t.Errorf("VAL-005: %q", got)
	}
	for _, v := range []Verdict{Pass, Info} {
		if got := New("ISO-001", v, Scope{}).Remedy; got != "" {
			t.Errorf("%s: %q", v, got)
		}
	}
}
