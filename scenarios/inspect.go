package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"example.org/odooharness/results"
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
	stdout, stderr, err := query(ctx, spec, "inspect", "--include-system-env-vars", "--execution-requirements", "--no-color",
		spec.Script)
	if err != nil {
		return nil, err
	}
	if field := ignored(stderr.String()); field != "" {
		return nil, fmt.Errorf("inspect %s: options.%s: k6 does not know this field and ignores it; correct or remove it",
			spec.Script, field)
	}
	outline, err := readOutline(spec, stdout.Bytes())
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", spec.Script, err)
	}
	return outline, nil
}

// query runs k6 for what it prints about a script.
func query(ctx context.Context, spec Spec, args ...string) (stdout, stderr bytes.Buffer, err error) {
	cmd, ours, err := command(ctx, spec, args...)
	if err != nil {
		return stdout, stderr, err
	}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var sendErr error
	if err = start(cmd); err == nil {
		sendErr = ours.send(spec)
		err = cmd.Wait()
	}
	closeErr := ours.close()
	if err != nil {
		return stdout, stderr, explain(spec.Script, err, stderr.Bytes())
	}
	if err := errors.Join(sendErr, closeErr); err != nil {
		return stdout, stderr, fmt.Errorf("%s %s: %w", args[0], spec.Script, err)
	}
	return stdout, stderr, nil
}

// unknownOption is k6's warning of a field in the exported options that it does not know.
var unknownOption = regexp.MustCompile(`unknown fields in the options exported.*unknown field \\"([^"\\]+)`)

// ignored returns the first field of the options that k6 ignores, as k6 logs it.
func ignored(log string) string {
	if found := unknownOption.FindStringSubmatch(log); found != nil {
		return found[1]
	}
	return ""
}

func withoutCredentials(spec Spec) Spec {
	tenants := make([]Tenant, len(spec.Tenants))
	for i, t := range spec.Tenants {
		t.Password, t.Passwords, t.APIKeys = "", nil, nil
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
	sort.Slice(problems, func(i, j int) bool { return problems[i].Error() < problems[j].Error() })
	sort.Slice(outline.Planned, func(i, j int) bool {
		a, b := outline.Planned[i], outline.Planned[j]
		return a.Tenant+"\x00"+a.Journey < b.Tenant+"\x00"+b.Journey
	})
	return outline, errors.Join(problems...)
}

// planned returns the load of one k6 scenario and its length. It refuses one that belongs
// to no tenant, and one that lasts longer than its entry of the experiment.
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
	if _, known := spec.Tenant(tenant); !known && len(spec.Tenants) > 0 {
		return load, 0, noTenant(spec, name, tenant)
	}
	e, err := extentOf(spec, name, base.Executor, raw)
	if err != nil {
		return load, 0, err
	}
	load.Planned = e.arrivals
	if spec.Duration > 0 && e.length > spec.Duration+lengthSlack {
		return load, e.length, fmt.Errorf("scenario %s of the script lasts %s and its entry of the experiment %s; "+
			"write duration: %s in the entry, or end the scenario earlier", name, e.length, spec.Duration, e.length)
	}
	return load, e.length, nil
}

// lengthSlack is how much longer than its entry a script may last: scripts round.
const lengthSlack = time.Second

// noTenant is the error for a k6 scenario whose tenant is not among the entry's.
func noTenant(spec Spec, name, tenant string) error {
	var names []string
	for _, t := range spec.Tenants {
		names = append(names, t.Name)
	}
	all := strings.Join(names, ", ")
	if tenant != "" {
		return fmt.Errorf("scenario %s of the script has the tag tenant: %q; the tenants of its entry are %s", name, tenant, all)
	}
	return fmt.Errorf("scenario %s of the script has no tenant, and its entry has %s; name the scenario %s_%s, give it the "+
		"tag tenant, "+
		"or write one tenant in the entry", name, all, names[0], name)
}
