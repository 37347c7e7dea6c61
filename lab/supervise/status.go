package supervise

import (
	"os"
	"path/filepath"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/lab"
)

func guardSocket(state string) string { return filepath.Join(state, "guard.sock") }

// status is the lab as it stands now.
func (s *supervisor) status() lab.Status {
	pids := map[string]int{}
	for _, c := range s.children {
		if pids[c.spec.Component] == 0 {
			pids[c.spec.Component] = c.PID()
		}
	}
	components := make([]lab.Running, len(s.stack.Components))
	copy(components, s.stack.Components)
	for i := range components {
		components[i].PID = pids[components[i].Name]
	}
	return lab.Status{
		Spec: s.spec, Supervisor: os.Getpid(), Guard: guardSocket(s.state),
		Components: components, Tenants: s.stack.Tenants,
		CPUEnforced: s.stack.CPUEnforced, CPUNote: s.stack.CPUNote,
		Versions: s.stack.Versions, Caveats: s.stack.Caveats,
	}
}

// parts describes the components to the fault driver.
func (s *supervisor) parts() []local.Part {
	parts := make([]local.Part, 0, len(s.stack.Components))
	for _, c := range s.stack.Components {
		part := local.Part{Component: c.Component, DSN: c.DSN, RedisURL: c.URL, Cgroup: c.Cgroup, WAL: c.WAL}
		if proxies := s.edges[c.Name]; len(proxies) > 0 {
			part.Proxy = proxies[0]
		}
		for _, child := range s.children {
			if child.spec.Component == c.Name {
				part.Process = child
				break
			}
		}
		parts = append(parts, part)
	}
	return parts
}
