package telemetry

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

// TestHelperListener is no test: it is the process that TestProcesses watches. It
// listens, has a child, and burns processor time until its input ends.
func TestHelperListener(t *testing.T) {
	address := os.Getenv("HARNESS_TEST_LISTEN")
	if address == "" {
		t.Skip("runs as a child of TestProcesses")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	fmt.Println("listening", l.Addr())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	}()
	for n := 0; ; n++ { // burns processor time
		select {
		case <-ended:
			return
		default:
			_ = strings.Repeat("x", n%100)
		}
	}
}

// helper starts the watched process and returns its address and how to end it.
func helper(t *testing.T, address string) (cmd *exec.Cmd, at string, end func()) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run=^TestHelperListener$", "-test.v")
	cmd.Env = append(os.Environ(), "HARNESS_TEST_LISTEN="+address)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		in.Close()
		cmd.Wait()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			return cmd, addr, end
		}
	}
	end()
	t.Fatal("the helper does not listen")
	return nil, "", nil
}

func TestProcesses(t *testing.T) {
	cmd, address, end := helper(t, address(t))
	p := newProcesses([]Target{{Component: "shared/odoo", PID: cmd.Process.Pid, Address: address}, {Component: "no pid"}})
	got := read(t, p)
	if n := series(t, got, "process.running", ""); n != 2 {
		t.Errorf("%v processes, want the helper and its child", n)
	}
	if m := series(t, got, "process.memory", ""); m < 1<<20 || m > 1<<30 {
		t.Errorf("memory %v bytes", m)
	}
	eventually.True(t, time.Minute, "the series follows", func() bool {
		for _, r := range read(t, p) {
			if r.Series == "process.cpu" {
				return r.Value > 0.05
			}
		}
		return false
	})
	end()
	if n := series(t, read(t, p), "process.running", ""); n != 0 {
		t.Errorf("%v processes after the end, want 0", n)
	}
	// Another process on the same port is its successor.
	next, _, end := helper(t, address)
	defer end()
	eventually.True(t, time.Minute, "the series follows", func() bool { return series(t, read(t, p), "process.running", "") == 2 })
	if p.watched[0].pid != next.Process.Pid {
		t.Errorf("watches %d, want %d", p.watched[0].pid, next.Process.Pid)
	}
}

// The whole set of local probes for a lab of two stacks, read at once: what all of
// it costs this machine in a second.
func BenchmarkLocalProbes(b *testing.B) {
	self := os.Getpid()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	probes := Probes([]Target{
		{Component: "t1/odoo", Kind: results.KindOdoo, PID: self, Address: l.Addr().String()},
		{Component: "t2/odoo", Kind: results.KindOdoo, PID: self, Address: l.Addr().String()},
	})
	began := cpuOf(b, self)
	for b.Loop() {
		for _, p := range probes {
			if _, err := p.Read(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric((cpuOf(b, self)-began)/float64(b.N)*1e3, "cpu-ms/read")
}

func BenchmarkPostgres(b *testing.B) {
	p := newPostgres(postgresTarget())
	defer p.Close()
	_, _ = p.Read(context.Background())
	began, server := cpuOf(b, os.Getpid()), backendCPU(b, p.db.conn.PgConn())
	for b.Loop() {
		_, _ = p.Read(context.Background())
	}
	b.ReportMetric((cpuOf(b, os.Getpid())-began)/float64(b.N)*1e3, "cpu-ms/read")
	b.ReportMetric((backendCPU(b, p.db.conn.PgConn())-server)/float64(b.N)*1e3, "server-cpu-ms/read")
}

func BenchmarkOdooLine(b *testing.B) {
	forms := newOdooForms()
	lines := strings.Split(odooLines, "\n")
	for i := 0; b.Loop(); i++ {
		var n logCounts
		if line, ok := forms.read([]byte(lines[i%len(lines)])); ok {
			forms.count(line, &n)
		}
	}
}

func BenchmarkAccessLine(b *testing.B) {
	line := []byte(`{"time":1764.1,"host":"t1.localhost:8080","method":"POST","uri":"/json/2/x","status":200,"request_time":0.123,` +
		`"upstream_status":"200","upstream_response_time":"0.120","upstream_connect_time":"0.000","bytes":1,"request_length":2,"connection":3}`)
	for b.Loop() {
		parseAccess(line)
	}
}

func cpuOf(b *testing.B, pid int) float64 {
	b.Helper()
	return cpuTime(b, pid)
}

// Probes are made for the ways that a target names, and no others.
func TestProbes(t *testing.T) {
	var names []string
	for _, p := range Probes([]Target{
		{Component: "shared/postgres", Kind: results.KindPostgres, DSN: "x", Tenants: []string{"t1", "t2"}, Cgroup: "/g", PID: 1},
		{Component: "shared/redis", Kind: results.KindRedis, URL: "x", Cgroup: "/g"},
		{Component: "shared/ingress", Kind: results.KindIngress, Log: "x", URL: "y"},
		{Component: "shared/odoo", Kind: results.KindOdoo, Address: "x:1", Log: "x", Tenants: []string{"t1", "t2"}, Cgroup: "/own"},
		{Component: "shared/carrier", Kind: results.KindCarrier},
		{Component: "prom", Kind: results.KindPrometheus, URL: "x"},
		{Component: "bare", Kind: results.KindPostgres}, {Component: "bare", Kind: results.KindRedis}, {Component: "bare", Kind: results.KindOdoo},
	}) {
		names = append(names, p.Name())
	}
	got := strings.Join(names, ", ")
	want := "host, postgres shared/postgres, jobs t1, jobs t2, redis shared/redis, ingress shared/ingress, ingress metrics shared/ingress, " +
		"odoo log shared/odoo, prometheus prom, odoo sockets, processes, cgroup shared, cgroup shared/odoo"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
