package finding

// Entry is a kind of finding: what it is about, and what to do when it does not pass.
// docs/findings/<ID>.md has its method and how to read it.
type Entry struct {
	ID     string
	Title  string
	Remedy string
}

// undecided is what to do about an inconclusive finding whose remedy in the catalogue is for
// a failure: what was not shown needs a measurement, not a repair.
func undecided(id string) string {
	switch id {
	case "SLO-001", "SLO-002":
		return "Run more trials, or longer ones. The finding states how many would decide."
	case "ISO-001":
		return "Run more replicates, or offer more arrivals in each window. The finding states how many would decide."
	case "RES-001":
		return "Raise the load, leave more time until the next event, or add a twin trial. The finding states what was missing."
	case "RES-006":
		return "Check that the Prometheus of the setup is read before, during and after the fault."
	case "DUR-001", "DUR-002", "DUR-003", "DUR-007":
		return "Audit all acknowledged writes: give the audit access to every tenant, and keep the journal."
	case "DUR-005":
		return "Give the audit access to the tables that the invariants are about."
	case "CAP-002":
		return "Add steps around the peak, make them longer, or add replicates."
	}
	return ""
}

// Catalogue lists every finding that the analyzer can make, in the order of reports.
func Catalogue() []Entry { //nolint:funlen // a table
	return []Entry{
		{"VAL-001", "Delivered load",
			"Read in log.txt why arrivals are missing. Give the generator more virtual users or another machine."},
		{"VAL-002", "Headroom of the generator", "Run the generator on its own machine, or lower the scale."},
		{"VAL-003", "Proof of the fault", "Read the log of the trial. Lengthen the fault, or correct its selector."},
		{"VAL-004", "Proof of the recovery", "Run `harness doctor --sweep`. Then find out why the fault was not reverted."},
		{"VAL-005", "Completion of the trial", "Remove the cause that stopped the trial, and run it again."},
		{"VAL-006", "Amount of data", "Lengthen the window, raise the scale, or run more replicates."},
		{"VAL-007", "Resources of the setups",
			"Give all setups the same workers and CPU. Run where the harness may write cgroups."},
		{"VAL-008", "Stability of the baseline",
			"Lengthen the warm-up, or lower the load. A queue that grows in the baseline makes it useless for comparison."},
		{"VAL-009", "Errors of the script", "Correct the scenario. Its own errors are not answers of the target."},
		{"VAL-010", "Telemetry probes", "Check the addresses and permissions of the components of the setup."},
		{"VAL-011", "Soundness of the rows", "Find what copied or edited the files of the run, and record it again."},
		{"VAL-012", "One clock for all generators", "Synchronise the clocks of the generators' hosts, or use hosts that are closer."},
		{"LAT-001", "Latency in calm windows", ""},
		{"LAT-002", "Unserved arrivals", ""},
		{"SLO-001", "Objective", "See which window spent the budget, and the outcome classes in it."},
		{"SLO-002", "Objective of each tenant", "Find what the tenant shares with others, or give it its own."},
		{"ISO-001", "Slowdown by a disruptive tenant", "Give the disruptive tenant its own workers, or limit its share."},
		{"ISO-002", "Blast radius of the disruptive tenant", ""},
		{"ISO-003", "Impact of the added load (I_QoS)", ""},
		{"ISO-004", "Isolation by level of disturbance", ""},
		{"ISO-005", "Load left to abiding tenants", "Choose scales on both sides of the load at which the objective breaks."},
		{"RES-001", "Recovery after the fault",
			"Find what still failed in the recovery window: sessions, connections, a queue that drains."},
		{"RES-002", "Cost of the fault", ""},
		{"RES-003", "Blast radius of the fault", ""},
		{"RES-004", "Sessions of users",
			"Keep sessions where a restart leaves them. Give Redis an append-only file, or a replica to fail over to."},
		{"RES-005", "Transaction conflicts",
			"Look for code that bypasses Odoo's retry, and for rows that every transaction writes."},
		{"RES-006", "Alert on the fault",
			"Add an alert on what clients notice: errors, latency, age of queues. Shorten its `for:` and evaluation interval."},
		{"DUR-001", "Acknowledged writes", "Check synchronous_commit, and what the ingress answers before Odoo has committed."},
		{"DUR-002", "Duplicated writes",
			"Give writes an idempotency key. Do not retry a write without a check whether it was done."},
		{"DUR-003", "Refused writes", "Look for side effects before the transaction that was rolled back."},
		{"DUR-004", "Writes without an answer", ""},
		{"DUR-005", "Invariants of stock and accounting",
			"See the examples. Look for writes outside a transaction or without a lock."},
		{"DUR-006", "Audit of the writes", "Give the audit access: a DSN, or an account with permission to read."},
		{"DUR-007", "Stale reads",
			"Read a record from the primary after it was written, or wait until the replica has replayed the write."},
		{"BKG-001", "Background jobs",
			"Read the log of the worker whose jobs are left. Find the lock or service that they wait for."},
		{"BKG-002", "Pace of background jobs", ""},
		{"BKG-003", "Calls to the carrier", ""},
		{"BKG-004", "Backlogs", ""},
		{"REC-001", "Backup", "Read the error of the step in trial.json. Check permissions, space and replication slots."},
		{"REC-002", "Cost of the backup", ""},
		{"REC-003", "Restore", "Verify every backup (pg_verifybackup), and restore one regularly."},
		{"REC-004", "Time to recover (RTO)", "See which step needed the time. Keep a standby when a restore is too slow."},
		{"REC-005", "Data lost by the restore (RPO)", "Archive the log more often, or replicate synchronously."},
		{"CHG-001", "Completion of the change", "Read the error of the step in trial.json, and the log of the server."},
		{"CHG-002", "Cost of the change", ""},
		{"CHG-003", "Change failure rate", ""},
		{"CAP-001", "Capacity within the objective", "Begin the ladder lower, and add steps around the answer."},
		{"CAP-002", "Forecast peak", "See CAP-003 for the resource that was full first. Give it more, or smooth the peak."},
		{"CAP-003", "First saturated resource", ""},
		{"CAP-004", "Scaling of latency and throughput", ""},
		{"CAP-005", "Users per worker", ""},
		{"CAP-006", "Queueing model", ""},
		{"CMP-001", "Setups in calm windows", "Run more replicates, or a higher load. " +
			"The finding states which difference these trials find."},
		{"CMP-002", "Setups next to a disruptive tenant", "Run more replicates, or a higher load. " +
			"The finding states which difference these trials find."},
		{"CMP-003", "Setups during and after faults", "Run more replicates, or a higher load. " +
			"The finding states which difference these trials find."},
		{"ATT-001", "Telemetry linked with late journeys", "Lengthen the trial: a link needs several late journeys and a " +
			"telemetry series."},
		{"ATT-002", "Effect of the fault", "Lengthen the calm windows, or run more replicates."},
		{"REM-001", "Remedy", "Run more replicates, or a higher load of the disruptive tenant."},
	}
}
