package kills

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
)

// limit is the time after a kill in which every fault must have ended.
const limit = 15 * time.Second

// fault is one that is made and killed.
type fault struct {
	kind, label, spec string
	whole             bool // hits the whole PostgreSQL server, as in the plan
}

func faults() map[string]fault {
	return map[string]fault{
		"terminate":         {kind: "PostgresChaos", label: "postgresql", spec: "action: terminate-backends"},
		"lock":              {kind: "PostgresChaos", label: "postgresql", spec: "action: lock-table\n  parameters: {table: stock_quant}"},
		"limit":             {kind: "PostgresChaos", label: "postgresql", spec: "action: connection-limit\n  parameters: {limit: 0}"},
		"replay":            {kind: "PostgresChaos", label: "postgresql-standby", spec: "action: replay-pause"},
		"restart":           {kind: "PostgresChaos", label: "postgresql", spec: "action: restart", whole: true},
		"freeze":            {kind: "PostgresChaos", label: "postgresql", spec: "action: freeze", whole: true},
		"pod-kill":          {kind: "PodChaos", label: "postgresql", spec: "action: pod-kill", whole: true},
		"redis-freeze":      {kind: "RedisChaos", label: "redis", spec: "action: freeze"},
		"redis-kill":        {kind: "RedisChaos", label: "redis", spec: "action: kill"},
		"redis-pause":       {kind: "RedisChaos", label: "redis", spec: "action: pause-clients"},
		"redis-squeeze":     {kind: "RedisChaos", label: "redis", spec: "action: squeeze-memory\n  parameters: {memory: 80%}"},
		"redis-flush":       {kind: "RedisChaos", label: "redis", spec: "action: flush"},
		"redis-trim":        {kind: "RedisChaos", label: "redis", spec: "action: trim-stream\n  parameters: {stream: jobs}"},
		"redis-delay":       {kind: "NetworkChaos", label: "redis", spec: "action: delay\n  delay: {latency: 80ms}"},
		"redis-partition":   {kind: "NetworkChaos", label: "redis", spec: "action: partition"},
		"ingress-reset":     {kind: "HTTPChaos", label: "ingress", spec: "target: Request\n  port: 80\n  abort: true"},
		"ingress-bandwidth": {kind: "NetworkChaos", label: "ingress", spec: "action: bandwidth\n  bandwidth: {rate: 8kbps, limit: 1000, buffer: 1000}"},
		"stress":            {kind: "StressChaos", label: "redis", spec: "stressors: {cpu: {workers: 1, load: 40}}"},
	}
}

// write writes the manifest of a fault.
func (f fault) write(t *testing.T, name string) string {
	t.Helper()
	version := manifest.MeshVersion
	if f.kind == "PostgresChaos" || f.kind == "RedisChaos" {
		version = manifest.OwnVersion
	}
	spec := "  " + f.spec + "\n  mode: all\n  selector: {labelSelectors: {app.kubernetes.io/name: " + f.label + "}}\n"
	if !slices.ContainsFunc([]string{"terminate", "restart", "pod-kill", "action: kill", "flush", "trim"}, func(at string) bool {
		return strings.Contains(f.spec, at)
	}) {
		spec += "  duration: 4s\n"
	}
	path := filepath.Join(t.TempDir(), name+".yaml")
	rig.Write(t, path, string(testbed.Manifest(f.kind, version, name, "database", spec)))
	return path
}

// number reads how often a test repeats what it does.
func number(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s is not a number", variable, text)
	}
	return n
}

// victims are who is killed, by the names that harness returns.
var victims = [...][]string{{"make-fault"}, {"make-fault", "guard"}, {"make-fault", "guard", "watchdog"}}

