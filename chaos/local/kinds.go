package local

import (
	"errors"
	"fmt"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
)

// unrealisable refuses whole kinds, whatever is in them.
func unrealisable(d *manifest.Document) error {
	switch {
	case d.IO != nil:
		return errors.New("kind: IOChaos needs a file system in the component's path (Chaos Mesh's toda); " +
			"for a database that hangs write PostgresChaos with action freeze")
	case d.DNS != nil:
		return errors.New("kind: DNSChaos needs the cluster's name server, and local components are reached by address; " +
			"for an unreachable peer write NetworkChaos with action partition")
	case d.Time != nil:
		return errors.New("kind: TimeChaos rewrites the clock calls of a process, which needs Chaos Mesh's daemon")
	case d.Schedule != nil:
		return errors.New("kind: a Schedule has no single beginning; " +
			"list the fault in the experiment once for each time, with at and for")
	case d.Workflow != nil:
		return errors.New("kind: a Workflow has steps of its own; list each step in the experiment's faults, with at and for")
	}
	return nil
}

// network makes the faults of a NetworkChaos.
func (d *Driver) network(name string, spec *v1alpha1.NetworkChaosSpec, selected []Part) ([]chaos.Fault, error) {
	var problems []error
	switch spec.Action {
	case v1alpha1.LossAction, v1alpha1.DuplicateAction, v1alpha1.CorruptAction, v1alpha1.NetemAction:
		problems = append(problems, fmt.Errorf("spec.action: %s works on packets, and a TCP proxy sees none: "+
			"what is lost or corrupt is sent again below it; write action delay with a jitter, bandwidth or partition",
			spec.Action))
	}
	refuse := func(set bool, field, why string) {
		if set {
			problems = append(problems, fmt.Errorf("spec.%s: %s", field, why))
		}
	}
	refuse(len(spec.ExternalTargets) > 0, "externalTargets",
		"a local proxy cannot tell addresses apart; leave it out, or name a component with spec.target")
	refuse(spec.Device != "", "device", "there is no network device to impair, only the proxy; leave it out")
	refuse(spec.TargetDevice != "", "targetDevice", "there is no network device to impair, only the proxy; leave it out")
	refuse(spec.Delay != nil && spec.Delay.Reorder != nil, "delay.reorder", "a TCP stream has one order; leave it out")
	refuse(spec.Delay != nil && correlated(spec.Delay.Correlation), "delay.correlation",
		"each chunk's jitter is independent; leave it out or write \"0\"")
	refuse(spec.RemoteCluster != "", "remoteCluster", "there is no cluster; leave it out")
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	found, err := edges(selected, d.parts, spec.Target)
	if err != nil {
		return nil, err
	}
	var faults []chaos.Fault
	for _, e := range found {
		fault, err := impair(name, spec, e)
		faults, problems = append(faults, fault), append(problems, err)
	}
	return faults, errors.Join(problems...)
}

func correlated(text string) bool { return text != "" && text != "0" }

// impair makes the fault on one edge.
func impair(name string, spec *v1alpha1.NetworkChaosSpec, e edge) (chaos.Fault, error) {
	directions := streams(string(spec.Direction), e.ofPeer)
	switch spec.Action {
	case v1alpha1.DelayAction:
		latency, err := milliseconds("spec.delay.latency", spec.Delay.Latency)
		if err != nil {
			return nil, err
		}
		jitter := time.Duration(0)
		if spec.Delay.Jitter != "" {
			if jitter, err = time.ParseDuration(spec.Delay.Jitter); err != nil {
				return nil, fmt.Errorf("spec.delay.jitter: %w", err)
			}
		}
		return newDelay(name, e, latency, jitter, directions), nil
	case v1alpha1.BandwidthAction:
		rate, err := parseRate(spec.Bandwidth.Rate)
		if err != nil {
			return nil, fmt.Errorf("spec.bandwidth.rate: %w", err)
		}
		if rate < 1000 {
			return nil, fmt.Errorf("spec.bandwidth.rate: the proxy counts in 1000 bytes a second, %q is less; write at least 8kbit",
				spec.Bandwidth.Rate)
		}
		return newBandwidth(name, e, rate, directions), nil
	case v1alpha1.PartitionAction:
		if spec.PartitionBehavior == v1alpha1.RejectPartitionBehavior {
			return newReject(e), nil
		}
		return newBlackHole(name, e, directions), nil
	}
	return nil, fmt.Errorf("spec.action: the local driver does not know %s", spec.Action)
}

