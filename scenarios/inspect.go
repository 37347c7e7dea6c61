package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/arrivals"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/wire"
)

// inspectLimit bounds the reading of a script.
const inspectLimit = time.Minute

// Inspect reads a script without running it: landmarks, arrivals, needs. The
// arrivals are exact, since they follow from the seed. Credentials are not needed.
func Inspect(ctx context.Context, spec Spec) (*Outline, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectLimit)
	defer cancel()
	spec = withoutCredentials(spec)
	cmd, ours, err := command(ctx, spec, "inspect", "--include-system-env-vars", "--execution-requirements",
		"--no-color", spec.Script)
	if err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var sendErr error
	if err = start(cmd); err == nil {
		sendErr = ours.send(spec)
		err = cmd.Wait()
	}
	closeErr := ours.close()
	if err != nil {
		return nil, explain(spec.Script, err, stderr.Bytes())
	}
	if err := errors.Join(sendErr, closeErr); err != nil {
		return nil, fmt.Errorf("inspect %s: %w", spec.Script, err)
	}
	outline, err := readOutline(spec, stdout.Bytes())
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", spec.Script, err)
	}
	return outline, nil
}

func withoutCredentials(spec Spec) Spec {
	tenants := make([]Tenant, len(spec.Tenants))
	for i, t := range spec.Tenants {
		t.Password, t.APIKeys = "", nil
		tenants[i] = t
	}
	spec.Tenants, spec.Out, spec.Documents = tenants, "", ""
	return spec
}

// readOutline reads the options that k6 inspect prints.
func readOutline(spec Spec, raw []byte) (*Outline, error) {
	var options struct {
		Scenarios map[string]json.RawMessage `json:"scenarios"`
		Ext       map[string]json.RawMessage `json:"ext"`
		Insecure  bool                       `json:"insecureSkipTLSVerify"`
	}
	if err := json.Unmarshal(raw, &options); err != nil {
		return nil, fmt.Errorf("read its options: %w", err)
	}
	extension, problems := wire.ParseExtension(options.Ext["odoo"])
	outline := &Outline{Landmarks: map[string]time.Duration{}, Needs: extension.Seed, Duration: spec.Duration,
		Insecure: options.Insecure}
	for name, at := range extension.Landmarks {
		outline.Landmarks[name] = time.Duration(at * float64(time.Second))
	}
	for name, raw := range options.Scenarios {
		load, length, err := planned(spec, name, raw)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		outline.Duration = max(outline.Duration, length)
		outline.Planned = append(outline.Planned, load)
	}
	sort.Slice(outline.Planned, func(i, j int) bool {
		a, b := outline.Planned[i], outline.Planned[j]
		return a.Tenant+"\x00"+a.Journey < b.Tenant+"\x00"+b.Journey
	})
	return outline, errors.Join(problems...)
}

// planned counts the arrivals of one k6 scenario. Of executors other than ours the
// number is not known beforehand and stays 0.
func planned(spec Spec, name string, raw []byte) (results.Load, time.Duration, error) {
	var base struct {
		Executor string            `json:"executor"`
		Tags     map[string]string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &base); err != nil {
		return results.Load{}, 0, fmt.Errorf("scenario %s: %w", name, err)
	}
	tenant, journey := spec.Split(name, base.Tags)
	load := results.Load{Scenario: spec.Name, Tenant: tenant, Journey: journey}
	if base.Executor != openarrival.Type {
		return load, 0, nil
	}
	config, err := openarrival.Parse(name, raw, nil)
	if err != nil {
		return load, 0, err
	}
	schedule := config.Schedule(arrivals.Seed(spec.Seed, spec.Name+"/"+name))
	load.Planned = schedule.Count()
	return load, config.GetStartTime() + schedule.Duration(), nil
}
