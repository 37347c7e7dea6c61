package kind

// inPod refuses what needs the server's process, on Kubernetes.
func inPod(action string) Support {
	return Support{Field: "spec.action", Cannot: action + " needs the server's process, which is inside its pod",
		Instead: "write PodChaos with action pod-kill (it ends and comes back) or pod-failure (it stays down)"}
}

func postgres() []Fault {
	sql := func(does string) Support { return Support{Does: does, Needs: []Need{DatabaseDSN}} }
	process := func(does string) Support { return Support{Does: does, Needs: []Need{Process}} }
	databases := Parameter{Key: "databases"}
	return []Fault{
		{Kind: "PostgresChaos", Action: "terminate-backends", Parameters: []Parameter{databases},
			Local: sql("`pg_terminate_backend`"), Mesh: sql("`pg_terminate_backend`"),
			Proof: "the sessions are no longer in `pg_stat_activity`", Recovered: "nothing to recover"},
		{Kind: "PostgresChaos", Action: "lock-table", Lasts: true, Parameters: []Parameter{
			{Key: "table"}, {Key: "lockMode", Note: "ACCESS EXCLUSIVE"}, databases},
			Local: sql("`LOCK TABLE` in a transaction"), Mesh: sql("`LOCK TABLE` in a transaction"),
			Proof: "the lock is granted in `pg_locks`; waiters are counted",
			Recovered: "rollback; the server's `idle_in_transaction_session_timeout` ends the transaction " +
				"shortly after `duration` in any case"},
		{Kind: "PostgresChaos", Action: "connection-limit", Lasts: true,
			Parameters: []Parameter{{Key: "limit", Note: "0"}, databases},
			Local:      sql("`ALTER DATABASE ... CONNECTION LIMIT`"), Mesh: sql("`ALTER DATABASE ... CONNECTION LIMIT`"),
			Proof: "the limit is in `pg_database`, and no more sessions are there than it leaves",
			Recovered: "the earlier limit is restored; it is also kept in the database, where doctor finds it. " +
				"Superusers are not limited"},
		{Kind: "PostgresChaos", Action: "restart", Destroys: true,
			Parameters: []Parameter{{Key: "stop", Note: "immediate, or fast"}},
			Local:      process("SIGQUIT or SIGINT to the postmaster"), Mesh: inPod("restart"),
			Proof: "the postmaster's process has ended", Recovered: "the supervisor starts the process"},
		{Kind: "PostgresChaos", Action: "freeze", Lasts: true, Local: process("SIGSTOP to all processes"), Mesh: inPod("freeze"),
			Proof: "every process is in state T, and no answer comes", Recovered: "SIGCONT"},
		{Kind: "PostgresChaos", Action: "replay-pause", Lasts: true,
			Local: sql("`pg_wal_replay_pause()` on the standby (`app.kubernetes.io/name: postgresql-standby`)"),
			Mesh:  sql("`pg_wal_replay_pause()` on the standby"),
			Proof: "replay is paused, and log waits to be applied", Recovered: "`pg_wal_replay_resume()`"},
		{Kind: "PostgresChaos", Action: "failover", Destroys: true,
			Local: Support{Does: "the primary is killed and held down, the standby is promoted and behind the front door",
				Needs: []Need{Process, Hold, Proxy, Standby}},
			Mesh:  inPod("failover"),
			Proof: "the old primary has ended and is held down, the standby is out of recovery and behind the front door",
			Recovered: "not recovered: the old primary stays down while the lab is up, " +
				"so that nobody reads the history that did not happen"},
		{Kind: "PostgresChaos", Action: "fill-wal-disk", Lasts: true, Destroys: true,
			Local: Support{Does: "a ballast file takes every free byte of the log's file system (`lab.walDisk: 512Mi`); " +
				"a replication slot is created for a moment", Needs: []Need{DatabaseDSN, LogDisk}},
			Mesh: Support{Field: "spec.action", Cannot: "the disk of the log is inside the pod",
				Instead: "write IOChaos with action fault and errno: 28 (examples/faults/wal-disk-full-kubernetes.yaml)"},
			Proof: "no byte is free for the log, and a write is refused", Recovered: "the ballast is removed, the supervisor " +
				"starts PostgreSQL"},
	}
}