// milliseconds reads a delay that the proxy can make.
func milliseconds(field, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", field, err)
	case d < time.Millisecond:
		return 0, fmt.Errorf("%s: the proxy counts in milliseconds, %s is less; write at least 1ms", field, text)
	}
	return d, nil
}

// needProcess refuses a part whose process is not ours.
func needProcess(part Part) error {
	if part.Process == nil {
		return fmt.Errorf("spec.selector: the process of %s is not under the harness's supervisor", part.Name)
	}
	return nil
}

// kindIs refuses a part of another kind.
func kindIs(part Part, kind string) error {
	if part.Kind != kind {
		return fmt.Errorf("spec.selector: %s is a %s, not a %s", part.Name, part.Kind, kind)
	}
	return nil
}

func pod(spec *v1alpha1.PodChaosSpec, part Part) (chaos.Fault, error) {
	if err := needProcess(part); err != nil {
		return nil, err
	}
	switch spec.Action {
	case v1alpha1.PodFailureAction:
		return newFailure(part), nil
	case v1alpha1.PodKillAction, v1alpha1.ContainerKillAction:
		return newKill(part, time.Duration(spec.GracePeriod)*time.Second), nil
	}
	return nil, fmt.Errorf("spec.action: the local driver does not know %s", spec.Action)
}

func cpu(spec *v1alpha1.StressChaosSpec, part Part) (chaos.Fault, error) {
	switch {
	case spec.StressngStressors != "":
		return nil, errors.New("spec.stressngStressors: stress-ng is not used here; write spec.stressors.cpu")
	case spec.Stressors.MemoryStressor != nil:
		return nil, errors.New("spec.stressors.memory: local components share the machine's memory, and filling it would " +
			"hit the load generator too; write spec.stressors.cpu, or RedisChaos with action squeeze-memory")
	case len(spec.Stressors.CPUStressor.Options) > 0:
		return nil, errors.New("spec.stressors.cpu.options: these are stress-ng's and are not used here; leave them out")
	}
	load := 100
	if spec.Stressors.CPUStressor.Load != nil {
		load = *spec.Stressors.CPUStressor.Load
	}
	if load == 0 {
		return nil, errors.New("spec.stressors.cpu.load: 0 does nothing; write at least 1")
	}
	return newStress(part, spec.Stressors.CPUStressor.Workers, load), nil
}

func web(name string, spec *v1alpha1.HTTPChaosSpec, part Part) (chaos.Fault, error) {
	var problems []error
	refuse := func(set bool, field, why string) {
		if set {
			problems = append(problems, fmt.Errorf("spec.%s: %s", field, why))
		}
	}
	const unread = "the local proxy carries TCP and does not read HTTP; leave it out and hit every request, or run on Chaos Mesh"
	refuse(spec.Path != nil && *spec.Path != "*" && *spec.Path != "/*", "path", unread)
	refuse(spec.Method != nil, "method", unread)
	refuse(spec.Code != nil, "code", unread)
	refuse(len(spec.RequestHeaders) > 0, "request_headers", unread)
	refuse(len(spec.ResponseHeaders) > 0, "response_headers", unread)
	refuse(spec.Replace != nil, "replace", unread)
	refuse(spec.Patch != nil, "patch", unread)
	refuse(spec.TLS != nil, "tls", unread)
	both := spec.Abort != nil && *spec.Abort && spec.Delay != nil
	refuse(both, "delay", "cannot be combined with abort; write one manifest each")
	refuse(part.Kind == "postgres" || part.Kind == "redis", "selector",
		part.Name+" does not speak HTTP; write NetworkChaos")
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if part.Proxy == nil {
		return nil, fmt.Errorf("spec.selector: the traffic of %s passes no proxy that could impair it", part.Name)
	}
	e := edge{part: part, proxy: part.Proxy, kind: part.Kind}
	direction := "downstream"
	if spec.Target == v1alpha1.PodHttpRequest {
		direction = "upstream"
	}
	if spec.Delay != nil {
		latency, err := milliseconds("spec.delay", *spec.Delay)
		if err != nil {
			return nil, err
		}
		return newDelay(name, e, latency, 0, []string{direction}), nil
	}
	return newReset(name, e, direction), nil
}

