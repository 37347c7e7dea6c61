package watchdog_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/redis"
	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
)

// TestMain lets the test binary be a watchdog, and a guard that waits to be killed.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "watchdog":
		if err := watchdog.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	case len(os.Args) > 1 && os.Args[1] == "guard":
		if err := guard(os.Args[2], os.Args[3]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

// guard holds a process and stops it, and waits to be killed.
func guard(pid, note string) error {
	number, err := strconv.Atoi(pid)
	if err != nil {
		return err
	}
	p, err := proc.Read(number)
	if err != nil {
		return err
	}
	dog, err := watchdog.Start(context.Background(), os.Args[0], "watchdog")
	if err != nil {
		return err
	}
	if _, err := dog.Hold(context.Background(), watchdog.Undo{PID: p.PID, Start: p.Start, Note: note}); err != nil {
		return err
	}
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	fmt.Println("stopped")
	time.Sleep(time.Minute) // it is killed before
	return errors.New("it was not killed")
}

func sleeper(t *testing.T) proc.Process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p, err := proc.Read(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// state is nil when the process has the state.
func state(p proc.Process, want string) func() error {
	return func() error {
		now, lives := p.Now()
		if !lives || !strings.ContainsRune(want, rune(now.State)) {
			return fmt.Errorf("process %d is in state %c (lives: %v), want one of %s", p.PID, now.State, lives, want)
		}
		return nil
	}
}

// A stopped process goes on when the guard and its whole process group are killed.
func TestKilledGuard(t *testing.T) {
	p := sleeper(t)
	note := filepath.Join(t.TempDir(), "note")
	if err := os.WriteFile(note, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "guard", strconv.Itoa(p.PID), note)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "stopped\n" {
		t.Fatalf("the guard printed %q, %v", line, err)
	}
	eventually.Nil(t, time.Minute, "it is stopped", state(p, "T"))
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	eventually.Nil(t, time.Minute, "it goes on", state(p, "SR"))
	eventually.Nil(t, time.Minute, "the note is removed", func() error {
		if _, err := os.Stat(note); !errors.Is(err, os.ErrNotExist) {
			return errors.New("the note is there")
		}
		return nil
	})
}

// What was released stays as it is; what was not is reverted when the watchdog is closed.
func TestRelease(t *testing.T) {
	released, held := sleeper(t), sleeper(t)
	dog, err := watchdog.Start(t.Context(), os.Args[0], "watchdog")
	if err != nil {
		t.Fatal(err)
	}
	release, err := dog.Hold(t.Context(), watchdog.Undo{PID: released.PID, Start: released.Start})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dog.Hold(t.Context(), watchdog.Undo{PID: held.PID, Start: held.Start}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(release(), proc.SignalAll([]proc.Process{released, held}, syscall.SIGSTOP)); err != nil {
		t.Fatal(err)
	}
	if err := dog.Close(); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, time.Minute, "what was held goes on", state(held, "SR"))
	eventually.Nil(t, time.Minute, "what was released stays", state(released, "T"))
	if err := watchdog.Continue(released); err != nil {
		t.Error(err)
	}
}

// A lowered limit of memory ends with the guard.
func TestRedis(t *testing.T) {
	server := testbed.Redis(t, "t1/redis")
	target := redis.Target{Name: "t1/redis", URL: server.RedisURL, Mark: mark.New("squeeze-memory", "peak/7")}
	fault := redis.SqueezeMemory(target, 1<<20, 0, "", time.Minute)
	dog, err := watchdog.Start(t.Context(), os.Args[0], "watchdog")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dog.Hold(t.Context(), watchdog.Undo{Redis: server.RedisURL}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context()), dog.Close()); err != nil {
		t.Fatal(err)
	}
	if proof, err := fault.Recovered(t.Context()); err != nil || !proof.Shown {
		t.Errorf("after the watchdog: %+v, %v", proof, err)
	}
	if left, err := redis.Find(t.Context(), target); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if err := fault.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
