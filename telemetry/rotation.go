package telemetry

import "context"

// jobSessions bounds the sessions of the probes of background work on one server. A server
// with more tenants is read in turns: each session then reads another tenant every second.
const jobSessions = 8

// rotation reads the background work of some tenants of one server: one tenant a reading, over one
// session at a time. Tenants of a rotation of one are read every time, over a session that stays.
type rotation struct {
	tenants []*jobs
	at      int // of the tenant that was read last
}

// rotations divides the tenants of a server among its sessions.
func rotations(all []*jobs) []Probe {
	var probes []Probe
	for first := range min(len(all), jobSessions) {
		r := &rotation{}
		for i := first; i < len(all); i += jobSessions {
			r.tenants = append(r.tenants, all[i])
		}
		r.at = len(r.tenants) - 1
		probes = append(probes, r)
	}
	return probes
}

// Name is that of the tenant that was read last.
func (r *rotation) Name() string { return r.tenants[r.at].Name() }

func (r *rotation) Close() error { return r.tenants[r.at].Close() }

func (r *rotation) Read(ctx context.Context) ([]Reading, error) {
	if len(r.tenants) > 1 {
		_ = r.Close() // nothing was written
		r.at = (r.at + 1) % len(r.tenants)
	}
	return r.tenants[r.at].Read(ctx)
}
