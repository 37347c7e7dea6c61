//go:build kubernetes

package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Call is a request that the daemon received.
type Call struct {
	Call    string          `json:"call"`
	At      time.Time       `json:"at"`
	Request json.RawMessage `json:"request"`
	Answer  json.RawMessage `json:"answer"`
}

// Calls returns the requests that the daemon received, over all its restarts.
func (c *Cluster) Calls() ([]Call, error) {
	raw, err := os.ReadFile(c.recorded)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var calls []Call
	for line := range strings.Lines(string(raw)) {
		var call Call
		if err := json.Unmarshal([]byte(line), &call); err != nil {
			continue // cut off when the daemon was killed
		}
		calls = append(calls, call)
	}
	return calls, nil
}

// request holds what decides, in all calls, whether something is in effect.
type request struct {
	ContainerID    string            `json:"containerId"`
	Target         string            `json:"target"`
	Tcs            []json.RawMessage `json:"tcs"`
	Chains         []json.RawMessage `json:"chains"`
	Actions        string            `json:"actions"`
	Rules          string            `json:"rules"`
	Enable         bool              `json:"enable"`
	CPUStressors   string            `json:"cpuStressors"`
	CPUInstance    string            `json:"cpuInstance"`
	MemoryInstance string            `json:"memoryInstance"`
}

// InEffect names what the daemon did to containers that still run, by its requests, and
// has not reverted.
func (c *Cluster) InEffect() ([]string, error) {
	calls, err := c.Calls()
	if err != nil {
		return nil, err
	}
	now := map[string]bool{}
	set := func(r request, what string, on bool) {
		key := what + " on " + orElse(r.ContainerID, r.Target)
		if delete(now, key); on {
			now[key] = true
		}
	}
	stressed := map[string]string{} // instance to what it is
	for _, call := range calls {
		var r, a request
		if err := json.Unmarshal(call.Request, &r); err != nil {
			return nil, fmt.Errorf("read %s: %w", call.Call, err)
		}
		if len(call.Answer) > 0 {
			if err := json.Unmarshal(call.Answer, &a); err != nil {
				return nil, fmt.Errorf("read the answer of %s: %w", call.Call, err)
			}
		}
		switch call.Call {
		case "SetTcs":
			set(r, "traffic control", len(r.Tcs) > 0)
		case "SetIptablesChains":
			set(r, "iptables", len(r.Chains) > 0)
		case "ApplyIOChaos":
			set(r, "IO faults", r.Actions != "" && r.Actions != "null" && r.Actions != "[]")
		case "ApplyHttpChaos":
			set(r, "HTTP faults", r.Rules != "" && r.Rules != "null" && r.Rules != "[]")
		case "SetTimeOffset", "RecoverTimeOffset":
			set(r, "time offset", call.Call == "SetTimeOffset")
		case "SetDNSServer":
			set(r, "name server", r.Enable)
		case "ExecStressors":
			if !over(call.At, r.CPUStressors) {
				stressed[a.CPUInstance+a.MemoryInstance] = "stress on " + r.Target
			}
		case "CancelStressors":
			delete(stressed, r.CPUInstance+r.MemoryInstance)
		case "Started":
			clear(stressed) // they are children of the daemon, which get SIGTERM when it dies
		}
	}
	for _, what := range stressed {
		now[what] = true
	}
	var names []string
	for what := range now {
		if runs(what) {
			names = append(names, what)
		}
	}
	slices.Sort(names)
	return names, nil
}

// over reports whether stress-ng has ended by its own --timeout.
func over(began time.Time, options string) bool {
	_, after, limited := strings.Cut(options, "--timeout ")
	if !limited {
		return false
	}
	text, _, _ := strings.Cut(after, " ")
	limit, err := time.ParseDuration(text)
	return err == nil && time.Since(began) > limit
}

// Trap makes a part die the next time the daemon has carried out a call. The part dies
// before the daemon answers, and so before the controller can record the call.
func (c *Cluster) Trap(call, part string) error {
	p, ok := c.parts[part]
	if !ok {
		return fmt.Errorf("set a trap for %s: it does not run", part)
	}
	return os.WriteFile(c.trap(), fmt.Appendf(nil, "%s %d", call, p.cmd.Process.Pid), 0o600)
}

func (c *Cluster) trap() string { return filepath.Join(c.Dir, "trap") }

// runs reports whether the container at the end of a line still runs. A container that has
// ended took the fault with it.
func runs(what string) bool {
	_, container, _ := strings.Cut(what, "process://")
	var pid int
	if _, err := fmt.Sscanf(container, "%d", &pid); err != nil {
		return true
	}
	return syscall.Kill(pid, 0) == nil
}

func orElse(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
