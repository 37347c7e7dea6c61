package analyzer

import "testing"

func TestSoundRunPasses(t *testing.T) {
	j := analyze(t, calmPlant(1).write(t))
	if j.Verdict != Pass {
		dump(t, j)
		t.Errorf("got verdict %s, want pass", j.Verdict)
	}
	if testing.Verbose() {
		dump(t, j)
	}
}
