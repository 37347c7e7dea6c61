package lab

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDivide(t *testing.T) {
	four := []string{"t1", "t2", "t3", "t4"}
	cases := []struct {
		name string
		spec Spec
		want []Share
		note string
	}{
		{"shared", Spec{Tenancy: "shared", Tenants: four, Workers: 4, CPU: 2},
			[]Share{{"shared", four, 4, 2, 512, 0}}, ""},
		{"dedicated", Spec{Tenancy: "dedicated", Tenants: four, Workers: 4, CPU: 2}, []Share{
			{"t1", four[:1], 1, 0.5, 128, 0}, {"t2", four[1:2], 1, 0.5, 128, 0},
			{"t3", four[2:3], 1, 0.5, 128, 0}, {"t4", four[3:], 1, 0.5, 128, 0}}, ""},
		{"hybrid", Spec{Tenancy: "hybrid", Tenants: four, Strategic: []string{"t2"}, Workers: 4, CPU: 2}, []Share{
			{"shared", []string{"t1", "t3", "t4"}, 3, 1.5, 384, 0}, {"t2", four[1:2], 1, 0.5, 128, 0}}, ""},
		{"uneven", Spec{Tenancy: "dedicated", Tenants: four[:2], Workers: 3}, []Share{
			{"t1", four[:1], 2, 0, 256, 0}, {"t2", four[1:2], 1, 0, 256, 0}},
			"3 workers do not divide evenly over 2 stacks: t1 has 2, t2 has 1"},
		{"too few", Spec{Tenancy: "dedicated", Tenants: four[:2], Workers: 1}, []Share{
			{"t1", four[:1], 1, 0, 256, 0}, {"t2", four[1:2], 1, 0, 256, 0}},
			"2 workers in total instead of 1: every stack needs one"},
		{"workers for imports", Spec{Tenancy: "hybrid", Tenants: four, Strategic: []string{"t2"}, Workers: 4, ImportWorkers: 2},
			[]Share{{"shared", []string{"t1", "t3", "t4"}, 3, 0, 384, 2}, {"t2", four[1:2], 1, 0, 128, 0}}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, note, err := Divide(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("shares (-want +got):\n%s", diff)
			}
			if note != c.note {
				t.Errorf("note: got %q, want %q", note, c.note)
			}
		})
	}
}

// Whatever the weights: nobody is without a worker, and the total is kept when
// there is one for each.
func TestApportionKeepsTheTotal(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		weights := make([]int, 1+r.IntN(9))
		sum := 0
		for i := range weights {
			weights[i] = 1 + r.IntN(20)
			sum += weights[i]
		}
		total := 1 + r.IntN(40)
		parts := apportion(total, weights)
		got := 0
		for i, p := range parts {
			got += p
			exact := float64(total) * float64(weights[i]) / float64(sum)
			if p < 1 {
				t.Fatalf("apportion(%d, %v) = %v: a part is empty", total, weights, parts)
			}
			if len(weights) == 1 && math.Abs(float64(p)-exact) > 1e-9 {
				t.Fatalf("apportion(%d, %v) = %v: the only part is not the whole", total, weights, parts)
			}
		}
		if want := max(total, len(weights)); got != want {
			t.Fatalf("apportion(%d, %v) = %v: %d in total, want %d", total, weights, parts, got, want)
		}
	}
}

func TestDivideNamesEveryProblem(t *testing.T) {
	_, _, err := Divide(Spec{Tenancy: "cloud", Tenants: []string{"t1", "t1", "T2", "postgres", "a-b"},
		Strategic: []string{"t9"}, CPU: -1})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`tenancy "cloud"`, `"t1" is there twice`, `tenant "T2"`, `tenant "postgres"`,
		`tenant "a-b"`, `"t9" is not among`, "workers: 0", "cpu: -1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}
