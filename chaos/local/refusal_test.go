package local_test

import (
	"strings"
	"testing"

	"example.org/odooharness/chaos/local"
)

// Each refusal names the field and what to write instead.
func TestRefusals(t *testing.T) {
	const duration = "\n  duration: 5s"
	for _, test := range []struct {
		kind, label, spec string
		want              []string
	}{
		{"NetworkChaos", "redis", "  action: loss\n  loss: {loss: \"10\"}" + duration,
			[]string{"spec.action", "loss", "write action delay"}},
		{"NetworkChaos", "redis", "  action: duplicate\n  duplicate: {duplicate: \"10\"}" + duration,
			[]string{"spec.action", "duplicate"}},
		{"NetworkChaos", "redis", "  action: corrupt\n  corrupt: {corrupt: \"10\"}" + duration,
			[]string{"spec.action", "corrupt"}},
		{"NetworkChaos", "redis", "  action: loss\n  loss: {loss: \"10\"}\n  device: eth0\n  externalTargets: [a.example]" + duration,
			[]string{"spec.action", "spec.device", "spec.externalTargets"}}, // all at once
		{"NetworkChaos", "redis", "  action: delay\n  delay: {latency: 200us}" + duration,
			[]string{"spec.delay.latency", "1ms"}},
		{"NetworkChaos", "redis", "  action: delay\n  delay: {latency: 9ms, reorder: {reorder: \"1\", gap: 1}}" + duration,
			[]string{"spec.delay.reorder"}},
		{"NetworkChaos", "redis", "  action: bandwidth\n  bandwidth: {rate: 1kbit, limit: 1, buffer: 1}" + duration,
			[]string{"spec.bandwidth.rate", "8kbit"}},
		{"IOChaos", "postgresql", "  action: latency\n  delay: 10ms\n  volumePath: /data" + duration,
			[]string{"kind: IOChaos", "freeze"}},
		{"DNSChaos", "odoo", "  action: error" + duration, []string{"kind: DNSChaos", "partition"}},
		{"TimeChaos", "odoo", "  timeOffset: -1h" + duration, []string{"kind: TimeChaos"}},
		{"StressChaos", "odoo", "  stressors: {memory: {workers: 1, size: 1GB}}" + duration,
			[]string{"spec.stressors.memory", "spec.stressors.cpu"}},
		{"StressChaos", "odoo", "  stressngStressors: --cpu 1" + duration, []string{"spec.stressngStressors"}},
		{"HTTPChaos", "ingress", "  target: Request\n  port: 80\n  abort: true\n  path: /web\n  method: POST" + duration,
			[]string{"spec.path", "spec.method"}},
		{"HTTPChaos", "redis", "  target: Request\n  port: 80\n  abort: true" + duration,
			[]string{"spec.selector", "NetworkChaos"}},
		{"PostgresChaos", "redis", "  action: restart", []string{"t1/redis is a redis, not a postgres"}},
		{"RedisChaos", "redis", "  action: pause-clients\n  duration: 1m",
			[]string{"spec.duration", "commands: write"}},
		{"PodChaos", "postgres", "  action: pod-kill",
			[]string{"spec.selector", "app.kubernetes.io/name: postgres", "there are shared/postgres (app.kubernetes.io/name: postgresql", "give a component these labels"}}, // the label is postgresql
	} {
		t.Run(test.kind+" "+test.want[0], func(t *testing.T) {
			m := parse(t, test.kind, test.label, "redis", test.spec)
			targets, err := local.New(lab()).Check(t.Context(), m)
			if err == nil {
				t.Fatalf("accepted, would hit %v", targets)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
	t.Run("parts without what the fault needs", func(t *testing.T) {
		for _, test := range []struct{ kind, spec, want string }{
			{"PodChaos", "  action: pod-kill", "add pidFile: /path/to/file.pid to it in the setup file"},
			{"PostgresChaos", "  action: terminate-backends", "add dsnEnv: VARIABLE to it in the setup file. terminate-backends needs membership in pg_signal_backend"},
			{"NetworkChaos", "  action: partition" + duration, `add proxy: {listen: "127.0.0.1:PORT", upstream: "HOST:PORT"} to`},
		} {
			parts := lab()
			for i := range parts {
				parts[i].Process, parts[i].Proxy, parts[i].DSN = nil, nil, ""
			}
			if _, err := local.New(parts).Check(t.Context(), parse(t, test.kind, "postgresql", "database", test.spec)); err == nil ||
				!strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v, want %q", test.kind, err, test.want)
			}
		}
	})
}

// What only the harness's own supervisor can do is refused by the plan, not by the run.
func TestForeignProcess(t *testing.T) {
	parts := lab()
	for i := range parts {
		parts[i].Foreign = true
	}
	driver := local.New(parts)
	for spec, want := range map[string]string{
		"  action: pod-failure\n  duration: 5s": "kept by a supervisor outside the harness",
		"  action: pod-kill":                    "",
	} {
		targets, err := driver.Check(t.Context(), parse(t, "PodChaos", "redis", "redis", spec))
		switch {
		case want == "" && (err != nil || !strings.Contains(targets[0].Reach, "its own supervisor must")):
			t.Errorf("%s: %+v, %v", spec, targets, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", spec, err, want)
		}
	}
}
