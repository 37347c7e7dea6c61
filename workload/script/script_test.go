package script

import (
	"strings"
	"testing"

	"example.org/odooharness/workload"
)

// peak is a tenant of one journey with its busiest hour: twelve intervals, the last with two
// parts of thirteen.
func peak(name, journey string, documents int, lines *workload.Lines) workload.Tenant {
	shares := make([]float64, 12)
	for i := range shares {
		shares[i] = 1. / 13
	}
	shares[11] = 2. / 13
	return workload.Tenant{Name: name, Journeys: []workload.Journey{{Name: journey, Lines: lines,
		PeakHour: workload.PeakHour{Documents: documents, Shares: shares}}}}
}

// The script has the rates of the recorded hour, or of the documents that a forecast gives, and
// lines as long as an order may be.
func TestRender(t *testing.T) {
	w := workload.Workload{Tenants: []workload.Tenant{
		peak("a", "orders", 1300, &workload.Lines{Mean: workload.Estimate{Value: 3.25}, Max: 60}),
		peak("b", "payments", 130, nil),
		{Name: "without"},
	}}
	text, err := Render(w, Options{Seed: 7, Origin: "Made by hand.", PerHour: map[string]float64{"b payments": 26}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"// The peak hour of production, as harness learn found it. Made by hand.\n",
		"seed 7,",
		`{ name: "a", journeys: {` + "\n" +
			`    orders: {"rates":[1200,1200,1200,1200,1200,1200,1200,1200,1200,1200,1200,2400],"lines":3.25,"most":40},`,
		`{ name: "b", journeys: {` + "\n" +
			`    payments: {"rates":[24,24,24,24,24,24,24,24,24,24,24,48],"lines":2,"most":40},`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "without") {
		t.Error("a tenant without a journey is in the script")
	}
}
