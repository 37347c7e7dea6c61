package kind_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/kind"
)

func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range kind.Table() {
		if seen[f.Name()] {
			t.Errorf("%s is in the table twice", f.Name())
		}
		seen[f.Name()] = true
		for driver, s := range map[string]kind.Support{"local": f.Local, "chaos-mesh": f.Mesh} {
			if (s.Does == "") == (s.Cannot == "") {
				t.Errorf("%s, %s driver: it either does the fault or cannot: %+v", f.Name(), driver, s)
			}
			if s.Cannot != "" && (s.Field == "" || s.Instead == "") {
				t.Errorf("%s, %s driver: a refusal names the field and what to write instead: %+v", f.Name(), driver, s)
			}
		}
		if f.Local.Does != "" && (f.Proof == "" || f.Recovered == "") {
			t.Errorf("%s: no proof, or nothing that ends it: %+v", f.Name(), f)
		}
	}
	if len(seen) < 40 {
		t.Errorf("the table has %d rows", len(seen))
	}
}

// What lasts needs a duration, and what destroys is preferred as the cause of a lost
// write. A row that moves between the lists changes what people may write, or what an
// audit reports.
func TestLastsAndDestroys(t *testing.T) {
	var short, lossy []string
	for _, f := range kind.Table() {
		if !f.Lasts {
			short = append(short, f.Name())
		}
		if f.Destroys {
			lossy = append(lossy, f.Name())
		}
	}
	slices.Sort(short)
	slices.Sort(lossy)
	if diff := cmp.Diff([]string{
		"OdooChaos kill-worker", "PodChaos container-kill", "PodChaos pod-kill", "PostgresChaos failover",
		"PostgresChaos restart", "PostgresChaos terminate-backends", "RedisChaos flush", "RedisChaos kill",
		"RedisChaos trim-stream", "Schedule ", "Workflow ",
	}, short); diff != "" {
		t.Error("faults that happen at once:", diff)
	}
	if diff := cmp.Diff([]string{
		"IOChaos attrOverride", "IOChaos fault", "IOChaos mistake", "OdooChaos kill-worker",
		"PodChaos container-kill", "PodChaos pod-failure", "PodChaos pod-kill",
		"PostgresChaos failover", "PostgresChaos fill-wal-disk", "PostgresChaos restart",
		"RedisChaos flush", "RedisChaos kill", "RedisChaos squeeze-memory", "RedisChaos trim-stream",
		"Schedule ", "StressChaos cpu+memory", "StressChaos memory", "StressChaos stress-ng", "Workflow ",
	}, lossy); diff != "" {
		t.Error("faults that destroy:", diff)
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		kind, action string
		want         string // empty: not in the table
	}{
		{"PostgresChaos", "freeze", "PostgresChaos freeze"}, {"RedisChaos", "freeze", "RedisChaos freeze"},
		{"PodChaos", "freeze", ""}, {"Schedule", "PodChaos", "Schedule "}, {"", "", ""},
	} {
		row, known := kind.Find(test.kind, test.action)
		if known != (test.want != "") || known && row.Name() != test.want {
			t.Errorf("%s %s: found %q, %v; want %q", test.kind, test.action, row.Name(), known, test.want)
		}
	}
	if diff := cmp.Diff([]string{"lock-table"}, kind.With("PostgresChaos", "table")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"terminate-backends", "lock-table", "connection-limit"}, kind.With("PostgresChaos", "databases")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"error", "random"}, kind.Actions("DNSChaos")); diff != "" {
		t.Error(diff)
	}
}
