package kind

// Table returns every fault, by kind.
func Table() []Fault {
	var rows []Fault
	for _, kind := range [][]Fault{
		pods(), network(), stress(), http(), io(), dns(), clock(), others(), postgres(), redis(), odoo(), carrier(),
	} {
		rows = append(rows, kind...)
	}
	return rows
}

func pods() []Fault {
	killed := Support{Does: "SIGKILL to all processes of the component (`gracePeriod`: SIGTERM first)", Needs: []Need{Process}}
	return []Fault{
		{Kind: "PodChaos", Action: "pod-kill", Destroys: true, Local: killed, Mesh: Support{Does: "the pod is deleted"},
			Proof: "the process has ended", Recovered: "the supervisor starts the process",
			Differs: "no rescheduling and no start of an image: faster"},
		{Kind: "PodChaos", Action: "container-kill", Destroys: true, Local: killed,
			Mesh:  Support{Does: "the container is killed", Needs: []Need{Daemon}},
			Proof: "the process has ended", Recovered: "the supervisor starts the process", Differs: "as pod-kill"},
		{Kind: "PodChaos", Action: "pod-failure", Lasts: true, Destroys: true,
			Local: Support{Does: "killed and held down", Needs: []Need{Process, Hold}},
			Mesh:  Support{Does: "the image is replaced by a pause image"},
			Proof: "no process runs, and the component's own port refuses", Recovered: "the supervisor starts the process",
			Differs: "none to the client"},
	}
}

func network() []Fault {
	mesh := func(does string) Support { return Support{Does: does, Needs: []Need{Daemon}} }
	packets := func(action string) Support {
		return Support{Field: "spec.action", Cannot: action + " works on packets, and a TCP proxy sees none: " +
			"what is lost or corrupt is sent again below it", Instead: "write action delay with a jitter, bandwidth or partition"}
	}
	return []Fault{
		{Kind: "NetworkChaos", Action: "netem", Lasts: true, Local: packets("netem"), Mesh: mesh("netem on the pod's device")},
		{Kind: "NetworkChaos", Action: "delay", Lasts: true,
			Local:     Support{Does: "each chunk of the stream is held (toxiproxy `latency`)", Needs: []Need{Proxy}},
			Mesh:      mesh("netem on the pod's device"),
			Proof:     "round trip through the proxy, compared with one past it",
			Recovered: "the toxic is removed", Differs: "the handshake of a new connection is not delayed; whole milliseconds"},
		{Kind: "NetworkChaos", Action: "loss", Lasts: true, Local: packets("loss"), Mesh: mesh("netem on the pod's device")},
		{Kind: "NetworkChaos", Action: "duplicate", Lasts: true, Local: packets("duplicate"), Mesh: mesh("netem on the pod's device")},
		{Kind: "NetworkChaos", Action: "corrupt", Lasts: true, Local: packets("corrupt"), Mesh: mesh("netem on the pod's device")},
		{Kind: "NetworkChaos", Action: "partition", Lasts: true,
			Local: Support{Does: "`drop`: chunks are held until the fault ends, then delivered; " +
				"`reject`: connections are closed and new ones refused", Needs: []Need{Proxy}},
			Mesh:      mesh("packets are dropped or rejected by iptables"),
			Proof:     "the component answers past the proxy and not through it",
			Recovered: "the toxic is removed, or the proxy listens again",
			Differs:   "`drop`: a new connection is accepted and then silent; on Chaos Mesh it stays connecting"},
		{Kind: "NetworkChaos", Action: "bandwidth", Lasts: true,
			Local: Support{Does: "each connection has the rate", Needs: []Need{Proxy}}, Mesh: mesh("tbf: the pod has the rate"),
			Proof:     "a measured transfer, or the limit in the proxy's chain",
			Recovered: "the toxic is removed", Differs: "many connections together get more; `limit`, `buffer` and the like have " +
				"no effect"},
	}
}