func postgresFault(spec *manifest.PostgresSpec, part Part, limit time.Duration) (chaos.Fault, error) {
	if err := kindIs(part, "postgres"); err != nil {
		return nil, err
	}
	parameters := spec.Parameters
	if parameters == nil {
		parameters = &manifest.PostgresParameters{}
	}
	switch spec.Action {
	case "restart", "freeze":
		if err := needProcess(part); err != nil {
			return nil, err
		}
		if spec.Action == "freeze" {
			return newFreeze(part), nil
		}
		return newRestart(part, parameters.Stop), nil
	}
	if part.DSN == "" {
		return nil, fmt.Errorf("spec.selector: no dsn of %s is known; give one in the setup's component", part.Name)
	}
	target := postgres.Target{Name: part.Name, DSN: part.DSN, Databases: parameters.Databases}
	switch spec.Action {
	case "replay-pause":
		return postgres.PauseReplay(target), nil
	case "terminate-backends":
		return postgres.TerminateBackends(target), nil
	case "lock-table":
		return postgres.LockTable(target, parameters.Table, parameters.LockMode, limit), nil
	case "fill-wal-disk":
		return newFillDisk(part)
	case "connection-limit":
		return postgres.ConnectionLimit(target, parameters.Limit), nil
	}
	return nil, fmt.Errorf("spec.action: the local driver does not know %s", spec.Action)
}

func redisFault(spec *manifest.RedisSpec, part Part, duration time.Duration) (chaos.Fault, error) {
	if err := kindIs(part, "redis"); err != nil {
		return nil, err
	}
	parameters := spec.Parameters
	if parameters == nil {
		parameters = &manifest.RedisParameters{}
	}
	switch spec.Action {
	case "kill", "freeze":
		if err := needProcess(part); err != nil {
			return nil, err
		}
		if spec.Action == "freeze" {
			return newFreeze(part), nil
		}
		return newKill(part, 0), nil
	}
	if part.RedisURL == "" {
		return nil, fmt.Errorf("spec.selector: no url of %s is known; give one in the setup's component", part.Name)
	}
	target := redis.Target{Name: part.Name, URL: part.RedisURL}
	switch spec.Action {
	case "pause-clients":
		writes := parameters.Commands == "write"
		if !writes && duration > redis.LongestPause {
			return nil, fmt.Errorf("spec.duration: a pause of all commands cannot be taken back early, so it may last at most %v; "+
				"shorten it, write parameters: {commands: write}, or action freeze", redis.LongestPause)
		}
		return redis.PauseClients(target, writes, duration), nil
	case "flush":
		return redis.Flush(target), nil
	case "trim-stream":
		return redis.TrimStream(target, parameters.Stream), nil
	case "squeeze-memory":
		bytes, percent, err := manifest.ParseMemory(parameters.Memory)
		if err != nil {
			return nil, fmt.Errorf("spec.parameters.memory: %w", err)
		}
		return redis.SqueezeMemory(target, bytes, percent, parameters.Policy), nil
	}
	return nil, fmt.Errorf("spec.action: the local driver does not know %s", spec.Action)
}

func odoo(spec *manifest.OdooSpec, part Part) (chaos.Fault, error) {
	if err := errors.Join(kindIs(part, "odoo"), needProcess(part)); err != nil {
		return nil, err
	}
	count := 1
	if spec.Parameters != nil && spec.Parameters.Workers > 0 {
		count = spec.Parameters.Workers
	}
	return newWorker(part, count), nil
}
