package k6

import (
	"github.com/grafana/sobek"
)

// trial() returns the parameters of the script: {tenants: [{name, role, load}], duration,
// scale, seed, ref, timeout, alone, env}. Duration and timeout are in seconds. alone is set
// when no harness started the script.
func (u *virtualUser) trial(c sobek.FunctionCall) sobek.Value {
	spec := u.process.spec
	tenants := make([]any, len(spec.Tenants))
	for i, t := range spec.Tenants {
		tenants[i] = map[string]any{"name": t.Name, "role": string(t.Role), "load": t.Load}
	}
	duration, scale := spec.Duration.Seconds(), spec.Scale
	if defaults := c.Argument(0); !empty(defaults) {
		object := u.object(defaults, "defaults as an object")
		if v := object.Get("duration"); duration == 0 && !empty(v) {
			duration = v.ToFloat()
		}
		if v := object.Get("scale"); scale == 0 && !empty(v) {
			scale = v.ToFloat()
		}
	}
	if duration == 0 {
		duration = 60
	}
	if scale == 0 {
		scale = 1
	}
	env := map[string]any{}
	for name, value := range spec.Env {
		env[name] = value
	}
	return u.vu.Runtime().ToValue(map[string]any{
		"name": spec.Name, "tenants": tenants, "duration": duration, "scale": scale, "seed": spec.Seed, "ref": spec.Ref,
		"timeout": spec.Timeout.Seconds(), "alone": u.process.alone(), "env": env,
	})
}
