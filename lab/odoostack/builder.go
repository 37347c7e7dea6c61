package odoostack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
	"example.org/odooharness/results"
)

// Builder builds labs of kind odoo. Its zero value is ready to use.
type Builder struct {
	// Cache keeps roots and templates; empty: [debian.CacheDir].
	Cache string
	// Executable is the program that has the commands `lab connector` and `lab
	// carrier`; empty: this one.
	Executable string
	// SessionTimeout is how long a worker waits for Redis; 0: without a limit, the
	// default of the session addons in use.
	SessionTimeout time.Duration
}

var _ lab.Builder = Builder{}

// Prepare makes root and template, with so much data, without building a stack: `harness lab
// build`. odoo is the major version of Odoo, 0: [lab.DefaultOdoo]. volume is one of [lab.Volumes].
func (b Builder) Prepare(ctx context.Context, odoo int, volume string, log *slog.Logger) (*debian.Root, *Template, error) {
	odoo = cmp.Or(odoo, lab.DefaultOdoo)
	if err := errors.Join(lab.CheckVolume(volume), lab.CheckOdoo(lab.Spec{Odoo: odoo, Volume: volume})); err != nil {
		return nil, nil, err
	}
	cache := b.Cache
	if cache == "" {
		var err error
		if cache, err = debian.CacheDir(); err != nil {
			return nil, nil, err
		}
	}
	root, err := debian.Ensure(ctx, cache, odoo, log)
	if err != nil {
		return nil, nil, err
	}
	template, err := EnsureTemplate(ctx, cache, root, log)
	if err == nil && volume == lab.VolumeYear {
		template, err = ensureVolume(ctx, cache, root, template, log)
	}
	if err != nil {
		return nil, nil, err
	}
	return root, template, nil
}

// Build prepares every stack of the lab under dir. On error nothing is left.
func (b Builder) Build(ctx context.Context, spec lab.Spec, dir string, log *slog.Logger) (_ *lab.Stack, err error) {
	shares, note, err := lab.Divide(spec)
	found, missing := b.findPrograms(ctx, spec)
	err = errors.Join(err, checkWeaknesses(spec.Weaknesses), lab.CheckOdoo(spec), lab.CheckIngress(spec.Ingress), missing)
	if err != nil {
		return nil, err
	}
	root, template, err := b.Prepare(ctx, spec.Odoo, spec.Volume, log)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("find the lab's folder: %w", err)
	}
	made := &rubbish{}
	defer func() {
		if err != nil {
			err = errors.Join(err, made.remove())
		}
	}()
	limits, limitNote := b.limit(spec, shares, made)
	stacks := make([]*stack, len(shares))
	for i, share := range shares {
		stacks[i], err = b.design(ctx, spec, share, limits[share.Stack], root, template, found, dir)
		if err != nil {
			return nil, err
		}
		if stacks[i].pooler != nil {
			if err = stacks[i].pooler.makeFolder(); err != nil {
				return nil, err
			}
		}
		made.folders = append(made.folders, stacks[i].data()...)
	}
	log.Info(fmt.Sprintf("cloning %d tenants into %d stacks", len(spec.Tenants), len(shares)))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(2) // each is a PostgreSQL at full speed
	for _, s := range stacks {
		group.Go(func() error {
			if err := s.prepare(groupCtx); err != nil {
				return fmt.Errorf("prepare stack %s: %w", s.share.Stack, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := assemble(stacks)
	out.CPUEnforced = limitNote == "" && spec.CPU > 0
	out.CPUNote = strings.Join(notEmpty(note, limitNote), "; ")
	out.Versions = serverVersions(root, found)
	out.Caveats = caveats(spec)
	out.Close = made.remove
	return out, nil
}

// findPrograms finds what a lab needs of the host: the harness itself, and by its options
// PgBouncer and Traefik.
func (b *Builder) findPrograms(ctx context.Context, spec lab.Spec) (found *Traefik, err error) {
	if b.Executable == "" {
		if b.Executable, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this program for the connector: %w", err)
		}
	}
	if spec.Pooler {
		err = findPooler()
	}
	if spec.Ingress == results.IngressTraefik {
		var missing error
		found, missing = FindTraefik(ctx, b.Executable)
		err = errors.Join(err, missing)
	}
	return found, err
}

// serverVersions are those of the servers that the lab runs.
func serverVersions(root *debian.Root, found *Traefik) map[string]string {
	versions := maps.Clone(root.Versions)
	if found != nil {
		delete(versions, string(results.IngressNginx))
		versions[string(results.IngressTraefik)] = found.Version
	}
	return versions
}

// limit makes a cgroup a stack. All stacks are limited, or none: a lab with some
// stacks limited would compare nothing.
func (b Builder) limit(spec lab.Spec, shares []lab.Share, made *rubbish) (groups map[string]*cgroup, note string) {
	if spec.CPU == 0 {
		return nil, "no CPU limit is set"
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return nil, "CPU shares are not enforced: " + err.Error()
	}
	controller, err := findCgroups(string(mounts), os.ReadFile)
	if err != nil {
		return nil, "CPU shares are not enforced: " + err.Error()
	}
	groups = map[string]*cgroup{}
	for _, s := range shares {
		g, err := controller.newCgroup("odoo-harness-"+spec.Name+"-"+s.Stack, s.CPU)
		if err != nil {
			return nil, "CPU shares are not enforced: " + err.Error()
		}
		made.groups = append(made.groups, g)
		groups[s.Stack] = g
	}
	return groups, ""
}

// caveats are the sentences of every report on this lab.
func caveats(spec lab.Spec) []string {
	out := []string{"The lab and the load generator share one machine."}
	for _, w := range spec.Weaknesses {
		out = append(out, "Weakness planted on purpose: "+w+".")
	}
	return out
}

func notEmpty(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// rubbish is what a lab leaves when its processes have ended.
type rubbish struct {
	folders []string
	groups  []*cgroup
}

// remove removes it, within its own time.
func (r *rubbish) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var problems []error
	for _, g := range r.groups {
		problems = append(problems, g.remove(ctx))
	}
	for _, f := range r.folders {
		if err := os.RemoveAll(f); err != nil {
			problems = append(problems, fmt.Errorf("remove the lab's data: %w", err))
		}
	}
	return errors.Join(problems...)
}
