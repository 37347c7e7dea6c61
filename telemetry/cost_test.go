package telemetry

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/results"
)

// wholeSet is every probe that a stack with two tenants gets: on real servers, with
// logs that grow.
func wholeSet(tb testing.TB) (probes []Probe, servers []int) {
	tb.Helper()
	dir := tb.TempDir()
	access, log := filepath.Join(dir, "access.log"), filepath.Join(dir, "odoo.log")
	for path, text := range map[string]string{access: "", log: odooLines} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	for _, db := range []string{"t1", "db2"} {
		conn := session(tb, db)
		odooTables(tb, conn)
		if db == "db2" { // other tests want it as it was
			tb.Cleanup(func() {
				execute(tb, conn, `drop table ir_cron, ir_cron_trigger, harness_outbox, stock_picking, stock_picking_type, queue_job`)
			})
		}
	}
	address, _ := redisServer(tb, "")
	pg := postgresTarget()
	probes = Probes([]Target{
		pg, {Component: "shared/redis", Kind: results.KindRedis, URL: hide("redis://" + address)},
		{Component: "shared/ingress", Kind: results.KindIngress, Log: access},
		{Component: "shared/odoo", Kind: results.KindOdoo, Log: log, PID: os.Getpid(), Address: address, Tenants: pg.Tenants},
	})
	tb.Cleanup(func() {
		for _, p := range probes {
			p.Close()
		}
	})
	return probes, []int{postmaster(tb), redisProcess(tb, address)}
}

// redisProcess returns the process of a Redis.
func redisProcess(tb testing.TB, address string) int {
	tb.Helper()
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	info, err := client.InfoMap(context.Background(), "server").Result()
	if err != nil {
		tb.Fatal(err)
	}
	pid, err := strconv.Atoi(info["Server"]["process_id"])
	if err != nil {
		tb.Fatal(err)
	}
	return pid
}

// postmaster is the parent of every session.
func postmaster(tb testing.TB) int {
	tb.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", session(tb, "postgres").PgConn().PID()))
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		tb.Fatal(err)
	}
	return pid
}

// serversCPU is what the processes under PostgreSQL's and Redis' have used.
func serversCPU(tb testing.TB, servers ...int) (seconds float64) {
	tb.Helper()
	for _, pid := range servers {
		seconds += treeCPU(tb, pid)
	}
	return seconds
}

// treeCPU is the processor time of a process, its children, and those it has waited for.
func treeCPU(tb testing.TB, pid int) float64 {
	tb.Helper()
	seconds := 0.0
	entries, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range entries {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		own, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		if own != pid && parent != pid {
			continue
		}
		ticks := fields[11:13] // utime, stime
		if own == pid {
			ticks = fields[11:15] // and of the children that have ended
		}
		for _, text := range ticks {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				tb.Fatal(err)
			}
			seconds += n / 100 // USER_HZ
		}
	}
	return seconds
}

func readAll(tb testing.TB, probes []Probe) {
	tb.Helper()
	for _, p := range probes {
		_, _ = p.Read(context.Background()) // what is not there costs, too
	}
}

// BenchmarkProbes measures the whole set, read once a second: the share of one core that
// it costs the servers and the machine of the harness.
func BenchmarkProbes(b *testing.B) {
	probes, servers := wholeSet(b)
	readAll(b, probes) // connect
	used, self := serversCPU(b, servers...), cpuOf(b, os.Getpid())
	for b.Loop() {
		readAll(b, probes)
	}
	percent := func(seconds float64) float64 { return 100 * seconds / float64(b.N) }
	b.ReportMetric(percent(serversCPU(b, servers...)-used), "%core-servers")
	b.ReportMetric(percent(cpuOf(b, os.Getpid())-self), "%core-harness")
}

// TestProbesAreCheap holds the whole set below one per cent of one of the servers'
// cores. Processor time hardly depends on who else is at work.
func TestProbesAreCheap(t *testing.T) {
	probes, servers := wholeSet(t)
	readAll(t, probes)
	const rounds = 100
	began := serversCPU(t, servers...)
	for range rounds {
		readAll(t, probes)
	}
	if share := (serversCPU(t, servers...) - began) / rounds; share > 0.01 {
		t.Errorf("read once a second, the probes take %.2f %% of a core from PostgreSQL and Redis, want less than 1 %%", 100*share)
	} else {
		t.Logf("read once a second, the probes take %.2f %% of a core from PostgreSQL and Redis", 100*share)
	}
}
