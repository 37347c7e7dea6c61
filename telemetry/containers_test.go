package telemetry

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Lines of a kubelet 1.35 with cgroup v1, shortened: a pod with a limit of 1.5 cores, its
// sandbox, a container of a program without a pod.
const cadvisorPage = `# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="",cpu="total",id="/",image="",name="",namespace="",pod=""} 900 1795534124000
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/x",namespace="shop",pod="odoo-1"} 9.9 1795534124367
container_cpu_usage_seconds_total{container="server",cpu="total",id="/kubepods/x/y",namespace="shop",pod="odoo-1"} 8.25 1795534124367
container_cpu_usage_seconds_total{container="relay",cpu="total",id="/kubepods/x/z",namespace="shop",pod="odoo-1"} 0.5 1795534124367
container_cpu_cfs_periods_total{container="server",namespace="shop",pod="odoo-1"} 1468 1795534124367
container_cpu_cfs_throttled_periods_total{container="server",namespace="shop",pod="odoo-1"} 15 1795534124367
container_cpu_cfs_throttled_seconds_total{container="server",namespace="shop",pod="odoo-1"} 0.331 1795534124367
container_memory_working_set_bytes{container="server",namespace="shop",pod="odoo-1"} 4.5e+08 1795534124367
container_memory_working_set_bytes{container="relay",namespace="shop",pod="odoo-1"} 1e+06 1795534124367
container_spec_cpu_quota{container="server",namespace="shop",pod="odoo-1"} 150000
container_spec_cpu_period{container="server",namespace="shop",pod="odoo-1"} 100000
`

func TestContainersOfAPage(t *testing.T) {
	want := map[string]ContainerUse{"shop/odoo-1": {
		At: time.UnixMilli(1795534124367), CPU: 8.75, Limit: 1.5, Periods: 1468, Throttled: 15, ThrottledSeconds: 0.331, Memory: 4.51e8,
	}}
	got, err := Containers([]byte(cadvisorPage))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := Containers([]byte("<html>not found")); err == nil {
		t.Errorf("a page that is none is read as %v", got)
	}
}

// The kubelet reads every ten seconds. Read every second, the probe gives one point for
// each of these, with rates over the time between them. A new pod starts new rates.
func TestContainerRates(t *testing.T) {
	start := time.Unix(1795534124, 0)
	use := func(second int, cpu, throttled float64) ContainerUse {
		return ContainerUse{At: start.Add(time.Duration(second) * time.Second), CPU: cpu, Limit: 2, Periods: float64(second) * 10,
			Throttled: throttled, ThrottledSeconds: throttled / 10, Memory: 100}
	}
	looks := []map[string]ContainerUse{
		{"a": use(0, 5, 0)}, {"a": use(0, 5, 0)}, {"a": use(10, 15, 40)}, {"a": use(10, 15, 40)},
		{"b": use(12, 1, 0)}, {"b": use(22, 2, 0)},
	}
	p := &containers{component: "shared/odoo"}
	p.use = func(context.Context) (map[string]ContainerUse, error) {
		next := looks[0]
		looks = looks[1:]
		return next, nil
	}
	var got []map[string]float64
	for len(looks) > 0 {
		readings, err := p.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, r := range readings {
			values[r.Series] = r.Value
		}
		got = append(got, values)
	}
	full := func(cores, share, held float64) map[string]float64 {
		return map[string]float64{"cgroup.cpu": cores, "cgroup.cpu.limit": 2, "cgroup.throttled": share, "cgroup.throttled_time": held, "cgroup.memory": 100}
	}
	want := []map[string]float64{{}, {}, full(1, 0.4, 0.4), {}, {}, full(0.1, 0, 0)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
