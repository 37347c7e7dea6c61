package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Trap is a file that may hold "CALL PID". The next time the daemon has carried out the
// call, and before it answers, the process is killed and the trap removed.
type Trap string

func (t Trap) spring(name string) error {
	raw, err := os.ReadFile(string(t))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	call, what, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
	if call != name {
		return nil
	}
	if err := os.Remove(string(t)); err != nil {
		return err
	}
	pid, err := strconv.Atoi(what)
	if err != nil || pid <= 1 {
		return fmt.Errorf("trap %q is not CALL PID", raw)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	return fmt.Errorf("process %d was killed before %s was answered", pid, name)
}
