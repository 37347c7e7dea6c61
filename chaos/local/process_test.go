package local_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
)

func TestPodKillAndFailure(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	t.Run("kill", func(t *testing.T) {
		before := part.Process.PID()
		s := session(t, parse(t, "PodChaos", "redis", "redis", "  action: pod-kill"), part)
		injected(t, s)
		reverted(t, s)
		if now := part.Process.PID(); now == before || now == 0 {
			t.Errorf("process %d before, %d after", before, now)
		}
	})
	t.Run("kill with grace", func(t *testing.T) {
		s := session(t, parse(t, "PodChaos", "redis", "redis", "  action: pod-kill\n  gracePeriod: 5"), part)
		injected(t, s)
		reverted(t, s)
	})
	t.Run("failure", func(t *testing.T) {
		s := session(t, parse(t, "PodChaos", "redis", "redis", "  action: pod-failure\n  duration: 10s"), part)
		injected(t, s)
		time.Sleep(300 * time.Millisecond)
		if part.Process.Running() {
			t.Error("the supervisor started it during the fault")
		}
		reverted(t, s)
	})
	t.Run("redis kill", func(t *testing.T) {
		s := session(t, parse(t, "RedisChaos", "redis", "redis", "  action: kill"), part)
		injected(t, s)
		reverted(t, s)
	})
	t.Run("redis freeze", func(t *testing.T) {
		s := session(t, parse(t, "RedisChaos", "redis", "redis", "  action: freeze\n  duration: 5s"), part)
		injected(t, s)
		reverted(t, s)
	})
}

func TestPostgresProcessFaults(t *testing.T) {
	part := testbed.Postgres(t, "t1/postgres", "t1")
	busy := func(t *testing.T) *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), part.DSN.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return conn
	}
	for name, test := range map[string]struct{ kind, spec string }{
		"immediate": {"PostgresChaos", "  action: restart"},
		"fast":      {"PostgresChaos", "  action: restart\n  parameters: {stop: fast}"},
		"kill":      {"PodChaos", "  action: pod-kill"},
		"container": {"PodChaos", "  action: container-kill\n  containerNames: [postgres]"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := busy(t)
			done := make(chan error, 1)
			go func() { _, err := conn.Exec(context.Background(), `select pg_sleep(60)`); done <- err }()
			s := session(t, parse(t, test.kind, "postgresql", "database", test.spec), part)
			injected(t, s)
			reverted(t, s)
			select {
			case err := <-done:
				if err == nil {
					t.Error("the call in flight ended without an error")
				}
			case <-time.After(10 * time.Second):
				t.Error("the call in flight survived")
			}
		})
	}
	t.Run("freeze", func(t *testing.T) {
		conn := busy(t)
		s := session(t, parse(t, "PostgresChaos", "postgresql", "database", "  action: freeze\n  duration: 5s"), part)
		injected(t, s)
		done := make(chan error, 1)
		go func() { _, err := conn.Exec(context.Background(), `select 1`); done <- err }()
		select {
		case err := <-done:
			t.Fatalf("a backend answered while frozen: %v", err)
		case <-time.After(300 * time.Millisecond):
		}
		reverted(t, s)
		if err := <-done; err != nil {
			t.Errorf("the call that hung: %v, want it to go on", err)
		}
	})
}

// prefork turns the test binary into a server with three workers.
const prefork = "LOCAL_TEST_PREFORK"

func TestMain(m *testing.M) {
	if os.Getenv(prefork) == "" {
		os.Exit(m.Run())
	}
	// Each worker is replaced when it ends; the end of the group ends all.
	for range 3 {
		go func() {
			for {
				_ = exec.Command("sleep", "1000").Run()
			}
		}()
	}
	select {}
}

func TestKillWorker(t *testing.T) {
	process := testbed.Supervise(t, func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), prefork+"=1")
		return cmd
	})
	part := local.Part{Component: chaos.Component{Name: "t1/odoo", Kind: "odoo", Labels: map[string]string{
		"app.kubernetes.io/name": "odoo",
	}}, Process: process}
	m := parse(t, "OdooChaos", "odoo", "application", "  action: kill-worker\n  parameters: {workers: 2}")
	s := session(t, m, part)
	eventually.Nil(t, time.Minute, "the fault is realised", func() error {
		fault, err := local.New([]local.Part{part}).Fault(m, []chaos.Component{part.Component})
		if err != nil {
			return err
		}
		return fault.Prepare(t.Context())
	})
	before := process.PID()
	injected(t, s)
	reverted(t, s)
	if process.PID() != before {
		t.Error("the leader was hit")
	}
}

func TestStressBurnsAndStops(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	spec := "  stressors: {cpu: {workers: 2, load: 40}}\n  duration: 10s"
	s := session(t, parse(t, "StressChaos", "redis", "redis", spec), part)
	injected(t, s)
	if got := s.Injection().Proof; !strings.Contains(got, "2 burners") {
		t.Errorf("proof %q", got)
	}
	reverted(t, s)
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(os.Getpid()), "-f", "while :; do :; done").CombinedOutput()
	if err == nil {
		t.Errorf("burners left: %s", out)
	}
}

// The line to a standby leads to its primary: that the primary answers there is no
// sign that the standby does.
func TestStandbyGone(t *testing.T) {
	primary, standby := testbed.Postgres(t, "t1/postgres", "t1"), testbed.Postgres(t, "t1/standby", "t1")
	standby.Labels["app.kubernetes.io/name"], standby.Proxy = "postgresql-standby", primary.Proxy
	for name, test := range map[string]struct{ kind, spec string }{
		"gone":   {"PodChaos", "  action: pod-failure\n  duration: 10s"},
		"frozen": {"PostgresChaos", "  action: freeze\n  duration: 10s"},
	} {
		t.Run(name, func(t *testing.T) {
			s := session(t, parse(t, test.kind, "postgresql-standby", "database", test.spec), primary, standby)
			injected(t, s)
			if err := commit(t, primary); err != nil {
				t.Errorf("the primary was hit: %v", err)
			}
			reverted(t, s)
		})
	}
}
