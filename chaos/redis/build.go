package redis

import (
	"fmt"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
)

// Builder makes the fault of one action on a server. The error names the field of
// the manifest.
type Builder func(target Target, parameters manifest.RedisParameters, duration time.Duration) (chaos.Fault, error)

// Builders returns the builder of each action that commands alone make, by action.
func Builders() map[string]Builder {
	return map[string]Builder{
		"pause-clients":  buildPause,
		"squeeze-memory": buildSqueeze,
		"flush": func(t Target, _ manifest.RedisParameters, _ time.Duration) (chaos.Fault, error) {
			return Flush(t), nil
		},
		"trim-stream": func(t Target, p manifest.RedisParameters, _ time.Duration) (chaos.Fault, error) {
			return TrimStream(t, p.Stream), nil
		},
	}
}

func buildPause(t Target, p manifest.RedisParameters, duration time.Duration) (chaos.Fault, error) {
	writes := p.Commands == "write"
	if !writes && duration > LongestPause {
		return nil, fmt.Errorf("spec.duration: a pause of all commands cannot be ended early, so it may last at most %v; "+
			"shorten it, write parameters: {commands: write}, or action freeze", LongestPause)
	}
	return PauseClients(t, writes, duration), nil
}

func buildSqueeze(t Target, p manifest.RedisParameters, duration time.Duration) (chaos.Fault, error) {
	bytes, percent, err := manifest.ParseMemory(p.Memory)
	if err != nil {
		return nil, fmt.Errorf("spec.parameters.memory: %w", err)
	}
	return SqueezeMemory(t, bytes, percent, p.Policy, duration), nil
}