func redis() []Fault {
	command := func(does string) Support { return Support{Does: does, Needs: []Need{RedisURL}} }
	return []Fault{
		{Kind: "RedisChaos", Action: "pause-clients", Lasts: true, Parameters: []Parameter{{Key: "commands", Note: "all, or write"}},
			Local: command("`CLIENT PAUSE`"), Mesh: command("`CLIENT PAUSE`"), Proof: "a command gets no answer",
			Recovered: "`CLIENT UNPAUSE`. A pause of all commands cannot be ended early (Redis accepts no UNPAUSE during it), " +
				"so 10 s is its maximum"},
		{Kind: "RedisChaos", Action: "flush", Destroys: true, Local: command("`FLUSHALL`"), Mesh: command("`FLUSHALL`"),
			Proof: "the server counted a FLUSHALL, and there were keys", Recovered: "cannot be recovered"},
		{Kind: "RedisChaos", Action: "trim-stream", Destroys: true, Parameters: []Parameter{{Key: "stream"}},
			Local: command("`XTRIM`"), Mesh: command("`XTRIM`"),
			Proof: "XTRIM removed entries of the stream", Recovered: "cannot be recovered"},
		{Kind: "RedisChaos", Action: "squeeze-memory", Lasts: true, Destroys: true,
			Parameters: []Parameter{{Key: "memory", Note: "`10mb`, or `80%` of what is used"}, {Key: "policy", Note: "noeviction"}},
			Local:      command("`CONFIG SET maxmemory`"), Mesh: command("`CONFIG SET maxmemory`"),
			Proof:     "memory is over the ceiling, or keys were evicted",
			Recovered: "the earlier settings; evicted keys stay lost"},
		{Kind: "RedisChaos", Action: "kill", Destroys: true, Mesh: inPod("kill"),
			Local: Support{Does: "SIGKILL to all processes", Needs: []Need{Process}},
			Proof: "the process has ended", Recovered: "the supervisor starts the process"},
		{Kind: "RedisChaos", Action: "freeze", Lasts: true, Mesh: inPod("freeze"),
			Local: Support{Does: "SIGSTOP to all processes", Needs: []Need{Process}},
			Proof: "every process is in state T, and no answer comes", Recovered: "SIGCONT"},
	}
}

func odoo() []Fault {
	return []Fault{{Kind: "OdooChaos", Action: "kill-worker", Destroys: true, Parameters: []Parameter{{Key: "workers", Note: "1"}},
		Local: Support{Does: "SIGKILL to worker processes of the prefork server", Needs: []Need{Process}},
		Mesh: Support{Field: "kind", Cannot: "a worker's process is inside its pod",
			Instead: "write PodChaos with action container-kill"},
		Proof: "the workers' processes have ended", Recovered: "Odoo starts other workers"}}
}

func carrier() []Fault {
	control := Support{Does: "the lab's carrier is set to it; other carriers have no such control", Needs: []Need{Proxy}}
	mesh := Support{Field: "kind", Cannot: "the carrier's control port is inside its pod",
		Instead: "cut it off with NetworkChaos or PodChaos"}
	percent := []Parameter{{Key: "percent", Note: "of the requests, 100"}}
	return []Fault{
		{Kind: "CarrierChaos", Action: "fail", Lasts: true, Parameters: percent, Local: control, Mesh: mesh,
			Proof: "a label is refused with 503", Recovered: "the lab's carrier is reset"},
		{Kind: "CarrierChaos", Action: "double", Lasts: true, Parameters: percent, Local: control, Mesh: mesh,
			Proof: "two requests with one key make two labels", Recovered: "the lab's carrier is reset"},
	}
}
