package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// Every option that the lab of Odoo 14 lacks is named at once, with the reason.
func TestRefusals(t *testing.T) {
	all := Spec{Standby: true, Synchronous: true, ReadReplica: true, Archive: true, Pooler: true, Notices: true, CronWorkers: 1,
		Limits: map[string]Limit{"t1": {RequestsAtOnce: 1}}, Volume: VolumeYear, Ingress: results.IngressTraefik,
		JobsRedis: true, Instances: 2, ImportWorkers: 1, WALDisk: 1 << 30} // the last four are there on 14, too
	for odoo, want := range map[int][]string{
		0: nil, 19: nil, 17: {"odoo"},
		14: {"standby", "synchronous", "readReplica", "archive", "pooler", "notices", "cronWorkers", "ingress", "limits", "volume"},
	} {
		all.Odoo = odoo
		var got []string
		for _, r := range Refusals(all) {
			got = append(got, r.Option)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Odoo %d (-want +got):\n%s", odoo, diff)
		}
	}
	if got := Refusals(Spec{Odoo: 14, Limits: map[string]Limit{"t1": {Connections: 2}}}); got != nil {
		t.Errorf("a limit of connections is refused: %v", got)
	}
	got := Refusals(Spec{Odoo: 14, ReadReplica: true})[0].Error()
	if want := "lab: readReplica: Odoo 14 reads from no standby: remove it, or write odoo: 19"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
