package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// container is one container of a pod: its process, while there is one, and what
// was seen of earlier ones.
type container struct {
	name     string
	image    string // that the process was started from
	cmd      *exec.Cmd
	started  time.Time
	restarts int32
	ready    bool
	refused  string // why it could not be started
	last     *corev1.ContainerStateTerminated
	due      time.Time // when it is started again; zero: it is not
	replaced bool      // its process is being ended for a new image
}

// ended reports to the pod's goroutine that a process has ended.
type ended struct {
	container *container
	cmd       *exec.Cmd
	state     *os.ProcessState
}

// start runs the container's command in a process group of its own.
func (c *container) start(ctx context.Context, p *pod, spec corev1.Container) error {
	c.image, c.refused, c.due, c.ready = spec.Image, "", time.Time{}, false
	argv := append(append([]string{}, spec.Command...), spec.Args...)
	switch {
	case strings.Contains(spec.Image, "pause"):
		if len(argv) > 0 {
			return fmt.Errorf("exec: %q: executable file not found in $PATH", argv[0])
		}
		argv = []string{"sleep", "infinity"}
	case !strings.HasPrefix(spec.Image, "proc.local/"):
		return fmt.Errorf("image %q: this node runs proc.local/ images only", spec.Image)
	case len(argv) == 0:
		return errors.New("no command: an image of this node has none of its own")
	}
	env, err := p.environment(ctx, spec)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(p.node.Logs, p.spec.Namespace+"_"+p.spec.Name+"_"+c.name+".log"),
		os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	// Not bound to ctx: ending is the pod's business, with its grace period.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, spec.WorkingDir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd, c.started = cmd, time.Now()
	p.processes.Go(func() {
		_ = cmd.Wait() // its state has the exit code
		select {
		case p.ends <- ended{container: c, cmd: cmd, state: cmd.ProcessState}:
		case <-p.over:
		}
	})
	return nil
}

// signal sends a signal to the whole group. A group that has ended is no error.
func (c *container) signal(sig syscall.Signal) {
	if c.cmd != nil {
		_ = syscall.Kill(-c.cmd.Process.Pid, sig)
	}
}

// exited notes the end of the process, and when it is started again.
func (c *container) exited(state *os.ProcessState, policy corev1.RestartPolicy) {
	// What the container left in its group ends with it.
	c.signal(syscall.SIGKILL)
	code := int32(state.ExitCode()) // an exit code fits
	reason := "Error"
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int32(status.Signal()) // a signal fits
	}
	if code == 0 {
		reason = "Completed"
	}
	c.last = &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, ContainerID: c.id(),
		StartedAt: metav1.NewTime(c.started), FinishedAt: metav1.Now(),
	}
	c.cmd, c.ready = nil, false
	again := policy == corev1.RestartPolicyAlways || policy == corev1.RestartPolicyOnFailure && code != 0
	switch {
	case c.replaced:
		c.replaced, c.due = false, time.Now()
	case again && time.Since(c.started) > 10*time.Second:
		c.due = time.Now().Add(Backoff(0))
	case again:
		c.due = time.Now().Add(Backoff(c.restarts))
	}
}

func (c *container) id() string {
	if c.cmd == nil {
		return ""
	}
	return fmt.Sprintf("process://%d", c.cmd.Process.Pid)
}

// status is what a kubelet would report of the container.
func (c *container) status(spec corev1.Container) corev1.ContainerStatus {
	started := c.cmd != nil
	s := corev1.ContainerStatus{
		Name: c.name, Image: spec.Image, ImageID: spec.Image, ContainerID: c.id(),
		RestartCount: c.restarts, Ready: c.ready, Started: &started,
	}
	switch {
	case c.cmd != nil:
		s.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(c.started)}
	case c.refused != "":
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "RunContainerError", Message: c.refused}
	case !c.due.IsZero():
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
	case c.last != nil:
		s.State.Terminated = c.last
	default:
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}
	}
	if c.last != nil && s.State.Terminated == nil {
		s.LastTerminationState.Terminated = c.last
		if s.ContainerID == "" {
			s.ContainerID = c.last.ContainerID
		}
	}
	return s
}

// environment resolves the container's variables.
func (p *pod) environment(ctx context.Context, spec corev1.Container) ([]string, error) {
	env := os.Environ()
	for _, v := range spec.Env {
		value := v.Value
		if from := v.ValueFrom; from != nil {
			switch {
			case from.FieldRef != nil:
				label, _ := strings.CutPrefix(from.FieldRef.FieldPath, "metadata.labels['")
				value = cmp.Or(map[string]string{
					"metadata.name": p.spec.Name, "metadata.namespace": p.spec.Namespace,
					"metadata.uid": string(p.spec.UID), "status.podIP": p.node.Address, "spec.nodeName": p.node.Name,
				}[from.FieldRef.FieldPath], p.spec.Labels[strings.TrimSuffix(label, "']")])
			case from.SecretKeyRef != nil:
				secret, err := p.node.Client.CoreV1().Secrets(p.spec.Namespace).Get(ctx, from.SecretKeyRef.Name, metav1.GetOptions{})
				if err != nil {
					return nil, fmt.Errorf("environment variable %s: %w", v.Name, err)
				}
				value = string(secret.Data[from.SecretKeyRef.Key])
			default:
				return nil, fmt.Errorf("environment variable %s: this node knows fieldRef and secretKeyRef", v.Name)
			}
		}
		env = append(env, v.Name+"="+value)
	}
	return env, nil
}