// Nothing of a fault bites after its processes were killed, whichever they were.
func TestKilledTogether(t *testing.T) {
	rig.LabTest(t)
	seed := uint64(number(t, "HARNESS_KILLS_SEED", int(time.Now().UnixNano()&0xffff)))
	t.Logf("HARNESS_KILLS_SEED=%d", seed)
	for i := range number(t, "HARNESS_KILLS_STAGINGS", 1) {
		t.Run(fmt.Sprintf("staging %d", i), func(t *testing.T) {
			t.Parallel()
			killOn(t, rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
}

// killOn kills every fault at HARNESS_KILLS moments, on a staging of its own.
func killOn(t *testing.T, random *rand.Rand) {
	s := newStaging(t)
	other := watchStranger(t, s.postgres.DSN.Reveal())
	eventually.Nil(t, limit, "the staging is sound", s.sound)
	all := faults()
	count := tally{}
	for round := range number(t, "HARNESS_KILLS", 1) {
		for i, name := range slices.Sorted(maps.Keys(all)) {
			k := kill{staging: s, name: name, fault: all[name], round: round, victims: victims[(round+i)%len(victims)],
				moment: time.Duration(random.Int64N(int64(2200 * time.Millisecond)))}
			other.during(k.fault.whole)
			k.run(t, count)
		}
	}
	other.during(true)
	samples, err := other.result()
	if err != nil {
		t.Errorf("the database of nobody was touched in %d samples: %v", samples, err)
	}
	t.Logf("%d kills: %s; the database of nobody was read %d times", count["kills"], count, samples)
}

// tally counts what happened.
type tally map[string]int

func (c tally) String() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%s %d", key, c[key]))
	}
	return strings.Join(parts, ", ")
}

// kill is one fault whose processes are killed.
type kill struct {
	*staging
	name    string
	fault   fault
	round   int
	victims []string
	moment  time.Duration
}

func (k kill) run(t *testing.T, count tally) {
	what := fmt.Sprintf("%s, kill of %s after %s", k.name, strings.Join(k.victims, ", "), k.moment.Round(time.Millisecond))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "make-fault", k.setup, k.fault.write(t, k.name), "kills/"+strconv.Itoa(k.round))
	cmd.Env = k.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	rig.Must(t, cmd.Start())
	time.Sleep(k.moment) // the moment is what is varied
	living := k.harness()
	for _, role := range k.victims {
		_ = proc.SignalAll(living[role], syscall.SIGKILL) // one that has ended by itself is as good
	}
	killed := time.Now()
	_ = cmd.Wait() // its exit proves nothing
	if strings.Contains(out.String(), "error: ") {
		t.Errorf("%s: the harness itself failed:\n%s", what, &out)
	}
	count["kills"]++
	count["with "+k.victims[len(k.victims)-1]]++
	patience := limit
	if len(k.victims) == len(victims) && k.mayStay() {
		patience = 2 * time.Second // nobody is left who would revert it
	}
	if err := eventually.Within(patience, k.sound); err != nil {
		if len(k.victims) < len(victims) {
			t.Fatalf("%s: after %s: %v\n%s", what, patience, err, &out)
		}
		k.repair(t, what, count)
	}
	count["at most ms"] = max(count["at most ms"], int(time.Since(killed).Milliseconds()))
	err := eventually.Within(limit, func() error {
		if living := k.harness(); len(living) > 0 {
			return fmt.Errorf("processes %v", living)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v are left\n%s", what, err, &out)
	}
}

// mayStay reports whether only doctor or the next run reverts the fault once every
// process of the harness is killed.
func (k kill) mayStay() bool {
	return k.name == "redis-squeeze" || strings.HasSuffix(k.name, "freeze")
}

// repair has doctor, or the next run, find and revert what is left, and name it.
func (k kill) repair(t *testing.T, what string, count tally) {
	t.Helper()
	var words []string
	command := []string{"doctor", "--setup", k.setup, "--sweep"}
	if k.round%2 == 1 {
		quiet := fault{kind: "RedisChaos", label: "redis", spec: "action: flush"}
		command = []string{"make-fault", k.setup, quiet.write(t, "quiet"), "kills/next"}
		words = []string{"An earlier run had left a fault"}
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], command...)
	cmd.Env = k.env
	out, err := cmd.CombinedOutput()
	for _, word := range append(words, "kills/"+strconv.Itoa(k.round)) {
		if !bytes.Contains(out, []byte(word)) {
			t.Errorf("%s: %s does not print %q:\n%s", what, command[0], word, out)
		}
	}
	if command[0] == "doctor" && cmd.ProcessState.ExitCode() != cli.ExitPass {
		t.Errorf("%s: doctor: %v\n%s", what, err, out)
	}
	count["repaired by "+command[0]]++
	if err := eventually.Within(limit, k.sound); err != nil {
		t.Fatalf("%s: after %s: %v\n%s", what, command[0], err, out)
	}
}
