package conduct

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Look judges what a run has recorded so far in its folder. left is how many replicates it
// may still run.
type Look func(dir string, left int) (Outlook, error)

// Outlook is how far the primary questions of an experiment are answered.
type Outlook []Question

// Question is one primary question.
type Question struct {
	Text    string // e.g. "Is an abiding tenant of shared slowed down by more than 2×?"
	Answer  string // the figure so far, or why there is none
	Decided bool
	Chance  float64 // that the replicates left decide it, 0 to 1; NaN when it cannot be determined
}

// hopeless is the chance below which the replicates left are not worth their time.
const hopeless = 0.05

// replicates runs the trials of the plan. With a stopping rule it looks after each whole
// replicate, so that all setups have as many trials, and ends the run when the rule decides it.
func (r *run) replicates(ctx context.Context, e *spec.Experiment, trials []plan.Trial) error {
	var problems []error
	for i, t := range trials {
		if ctx.Err() != nil {
			problems = append(problems, context.Cause(ctx))
			break
		}
		if err := r.trial(ctx, e, t, len(trials)); err != nil {
			problems = append(problems, fmt.Errorf("trial %s: %w", t.Name, err))
			if rest := len(trials) - i - 1; errors.As(err, new(unusable)) && rest > 0 {
				problems = append(problems, notBegun(rest, t.Setup))
				break
			}
		}
		whole := i+1 == len(trials) || trials[i+1].Replicate != t.Replicate
		if !whole || ctx.Err() != nil {
			continue
		}
		over, err := r.replicateEnded(e, t.Replicate)
		problems = append(problems, err)
		if over {
			break
		}
	}
	return errors.Join(problems...)
}

// notBegun is the error of the trials after one whose setup cannot be used.
func notBegun(trials int, setup string) error {
	if trials == 1 {
		return fmt.Errorf("1 trial was not begun: it needs setup %s, or would have nothing to be compared with", setup)
	}
	return fmt.Errorf("%d trials were not begun: they need setup %s, or would have nothing to be compared with", trials, setup)
}

// replicateEnded records what is known after a whole replicate, and reports whether the run
// is over.
func (r *run) replicateEnded(e *spec.Experiment, replicate int) (over bool, err error) {
	if replicate == 1 && r.History != nil {
		if err := r.remember(); err != nil {
			return false, err
		}
	}
	if e.Stopping == nil || replicate < e.Stopping.AtLeast {
		return false, nil
	}
	reason := r.look(replicate, e.Replicates)
	if reason == "" {
		return false, nil
	}
	return true, r.stopped(replicate, reason)
}

// remember records how much earlier runs varied. The versions of all targets are known then,
// and nothing of this run was judged yet.
func (r *run) remember() error {
	priors, err := r.History(r.manifest)
	if err != nil {
		r.caveat(fmt.Sprintf("Earlier runs could not be read: %v. The stated assumption on how much trials vary is used.", err))
	}
	r.manifest.Priors = priors
	return r.out.WriteManifest(r.manifest)
}

// look judges how far the primary questions are answered after a replicate, and returns the
// reason to end the run, or "". A look that fails is no reason to end it.
func (r *run) look(replicate, most int) string {
	left := most - replicate
	if left == 0 {
		return "The largest number of replicates was run."
	}
	if r.Look == nil {
		return ""
	}
	outlook, err := r.Look(r.out.Dir, left)
	if err != nil {
		r.caveat(fmt.Sprintf("The look after replicate %d failed, and the run went on: %v.", replicate, err))
		r.Watch.Print(fmt.Sprintf("look after replicate %d: %v", replicate, err))
		return ""
	}
	for _, line := range outlook.lines(replicate, most) {
		r.Watch.Print(line)
	}
	return outlook.reason()
}

// reason is why a run ends with this outlook, "" when it goes on. Without a question it goes
// on: nothing could be judged yet.
func (o Outlook) reason() string {
	var open []string
	for _, q := range o {
		switch {
		case q.Decided:
		case q.Chance < hopeless:
			open = append(open, q.Text)
		default:
			return ""
		}
	}
	switch {
	case len(o) == 0:
		return ""
	case len(open) == 0:
		return "Every primary question is decided."
	}
	return fmt.Sprintf("The replicates left decide with a chance below %.0f %%: %s", 100*hopeless, strings.Join(open, " "))
}

// lines words the outlook for a person.
func (o Outlook) lines(replicate, most int) []string {
	decided := 0
	for _, q := range o {
		if q.Decided {
			decided++
		}
	}
	all := []string{fmt.Sprintf("after replicate %d of at most %d: %d of %d primary questions decided",
		replicate, most, decided, len(o))}
	for _, q := range o {
		state := "decided  "
		if !q.Decided {
			state = "undecided"
		}
		line := strings.TrimRight(fmt.Sprintf("  %s  %s %s", state, q.Text, q.Answer), " ")
		if !q.Decided && q.Chance >= 0 {
			line += fmt.Sprintf(" The replicates left decide it with a chance of %.0f %%.", 100*q.Chance)
		}
		all = append(all, line)
	}
	return all
}

// stopped records after how many replicates the run ended, and why.
func (r *run) stopped(replicates int, reason string) error {
	r.manifest.Stopping.Replicates, r.manifest.Stopping.Reason = replicates, reason
	if r.manifest.Stopping.Early() {
		r.Watch.Print(fmt.Sprintf("the run ends after replicate %d: %s", replicates, reason))
	}
	return r.out.WriteManifest(r.manifest)
}

// History returns how much trials varied in earlier runs like the one of a manifest.
type History func(m results.Manifest) ([]results.Prior, error)
