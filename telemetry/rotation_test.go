package telemetry

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Nineteen tenants of a server are read over eight sessions: all of them within three readings of
// each session, and each tenant by one session.
func TestRotation(t *testing.T) {
	odooTables(t, session(t, "t1"))
	target := postgresTarget()
	target.Tenants, target.Databases = nil, map[string]string{}
	for i := range 19 {
		name := "tenant" + strconv.Itoa(i)
		target.Tenants, target.Databases[name] = append(target.Tenants, name), "t1"
	}
	var jobs []Probe
	for _, p := range Probes([]Target{target}) {
		if strings.HasPrefix(p.Name(), "jobs ") {
			jobs = append(jobs, p)
			t.Cleanup(func() { _ = p.Close() })
		}
	}
	if len(jobs) != 8 {
		t.Fatalf("%d probes, want 8", len(jobs))
	}
	watcher := session(t, "t1")
	var order []string
	for reading := range 3 {
		for _, p := range jobs {
			for _, r := range read(t, p) {
				if r.Series == "jobs.cron.overdue" {
					order = append(order, r.Tenant)
					if p.Name() != "jobs "+r.Tenant || r.Value != 2 {
						t.Errorf("%s read %v of %s, want 2 of the tenant it names", p.Name(), r.Value, r.Tenant)
					}
				}
			}
		}
		var sessions int
		err := watcher.QueryRow(t.Context(), `select count(*) from pg_stat_activity where application_name = $1`, application).Scan(&sessions)
		if err != nil || sessions > 8 {
			t.Errorf("reading %d: %d sessions, %v, want at most 8", reading+1, sessions, err)
		}
	}
	// Five sessions have two tenants and three have three: 3 readings of 8 sessions are 24 visits.
	visits := len(order)
	slices.Sort(order)
	if order = slices.Compact(order); visits != 24 || len(order) != 19 {
		t.Errorf("%d visits of %d tenants, want 24 of 19: %v", visits, len(order), order)
	}
}
