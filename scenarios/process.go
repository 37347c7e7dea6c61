package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.org/odooharness/scenarios/k6"
)

// pipes are the ends that the harness keeps.
type pipes struct {
	orders   *os.File // written to, and kept open: it closes when the harness ends
	progress *os.File // read to its end
}

// killAfter is the time in which a stopped child must end.
const killAfter = 20 * time.Second

// command is this binary as k6. The child gets two pipes as its descriptors 3
// and 4, and its configuration as 5.
func command(ctx context.Context, spec Spec, args ...string) (*exec.Cmd, *pipes, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"k6"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = killAfter
	// The child has a process group of its own: Ctrl-C in a terminal goes to the harness,
	// which then stops the load in order. It has no death signal of the kernel, because k6
	// exits at once at a second signal, and the closed pipe already ends the child.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = environment(spec)
	ours, theirs, err := openPipes()
	if err != nil {
		return nil, nil, err
	}
	cmd.ExtraFiles = theirs
	config, err := openConfig()
	if err != nil {
		for _, f := range theirs {
			err = errors.Join(err, f.Close())
		}
		return nil, nil, errors.Join(err, ours.close())
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, config)
	cmd.Args = append(cmd.Args, "--config", "/proc/self/fd/5")
	return cmd, ours, nil
}

// openConfig returns the configuration of k6 in place of the person's own, which is
// meant for other runs. A script that names no number of virtual users has one, which
// `k6 inspect` does not know. It is in memory: nothing is left when the harness is killed.
func openConfig() (*os.File, error) {
	fd, err := unix.MemfdCreate("k6.json", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("configure k6: %w", err)
	}
	file := os.NewFile(uintptr(fd), "k6.json")
	if _, err := file.WriteString(`{"vus": 1}`); err != nil {
		return nil, errors.Join(fmt.Errorf("configure k6: %w", err), file.Close())
	}
	return file, nil
}

// environment is the child's: ours without k6's settings, which a person meant for
// other runs, and with what the script is to find in __ENV.
func environment(spec Spec) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "K6_") })
	env = append(env, k6.ChildVariable+"=1", "K6_NO_USAGE_REPORT=true", "K6_AUTO_EXTENSION_RESOLUTION=false")
	for name, value := range spec.Env {
		env = append(env, name+"="+value)
	}
	return env
}

func openPipes() (*pipes, []*os.File, error) {
	var ends []*os.File
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			for _, f := range ends {
				err = errors.Join(err, f.Close())
			}
			return nil, nil, fmt.Errorf("open pipes: %w", err)
		}
		ends = append(ends, r, w)
	}
	return &pipes{orders: ends[1], progress: ends[2]}, []*os.File{ends[0], ends[3]}, nil
}

func (p *pipes) close() error { return errors.Join(closeFile(p.orders), closeFile(p.progress)) }

// closeFile closes a pipe that may be closed already.
func closeFile(f *os.File) error {
	if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// start starts the command and closes the child's ends of the pipes here.
func start(cmd *exec.Cmd) error {
	err := cmd.Start()
	for _, f := range cmd.ExtraFiles {
		err = errors.Join(err, f.Close())
	}
	return err
}

// send writes an order to the child. The exit of a child that died before reading it is
// reported elsewhere.
func (p *pipes) send(order any) error {
	if err := json.NewEncoder(p.orders).Encode(order); err != nil && !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("send an order to k6: %w", err)
	}
	return nil
}

// explain makes an error of how a child ended, with the errors in its log.
func explain(script string, err error, log []byte) error {
	said := messages(string(log))
	if said == "" {
		return fmt.Errorf("k6 %s: %w", filepath.Base(script), err)
	}
	return fmt.Errorf("k6 %s: %w: %s", filepath.Base(script), err, said)
}

// messages are the error lines of k6's log, without its decoration.
func messages(log string) string {
	const most = 8 // errors: the later ones follow from the first
	var said []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if _, text, ok := strings.Cut(line, `level=error msg=`); ok {
			said = append(said, unquote(text))
		} else if strings.HasPrefix(line, "harness k6:") {
			said = append(said, line)
		}
	}
	return strings.Join(said[:min(len(said), most)], "; ")
}

func unquote(text string) string {
	var plain string
	end := strings.LastIndexByte(text, '"')
	if strings.HasPrefix(text, `"`) && end > 0 && json.Unmarshal([]byte(text[:end+1]), &plain) == nil {
		return strings.TrimSpace(plain)
	}
	return text
}
