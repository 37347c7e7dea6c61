//go:build kubernetes

package driver

import (
	"errors"
	"strings"
	"testing"
)

// kindTest is a fault that reaches the recording daemon, with the parameters of the call,
// word for word.
type kindTest struct {
	name, kind, spec string
	call             string   // of the daemon
	says             []string // in its parameters
}

const onPostgres = "mode: one\nselector: {labelSelectors: {app: postgres}}\nduration: 60s\n"

func daemonKinds() []kindTest {
	net := func(action, more, call string, says ...string) kindTest {
		return kindTest{"network-" + action, "NetworkChaos", onPostgres + "action: " + action + "\n" + more, call, says}
	}
	io := func(action, more string, says ...string) kindTest {
		return kindTest{"io-" + strings.ToLower(action), "IOChaos",
			onPostgres + "volumePath: /var/lib/postgresql\naction: " + action + "\n" + more, "ApplyIOChaos", says}
	}
	http := func(name, more string, says ...string) kindTest {
		return kindTest{"http-" + name, "HTTPChaos", onPostgres + "port: 8069\ntarget: Response\n" + more, "ApplyHttpChaos", says}
	}
	return []kindTest{
		net("delay", "delay: {latency: 80ms, jitter: 5ms}", "SetTcs", `"time":"80ms"`, `"jitter":"5ms"`),
		net("loss", "loss: {loss: '25'}", "SetTcs", `"loss":25`),
		net("duplicate", "duplicate: {duplicate: '40'}", "SetTcs", `"duplicate":40`),
		net("corrupt", "corrupt: {corrupt: '12'}", "SetTcs", `"corrupt":12`),
		net("netem", "delay: {latency: 30ms}\nloss: {loss: '3'}", "SetTcs", `"time":"30ms"`, `"loss":3`),
		net("bandwidth", "bandwidth: {rate: 1mbps, limit: 20971520, buffer: 10000}", "SetTcs", `"rate":"1mbps"`, `"limit":20971520`),
		net("partition", "direction: both\ntarget: {mode: all, selector: {labelSelectors: {app: odoo}}}",
			"SetIptablesChains", `"direction":"OUTPUT"`, `"target":"DROP"`),
		{"stress-cpu", "StressChaos", onPostgres + "stressors: {cpu: {workers: 2, load: 70}}", "ExecStressors",
			[]string{"--cpu 2", "--cpu-load 70", "--timeout 60s"}},
		{"stress-memory", "StressChaos", onPostgres + "stressors: {memory: {workers: 1, size: 64MB}}", "ExecStressors",
			[]string{"--size 64MB"}},
		io("latency", "delay: 120ms\npercent: 40", `\"latency\":\"120ms\"`, `\"percent\":40`),
		io("fault", "errno: 28\npercent: 100", `\"errno\":28`),
		io("attrOverride", "attr: {perm: 72}\npercent: 100", `\"perm\":72`),
		io("mistake", "mistake: {filling: zero, maxOccurrences: 3, maxLength: 9}\npercent: 100", `\"filling\":\"zero\"`),
		http("abort", "abort: true", `\"abort\":true`),
		http("delay", "delay: 700ms", `\"delay\":\"700ms\"`),
		http("replace", "replace: {code: 503}", `\"code\":503`),
		http("patch", "patch: {headers: [[X-Seen, by-chaos]]}", `X-Seen`),
		{"dns-error", "DNSChaos", onPostgres + "action: error\npatterns: [carrier.example]", "SetDNSChaos",
			[]string{`"action":"error"`, "carrier.example"}},
		{"dns-random", "DNSChaos", onPostgres + "action: random\npatterns: [carrier.example]", "SetDNSChaos",
			[]string{`"action":"random"`}},
		{"time", "TimeChaos", onPostgres + "timeOffset: -1h", "SetTimeOffset", []string{`"sec":"-3600"`}},
	}
}

// Every kind that needs a daemon is accepted by the real webhooks and controllers,
// reaches the daemon with the parameters of the manifest, and is reverted.
func TestKindsReachTheDaemon(t *testing.T) {
	shop(t, whole, "kinds", "postgres", "odoo")
	for _, test := range daemonKinds() {
		t.Run(test.name, func(t *testing.T) {
			s, _ := session(t, driver(whole.Client, "kinds", "postgres", "odoo"), mark(test.kind, test.name, test.spec))
			before, err := whole.Calls()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
				t.Fatal(errors.Join(err, s.Close(t.Context())))
			}
			calls, err := whole.Calls()
			if err != nil {
				t.Fatal(err)
			}
			found := false
			var said []string
			for _, call := range calls[len(before):] {
				text := strings.ReplaceAll(string(call.Request), `": `, `":`)
				said = append(said, call.Call+" "+text)
				found = found || call.Call == test.call && containsAll(text, test.says)
			}
			if !found {
				t.Errorf("no %s with %v among\n%s", test.call, test.says, strings.Join(said, "\n"))
			}
			if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
				t.Error(err)
			}
			nothingLeft(t, whole)
			i := s.Injection()
			t.Logf("in effect %s after asking: %s", i.InEffect.Duration()-i.Requested.Duration(), i.Proof)
			if strings.Contains(i.GoneProof, "force") {
				t.Errorf("it had to be forced: %s", i.GoneProof)
			}
		})
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
