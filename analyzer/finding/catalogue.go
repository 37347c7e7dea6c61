package finding

// Entry is a kind of finding: what it asks, and what to do when it does not pass.
// docs/findings/<ID>.md has its method and how to read it.
type Entry struct {
	ID     string
	Title  string
	Remedy string
}

// Catalogue lists every finding there is, in the order of reports.
func Catalogue() []Entry {
	return []Entry{
		{"VAL-001", "Load was delivered as planned",
			"Look in log.txt for why arrivals are missing; give the generator more virtual users or another machine."},
		{"VAL-002", "The generator had room", "Run the generator on its own machine, or lower the scale."},
		{"VAL-003", "Fault was shown in effect", "Read the trial's log; lengthen the fault, or correct its selector."},
		{"VAL-004", "Fault was shown gone", "Run `harness doctor --sweep`, then look why the fault could not be taken back."},
		{"VAL-005", "Trial was completed", "Remove what stopped it, and run again."},
		{"VAL-006", "There is enough data", "Lengthen the window, raise the scale, or run more replicates."},
		{"VAL-007", "Setups have equal resources",
			"Give both setups the same workers and CPU, and run where cgroups may be written."},
		{"VAL-008", "Baseline was steady", "Lengthen the warm-up, or lower the load: a queue that grows while calm is no baseline."},
		{"VAL-009", "Script ran without errors", "Correct the scenario: its own errors are no answers of the target."},
		{"VAL-010", "Probes could read", "Check the addresses and rights of the setup's components."},
		{"LAT-001", "Latency while calm", ""},
		{"LAT-002", "Arrivals that were not served", "Read the outcome classes: they say who failed them."},
		{"SLO-001", "Objective", "See which window spent the budget, and what its outcome classes say."},
		{"SLO-002", "Objective of each tenant", "Find what the tenant shares with others, or give it its own."},
		{"ISO-001", "Abiding tenants keep their pace under a neighbour",
			"Give the disruptive tenant its own workers, or limit what it may take."},
		{"ISO-002", "Blast radius of the neighbour", ""},
		{"ISO-003", "Impact on quality of the added load (I_QoS)", ""},
		{"ISO-004", "Isolation over levels of disturbance", ""},
		{"ISO-005", "Load that is left to abiding tenants", "Choose scales on both sides of where the objective breaks."},
		{"RES-001", "Service came back after the fault",
			"Find in the recovery window what still failed: sessions, connections, a queue that drains."},
		{"RES-002", "What the fault cost", ""},
		{"RES-003", "Fault stayed within its blast radius", "Look for what the hit tenants share with the others."},
		{"RES-004", "Sessions outlived the fault",
			"Keep sessions where a restart leaves them: give Redis an append-only file, or a replica to fail over to."},
		{"RES-005", "Conflicts are settled by the server",
			"Look for code that bypasses Odoo's retry, and for rows that every transaction writes."},
		{"RES-006", "An alert told of the fault",
			"Add an alert on what clients feel (errors, latency, age of queues), and shorten its `for:` and evaluation interval."},
		{"DUR-001", "Acknowledged writes are kept",
			"Check synchronous_commit and what the ingress answers before Odoo has committed."},
		{"DUR-002", "Writes are done once",
			"Give writes an idempotency key, and do not retry one whose answer was lost without asking for it."},
		{"DUR-003", "Refused writes are not done", "Look for side effects before the transaction that was rolled back."},
		{"DUR-004", "Writes whose answer was lost", "Clients must ask before they repeat such a write."},
		{"DUR-005", "Books and stock are sound", "See the examples; look for writes outside a transaction or without a lock."},
		{"DUR-006", "Writes were read back", "Give the audit access: a DSN, or an account that may read."},
		{"DUR-007", "Reads show what was acknowledged",
			"Read from the primary what a person has just written, or wait until the replica has replayed it."},
		{"BKG-001", "Background work was done", "Read the log of the worker whose jobs are left, and who holds what they wait for."},
		{"BKG-002", "Pace of background work", "Give what must be in time a worker of its own; find what the slowest job waited for."},
		{"BKG-003", "Calls to the carrier", ""},
		{"BKG-004", "Backlogs and how late they were", ""},
		{"REC-001", "Backup was made", "Read the step's error in trial.json; check rights, space and the replication slots."},
		{"REC-002", "What the backup cost the tenants", "Take backups from a standby, or limit their rate."},
		{"REC-003", "Backup can be restored", "Verify backups when they are made (pg_verifybackup), and restore one regularly."},
		{"REC-004", "Time to recover (RTO)", "See which step took the time; keep a standby where restoring takes too long."},
		{"REC-005", "Work lost by the restore (RPO)", "Archive the log more often, or replicate synchronously."},
		{"CHG-001", "Change was completed", "Read the step's error in trial.json and the server's log."},
		{"CHG-002", "What the change cost the tenants",
			"Take a server out of the ingress before it is stopped; keep sessions outside of the servers."},
		{"CHG-003", "Share of changes that failed", "Watch the service after every change, and keep the way back short."},
		{"CAP-001", "Load that is carried within the objective", "Add steps to the ladder around the answer, or begin lower."},
		{"CAP-002", "Forecast peak is carried", "See CAP-003 for what was full first, and give it more, or smooth the peak."},
		{"CAP-003", "What was full first", ""},
		{"CAP-004", "How latency and throughput bend", ""},
		{"CAP-005", "Users a worker", ""},
		{"CAP-006", "Queueing model and what it predicts", ""},
		{"CMP-001", "Setups while calm", "Run more replicates: six pairs decide most differences."},
		{"CMP-002", "Setups under a neighbour", "Run more replicates: six pairs decide most differences."},
		{"CMP-003", "Setups during and after faults", "Run more replicates: six pairs decide most differences."},
		{"ATT-001", "What moved when journeys were late", ""},
		{"ATT-002", "What the fault did, against matched windows", "Lengthen the calm windows, or run more replicates."},
	}
}

// New makes a finding of the catalogue. A remedy is given where there is
// something to remedy.
func New(id string, verdict Verdict, scope Scope, because ...string) Finding {
	f := Finding{ID: id, Verdict: verdict, Scope: scope, Because: because}
	for _, e := range Catalogue() {
		if e.ID == id {
			f.Title = e.Title
			if verdict != Pass && verdict != Info {
				f.Remedy = e.Remedy
			}
		}
	}
	return f
}
