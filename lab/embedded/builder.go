package embedded

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/embedded/weakness"
	"example.org/odooharness/results"
)

// Caveat is in every report on the embedded target.
const Caveat = "The figures describe the embedded target, not Odoo."

// tenth is the share of Odoo's service times where the builder sets none.
const tenth = 0.1

// Builder builds labs of kind embedded. Its zero value is ready to use.
type Builder struct {
	// Cache keeps the prepared database cluster; empty: odoo-harness in the user's
	// cache folder.
	Cache string
	// Executable is the program that has the commands `lab embedded-odoo`,
	// `lab ingress`, ...; empty: this one.
	Executable string
	// Scale is the share of Odoo's service times; 0: a tenth.
	Scale float64
}

var _ lab.Builder = Builder{}

// Build prepares every stack of the lab. On error nothing is left.
func (b Builder) Build(ctx context.Context, spec lab.Spec, dir string, log *slog.Logger) (_ *lab.Stack, err error) {
	tools, err := findTools()
	if err != nil {
		return nil, err
	}
	shares, note, err := divide(spec)
	if err != nil {
		return nil, err
	}
	if b.Executable == "" {
		if b.Executable, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this program: %w", err)
		}
	}
	template, err := ensureTemplate(ctx, b.Cache, tools, log)
	if err != nil {
		return nil, err
	}
	data, err := dataFolder(spec.Name, dir, tools.user)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(data))
		}
	}()
	log.Info(fmt.Sprintf("cloning the database cluster for %d stacks", len(shares)))
	parts := make([]*stack, len(shares))
	var group errgroup.Group
	group.SetLimit(2)
	for i, share := range shares {
		parts[i], err = b.design(ctx, spec, share, template, filepath.Join(dir, share.Stack), filepath.Join(data, share.Stack))
		if err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		group.Go(parts[i].prepare)
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	stack := assemble(parts)
	stack.Folders = []string{data}
	stack.CPUNote = strings.Join(slices.DeleteFunc([]string{note,
		"the embedded target waits instead of computing: its CPU is not limited"}, func(s string) bool { return s == "" }), "; ")
	stack.Versions = map[string]string{
		"odoo": "19.0 (embedded target)", "postgresql": tools.version, "redis": tools.redisVersion(),
	}
	stack.Caveats = caveats(spec, tools)
	return stack, nil
}

// divide checks the spec and divides it into stacks.
func divide(spec lab.Spec) ([]lab.Share, string, error) {
	problems := []error{weakness.Check(spec.Weaknesses)}
	if spec.Pooler {
		problems = append(problems, errors.New("the embedded lab has no PgBouncer; use --kind odoo"))
	}
	if spec.Ingress != "" {
		problems = append(problems, errors.New("the embedded lab has an ingress of its own; use --kind odoo"))
	}
	if spec.CronWorkers > 0 {
		problems = append(problems, errors.New("the embedded lab has no scheduled jobs; use --kind odoo"))
	}
	if spec.Standby {
		problems = append(problems, errors.New("the embedded lab has no standby; use --kind odoo"))
	}
	shares, note, err := lab.Divide(spec)
	return shares, note, errors.Join(append(problems, err)...)
}

func caveats(spec lab.Spec, t tools) []string {
	all := []string{Caveat, "The lab and the load generator share one machine."}
	if t.redis == "" {
		all = append(all, "Redis is an imitation in memory: redis-server is not installed.")
	}
	for _, w := range weakness.All() {
		if slices.Contains(spec.Weaknesses, w.Name) {
			all = append(all, fmt.Sprintf("Weakness planted on purpose: %s (%s).", w.Name, w.Description))
		}
	}
	return all
}

// dataFolder is where the servers keep their files: in the lab's folder, or in the
// temporary folder when they run under another user without access to the lab's
// folder.
func dataFolder(name, dir string, u user) (string, error) {
	if !u.other {
		data := filepath.Join(dir, "data")
		return data, os.MkdirAll(data, 0o700)
	}
	data, err := os.MkdirTemp("", "odoo-harness-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	return data, os.Chmod(data, 0o711)
}

// design chooses ports and secrets of a stack; it touches nothing yet.
func (b Builder) design(ctx context.Context, spec lab.Spec, share lab.Share, t *template, dir, data string) (*stack, error) {
	s := &stack{share: share, spec: spec, template: t, dir: dir, data: data, program: b.Executable,
		scale:         cmp.Or(b.Scale, tenth) * cmp.Or(spec.ServiceTimes, 1),
		redisPassword: rand.Text(), at: map[results.Kind]string{}, edge: map[results.Kind]string{},
		logs: filepath.Join(filepath.Dir(dir), "logs")}
	for _, kind := range []results.Kind{
		results.KindPostgres, results.KindRedis, results.KindOdoo, results.KindIngress, results.KindCarrier,
	} {
		address, err := ports.Take(ctx)
		if err != nil {
			return nil, err
		}
		s.at[kind], s.edge[kind] = address, address
		if kind == results.KindOdoo {
			continue // as in the real lab, nothing stands between ingress and Odoo
		}
		if s.edge[kind], err = ports.Take(ctx); err != nil {
			return nil, err
		}
	}
	s.jobs, s.jobsEdge = s.at[results.KindRedis], s.edge[results.KindRedis]
	var extra []*string
	if share.Bulk > 0 {
		extra = append(extra, &s.bulk)
	}
	if spec.JobsRedis {
		extra = append(extra, &s.jobs, &s.jobsEdge)
	}
	for _, address := range extra {
		var err error
		if *address, err = ports.Take(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// writeConfig writes a configuration that holds credentials.
func writeConfig[T any](path string, value T) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// readyLimit bounds one look at a server that is being prepared.
const readyLimit = 30 * time.Second
