package mark

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTextCanBeReadBack(t *testing.T) {
	m := New("connection-limit", "peak/20261130T100000Z-7").Now(30 * time.Second)
	if got := Parse(m.Text()); got != m {
		t.Errorf("read back %+v, want %+v", got, m)
	}
	if got := m.String(); !strings.HasPrefix(got, "fault connection-limit of run peak/20261130T100000Z-7, made by process ") ||
		!strings.HasSuffix(got, m.Until.Format("2006-01-02 15:04:05 UTC")) {
		t.Errorf("it reads %q", got)
	}
	if got := Parse("-1"); got.Fault != "-1" || got.Living(time.Now()) {
		t.Errorf("a text that is no mark is %+v", got)
	}
}

func TestLiving(t *testing.T) {
	ours := New("freeze", "").Now(time.Second)
	later := ours.Until.Add(time.Hour)
	if !ours.Living(later) {
		t.Error("the mark of this very process is of a dead one")
	}
	ended := ours
	ended.Process = endedProcess(t)
	if ended.Living(ours.Until.Add(-time.Second)) {
		t.Error("the mark of a process that has ended is of a living one")
	}
	reused := ours
	pid, _, _ := strings.Cut(ours.Process, ":")
	reused.Process = pid + ":1"
	if reused.Living(later) {
		t.Error("another process with the number counts as the one of the mark")
	}
	elsewhere := ended
	elsewhere.Host = "another"
	if !elsewhere.Living(ours.Until.Add(-time.Second)) || elsewhere.Living(later) {
		t.Error("a process on another host must count as living until the fault's end, and no longer")
	}
}

// endedProcess is number:start of a process that has ended.
func endedProcess(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return strings.Join([]string{strconv.Itoa(cmd.Process.Pid), "1"}, ":")
}
