package proctree

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	// proc(5): the name may hold spaces and parentheses; start time is field 22.
	s, err := parse([]byte("42 (a) b (c) S 1 40 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 100 200"))
	if err != nil {
		t.Fatal(err)
	}
	want := Stat{Identity: Identity{PID: 42, Start: 987654, Name: "a) b (c"}, Parent: 1, Group: 40, Session: 41}
	if s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	for _, bad := range []string{"", "42", "42 (a", "42 (a) S 1 2", "x (a) S 1 40 41 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 9 1 2"} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q was parsed", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("42 (a) b (c) S 1 40 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 100 200"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, err := parse(raw); err == nil && len(raw) < len(s.Name) {
			t.Errorf("a name longer than the input: %q", s.Name)
		}
	})
}

// Kill reaches what has left the group and what has left the session, and returns what
// it ended.
func TestKill(t *testing.T) {
	// A leader with a child in its group and one in a session of its own; the
	// children print their numbers.
	cmd := exec.Command("sh", "-c", `sleep 300 & echo $!; setsid sh -c 'echo $$; exec sleep 300' & wait`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	var pids [2]int
	r := bufio.NewReader(out)
	for i := range pids {
		if _, err := fmt.Fscanln(r, &pids[i]); err != nil {
			t.Fatal(err)
		}
	}
	leader, err := Of(cmd.Process.Pid)
	if err != nil || !leader.Alive() {
		t.Fatalf("leader %+v, %v: want it alive", leader, err)
	}
	go func() { ended <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	killed, err := Kill(ctx, []Identity{leader})
	if err != nil {
		t.Fatal(err)
	}
	<-ended
	if len(killed) != 3 {
		t.Errorf("killed %+v, want three", killed)
	}
	for _, pid := range pids {
		if id, err := Of(pid); err == nil && id.Alive() {
			t.Errorf("%d lives", pid)
		}
	}
	if leader.Alive() {
		t.Error("the leader lives")
	}
}

// A number that now names another process is left alone.
func TestKillSparesRecycledNumbers(t *testing.T) {
	cmd := exec.Command("sleep", "300")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	now, err := Of(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	earlier := now
	earlier.Start-- // it started before, and has ended
	if earlier.Alive() {
		t.Error("another process passes for the recorded one")
	}
	// A newer process in the group of a recorded leader is its own, but the leader's
	// number itself must name the leader.
	killed, err := Kill(t.Context(), []Identity{earlier})
	if err != nil || len(killed) != 0 || !now.Alive() {
		t.Errorf("killed %+v, %v; want nothing", killed, err)
	}
}
