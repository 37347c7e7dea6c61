package chaos_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"example.org/odooharness/chaos"
)

func components(n int) []chaos.Component {
	var all []chaos.Component
	for i := range n {
		all = append(all, chaos.Component{Name: "t" + strconv.Itoa(i), Labels: map[string]string{
			"name": "redis", "stack": "t" + strconv.Itoa(i),
		}})
	}
	return append(all, chaos.Component{Name: "other", Labels: map[string]string{"name": "ingress"}})
}

func TestSelectModes(t *testing.T) {
	for _, test := range []struct {
		mode, value string
		want        int // of ten; -1: an error
	}{
		{"one", "", 1}, {"all", "", 10}, {"fixed", "3", 3}, {"fixed", "30", 10}, {"fixed", "x", -1},
		{"fixed-percent", "50", 5}, {"fixed-percent", "59", 5}, {"fixed-percent", "9", -1},
		{"fixed-percent", "101", -1}, {"some", "1", -1}, {"", "", -1},
	} {
		s := chaos.Selector{Labels: map[string]string{"name": "redis"}, Mode: test.mode, Value: test.value}
		got, err := s.Select(components(10), rand.New(rand.NewPCG(1, 2)))
		if test.want < 0 {
			if err == nil {
				t.Errorf("%s %s: selected %d, want an error", test.mode, test.value, len(got))
			}
			continue
		}
		if err != nil || len(got) != test.want {
			t.Errorf("%s %s: selected %d, %v; want %d", test.mode, test.value, len(got), err, test.want)
		}
		for i, c := range got {
			if c.Name == "other" || i > 0 && got[i-1].Name >= c.Name {
				t.Errorf("%s: selected %v", test.mode, got)
			}
		}
	}
}

// random-max-percent takes between nothing and its value, every count at times.
func TestSelectRandomMaxPercent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := chaos.Selector{Labels: map[string]string{"name": "redis"}, Mode: "random-max-percent", Value: "40"}
	seen := map[int]bool{}
	for range 500 {
		got, err := s.Select(components(10), random)
		if err != nil && len(got) > 0 {
			t.Fatal(err)
		}
		seen[len(got)] = true
	}
	if len(seen) != 5 || !seen[0] || !seen[4] {
		t.Errorf("counts seen %v, want 0 to 4", seen)
	}
}

// Mode one reaches every component, and the same seed the same one.
func TestSelectOneIsFairAndReproducible(t *testing.T) {
	s := chaos.Selector{Labels: map[string]string{"name": "redis"}, Mode: "one"}
	counts := map[string]int{}
	for seed := range uint64(2000) {
		first, err1 := s.Select(components(4), rand.New(rand.NewPCG(seed, 0)))
		second, err2 := s.Select(components(4), rand.New(rand.NewPCG(seed, 0)))
		if err := errors.Join(err1, err2); err != nil || first[0].Name != second[0].Name {
			t.Fatalf("seed %d gives %v and %v, %v", seed, first, second, err)
		}
		counts[first[0].Name]++
	}
	for name, n := range counts { // 500 expected, standard deviation 19
		if n < 400 || n > 600 {
			t.Errorf("%s chosen %d times of 2000", name, n)
		}
	}
}

func TestSelectRefuses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	if _, err := (chaos.Selector{Mode: "all"}).Select(components(2), random); !errors.Is(err, chaos.ErrEmptySelector) {
		t.Errorf("empty selector: %v", err)
	}
	if _, err := (chaos.Selector{Mode: "all", Labels: map[string]string{"name": "x"}}).Select(components(2), random); err == nil {
		t.Error("a selector that matches nothing was accepted")
	}
}

func TestExpressions(t *testing.T) {
	labels := map[string]string{"name": "redis"}
	for _, test := range []struct {
		e    chaos.Expression
		want bool
	}{
		{chaos.Expression{Key: "name", Operator: "In", Values: []string{"odoo", "redis"}}, true},
		{chaos.Expression{Key: "name", Operator: "In", Values: []string{"odoo"}}, false},
		{chaos.Expression{Key: "tier", Operator: "In", Values: []string{""}}, false},
		{chaos.Expression{Key: "name", Operator: "NotIn", Values: []string{"odoo"}}, true},
		{chaos.Expression{Key: "name", Operator: "NotIn", Values: []string{"redis"}}, false},
		{chaos.Expression{Key: "tier", Operator: "NotIn", Values: []string{"x"}}, true},
		{chaos.Expression{Key: "name", Operator: "Exists"}, true},
		{chaos.Expression{Key: "tier", Operator: "Exists"}, false},
		{chaos.Expression{Key: "tier", Operator: "DoesNotExist"}, true},
		{chaos.Expression{Key: "name", Operator: "DoesNotExist"}, false},
		{chaos.Expression{Key: "name", Operator: "Like", Values: []string{"redis"}}, false},
	} {
		s := chaos.Selector{Expressions: []chaos.Expression{test.e}}
		if got := s.Matches(labels); got != test.want {
			t.Errorf("%+v matches %v: %t, want %t", test.e, labels, got, test.want)
		}
	}
}