func stress() []Fault {
	memory := Support{Field: "spec.stressors.memory", Cannot: "local components share the machine's memory, and filling it would " +
		"hit the load generator too", Instead: "write spec.stressors.cpu, or RedisChaos with action squeeze-memory"}
	mesh := Support{Does: "stress-ng in the container's cgroup", Needs: []Need{Daemon}}
	return []Fault{
		{Kind: "StressChaos", Action: "cpu", Lasts: true, Mesh: mesh,
			Local: Support{Does: "processes that burn CPU, in the component's cgroup if it has one"},
			Proof: "CPU time that the burners got", Recovered: "the burners are killed",
			Differs: "without a cgroup they burn on the same machine, and the proof states it"},
		{Kind: "StressChaos", Action: "memory", Lasts: true, Destroys: true, Local: memory,
			Mesh: Support{Does: "memStress in the container's cgroup", Needs: []Need{Daemon}}},
		{Kind: "StressChaos", Action: "cpu+memory", Lasts: true, Destroys: true, Local: memory, Mesh: mesh},
		{Kind: "StressChaos", Action: "stress-ng", Lasts: true, Destroys: true, Mesh: mesh, Local: Support{
			Field: "spec.stressngStressors", Cannot: "stress-ng is not used here", Instead: "write spec.stressors.cpu"}},
	}
}

func http() []Fault {
	mesh := Support{Does: "a proxy in the pod acts on each request", Needs: []Need{Daemon}}
	unread := func(field string) Support {
		return Support{Field: field, Cannot: "the local proxy carries TCP and does not read HTTP",
			Instead: "leave it out and hit every request, or run on Chaos Mesh"}
	}
	const every = "every request is hit; path, method, headers and code cannot be selected"
	return []Fault{
		{Kind: "HTTPChaos", Action: "abort", Lasts: true, Mesh: mesh, Local: Support{
			Does: "the connection breaks at the first bytes of the request, or of the answer", Needs: []Need{Proxy}},
			Proof: "a connection breaks through the proxy and not past it", Recovered: "the toxic is removed", Differs: every},
		{Kind: "HTTPChaos", Action: "delay", Lasts: true, Mesh: mesh,
			Local: Support{Does: "as NetworkChaos delay, in one direction", Needs: []Need{Proxy}},
			Proof: "round trip through the proxy, compared with one past it", Recovered: "the toxic is removed", Differs: every},
		{Kind: "HTTPChaos", Action: "replace", Lasts: true, Mesh: mesh, Local: unread("spec.replace")},
		{Kind: "HTTPChaos", Action: "patch", Lasts: true, Mesh: mesh, Local: unread("spec.patch")},
	}
}

func io() []Fault {
	mesh := Support{Does: "a file system (toda) in the component's path", Needs: []Need{Daemon}}
	local := Support{Field: "kind", Cannot: "IOChaos needs a file system in the component's path (Chaos Mesh's toda)",
		Instead: "for a database that hangs write PostgresChaos with action freeze, for a full disk fill-wal-disk"}
	return []Fault{
		{Kind: "IOChaos", Action: "latency", Lasts: true, Local: local, Mesh: mesh},
		{Kind: "IOChaos", Action: "fault", Lasts: true, Destroys: true, Local: local, Mesh: mesh},
		{Kind: "IOChaos", Action: "attrOverride", Lasts: true, Destroys: true, Local: local, Mesh: mesh},
		{Kind: "IOChaos", Action: "mistake", Lasts: true, Destroys: true, Local: local, Mesh: mesh},
	}
}

func dns() []Fault {
	local := Support{Field: "kind", Cannot: "DNSChaos needs the cluster's name server, and local components are reached by address",
		Instead: "for an unreachable peer write NetworkChaos with action partition"}
	mesh := Support{Does: "Chaos Mesh's name server answers", Needs: []Need{Daemon}}
	return []Fault{
		{Kind: "DNSChaos", Action: "error", Lasts: true, Local: local, Mesh: mesh},
		{Kind: "DNSChaos", Action: "random", Lasts: true, Local: local, Mesh: mesh},
	}
}

func clock() []Fault {
	return []Fault{{Kind: "TimeChaos", Action: "shift", Lasts: true,
		Local: Support{Field: "kind", Cannot: "TimeChaos rewrites the clock calls of a process, which needs Chaos Mesh's daemon",
			Instead: "run on Chaos Mesh"},
		Mesh: Support{Does: "clock calls of the containers' processes are rewritten", Needs: []Need{Daemon}}}}
}

// others are the kinds that start faults of other kinds.
func others() []Fault {
	return []Fault{
		{Kind: "Schedule", Destroys: true, Mesh: Support{Does: "a Workflow starts it, with the fault's length as deadline"},
			Local: Support{Field: "kind", Cannot: "a Schedule has no single beginning",
				Instead: "list the fault in the experiment once for each time, with at and for"}},
		{Kind: "Workflow", Destroys: true, Mesh: Support{Does: "its templates run in their order"},
			Local: Support{Field: "kind", Cannot: "a Workflow has steps of its own",
				Instead: "list each step in the experiment's faults, with at and for"}},
	}
}
