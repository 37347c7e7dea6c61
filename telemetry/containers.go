package telemetry

import (
	"context"
	"fmt"
	"time"
)

// ContainerUse is the use of the containers of one pod since their creation, from the
// kubelet's cAdvisor.
type ContainerUse struct {
	At               time.Time // of the reading: the kubelet reads about every ten seconds
	CPU              float64   // seconds
	Limit            float64   // cores; 0: none
	Periods          float64   // of the scheduler in which they ran
	Throttled        float64   // of them, those that used up the limit
	ThrottledSeconds float64
	Memory           float64 // bytes, as eviction counts them
}

// containers reads the use of the pods of one component. Its series are those of the
// cgroups of a lab on this machine, with the same meaning.
type containers struct {
	component string
	use       func(ctx context.Context) (map[string]ContainerUse, error)
	last      map[string]ContainerUse
}

func (p *containers) Name() string { return "containers " + p.component }
func (p *containers) Close() error { return nil }

// Read returns a point for each new reading of the kubelet, not for each request.
func (p *containers) Read(ctx context.Context) ([]Reading, error) {
	now, err := p.use(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what containers use: %w", err)
	}
	g := &gather{component: p.component}
	var cores, limit, held, memory, periods, throttled float64
	fresh := false
	for pod, u := range now {
		before, known := p.last[pod]
		if seconds := u.At.Sub(before.At).Seconds(); known && seconds > 0 && u.CPU >= before.CPU {
			fresh = true
			cores += (u.CPU - before.CPU) / seconds
			held += (u.ThrottledSeconds - before.ThrottledSeconds) / seconds
			periods += u.Periods - before.Periods
			throttled += u.Throttled - before.Throttled
		}
		limit += u.Limit
		memory += u.Memory
	}
	p.last = now
	if !fresh {
		return nil, nil
	}
	g.add("cgroup.cpu", cores)
	g.add("cgroup.memory", memory)
	if limit > 0 {
		g.add("cgroup.cpu.limit", limit)
		g.add("cgroup.throttled", throttled/max(periods, 1))
		g.add("cgroup.throttled_time", held)
	}
	return g.readings, nil
}

// Containers reads a page of the kubelet (/metrics/cadvisor). It returns the use of the
// containers of each pod, by namespace/name.
func Containers(page []byte) (map[string]ContainerUse, error) {
	metrics, err := parseMetrics(page)
	if err != nil {
		return nil, err
	}
	all := map[string]ContainerUse{}
	quota, period := map[string]float64{}, map[string]float64{}
	for _, m := range metrics {
		// Lines without a container are sums over the pod, its network among them.
		if m.labels["container"] == "" || m.labels["pod"] == "" {
			continue
		}
		pod := m.labels["namespace"] + "/" + m.labels["pod"]
		u := all[pod]
		switch m.name {
		case "container_cpu_usage_seconds_total":
			u.CPU += m.value
			u.At = m.at
		case "container_cpu_cfs_periods_total":
			u.Periods += m.value
		case "container_cpu_cfs_throttled_periods_total":
			u.Throttled += m.value
		case "container_cpu_cfs_throttled_seconds_total":
			u.ThrottledSeconds += m.value
		case "container_memory_working_set_bytes":
			u.Memory += m.value
		case "container_spec_cpu_quota":
			quota[pod] += m.value
			continue
		case "container_spec_cpu_period":
			period[pod] = m.value
			continue
		default:
			continue
		}
		all[pod] = u
	}
	for pod, u := range all {
		if quota[pod] > 0 && period[pod] > 0 {
			u.Limit = quota[pod] / period[pod]
			all[pod] = u
		}
	}
	return all, nil
}
