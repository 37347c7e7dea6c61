package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// parent is the harness of TestChildDiesWithParent and of the held one.
func parent(raw string) {
	var s Spec
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	child, err := Start(context.Background(), s)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if s.Held {
		if err := child.Ready(context.Background()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(child.cmd.Process.Pid, 0)
	}
	for p := range child.Progress() {
		fmt.Println(child.cmd.Process.Pid, p.Started)
	}
	os.Exit(1) // the child must not end first
}

// kill -9 of the harness: the child ends within seconds by itself and has closed its
// tables.
func TestChildDiesWithParent(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Duration = time.Minute
	started := orphaned(t, s, 20)
	if _, err := os.Stat(filepath.Join(s.Out, "samples-load.parquet")); err != nil {
		t.Errorf("the child did not close its table: %v", err)
	}
	if n := len(ofTenant(samplesIn(t, s.Out), "t1", results.Journey)); n < started {
		t.Errorf("%d rows of at least %d iterations", n, started)
	}
}

// So does one that was ready and waited for the trial to begin.
func TestHeldChildDiesWithParent(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Held = true
	orphaned(t, s, 0)
	if all := samplesIn(t, s.Out); len(all) > 0 {
		t.Errorf("%d rows of a load that never began", len(all))
	}
}

// orphaned kills the harness of a load once so many iterations have started, waits for
// the load's end, and returns how many had.
func orphaned(t *testing.T, s Spec, atLeast int) (started int) {
	t.Helper()
	harness := exec.CommandContext(t.Context(), os.Args[0])
	harness.Env = append(os.Environ(), parentVariable+"="+mustJSON(t, s))
	out, err := harness.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := harness.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for pid == 0 || started < atLeast {
		if _, err := fmt.Fscanln(out, &pid, &started); err != nil {
			t.Fatal(err)
		}
	}
	if err := harness.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = harness.Wait() // killed
	eventually.True(t, time.Minute, "the child's end", func() bool { return ended(pid) })
	return started
}

// ended reports whether a process has ended. A zombie counts as ended.
func ended(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
