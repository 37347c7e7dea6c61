package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// doctorName is the name that a run reads in the claim of doctor.
const doctorName = "harness doctor"

// ExamineServers searches the servers of a setup for faults that a crash has left, prints
// what it has searched and found, and reverts it with sweep. Faults of a run that lives
// are listed and stay. It returns how many faults are left now.
func ExamineServers(ctx context.Context, s spec.Setup, sweep bool, out io.Writer) (left int, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	d := local.New(searchedParts(s, out)).Insured(local.Owner{Notes: FaultNotes()}, nil)
	e := examination{out: out, sweep: sweep}
	processes, err := d.LeftProcesses()
	e.problems = append(e.problems, err)
	e.examine(ctx, processes, false) // first: what is stopped can be neither claimed nor searched
	claim, err := postgres.NewClaim(ctx, doctorName, d.Servers()...)
	if err != nil {
		fmt.Fprintf(out, "in use: %v\n", err)
	}
	defer claim.Close(ctx)
	found, err := d.LeftInServers(ctx)
	e.problems = append(e.problems, err)
	e.examine(ctx, found, claim == nil)
	e.folders()
	err = errors.Join(e.problems...)
	where := ""
	if err != nil {
		where = " where it could be searched"
	}
	fmt.Fprintf(out, "%s%s: %d found, %d reverted, %d in effect for a run\n", faultsLeft(e.left), where, e.found, e.reverted,
		e.living)
	return e.left, err
}

func faultsLeft(n int) string {
	switch n {
	case 0:
		return "no fault is left"
	case 1:
		return "1 fault is left"
	}
	return fmt.Sprintf("%d faults are left", n)
}

// searchedParts describes the components without their proxies, and prints what is
// searched in each. Nothing is opened.
func searchedParts(s spec.Setup, out io.Writer) (parts []local.Part) {
	for _, c := range s.Components {
		part := local.Part{Component: component(s, c), DSN: secret.Text(os.Getenv(c.DSNEnv)),
			RedisURL: secret.Text(os.Getenv(c.URLEnv))}
		switch {
		case c.Kind == results.KindPostgres && part.DSN != "":
			fmt.Fprintf(out, "%s: searched for connection limits, paused replay and sessions of faults\n", c.Name)
		case c.Kind == results.KindRedis && part.RedisURL != "":
			fmt.Fprintf(out, "%s: searched for a lowered maxmemory\n", c.Name)
		case c.Kind == results.KindPostgres || c.Kind == results.KindRedis:
			fmt.Fprintf(out, "%s: not searched, because the setup's dsnEnv or urlEnv is not set\n", c.Name)
		}
		if c.PIDFile != "" {
			part.Process, part.Foreign = pidFile(c), true
			fmt.Fprintf(out, "%s: its process (%s) searched for a stop\n", c.Name, c.PIDFile)
		}
		parts = append(parts, part)
	}
	return parts
}

// examination is what doctor has seen.
type examination struct {
	out                           io.Writer
	sweep                         bool
	found, living, reverted, left int
	problems                      []error
}

// examine lists faults, and reverts those that are left. Those in use are of a run that
// lives.
func (e *examination) examine(ctx context.Context, found []mark.Left, inUse bool) {
	for _, l := range found {
		e.found++
		if inUse || l.Living(time.Now()) {
			e.living++
			fmt.Fprintf(e.out, "in effect: %s\n", l)
			continue
		}
		fmt.Fprintf(e.out, "left: %s\n", l)
		if !e.sweep {
			e.left++
			fmt.Fprintf(e.out, "  --sweep reverts it; by hand: %s\n", l.ByHand)
			continue
		}
		if err := l.Revert(ctx); err != nil {
			e.left++
			e.problems = append(e.problems, fmt.Errorf("%s could not be reverted: %w; by hand: %s", l, err, l.ByHand))
			continue
		}
		e.reverted++
		fmt.Fprintf(e.out, "reverted: %s: %s\n", l.Component, l.State)
	}
}

// folders lists the folders of killed guards, which hold no fault.
func (e *examination) folders() {
	if !e.sweep {
		left, err := leftFolders()
		e.problems = append(e.problems, err)
		for _, dir := range left {
			fmt.Fprintf(e.out, "folder %s of a guard that has ended; --sweep removes it\n", dir)
		}
		return
	}
	removed, err := sweepFolders()
	e.problems = append(e.problems, err)
	for _, dir := range removed {
		fmt.Fprintf(e.out, "removed folder %s of a guard that has ended\n", dir)
	}
}
