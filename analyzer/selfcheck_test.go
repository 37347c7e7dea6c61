//go:build !race

package analyzer

import "testing"

func TestSelfCheck(t *testing.T) {
	t.Parallel()
	n := 60
	if testing.Short() {
		n = 20
	}
	s := SelfCheck(3, n)
	if !s.OK() || s.Found < s.Planted/2 || s != SelfCheck(3, n) {
		t.Error(s.Words())
	}
}
