package chaos

import (
	"context"
	"errors"
	"strings"
)

// All is one fault on several targets: every verb is applied to each in turn, a
// proof is shown when each shows it. A single fault is returned as it is.
func All(faults ...Fault) Fault {
	if len(faults) == 1 {
		return faults[0]
	}
	return all(faults)
}

type all []Fault

// Prepare stops at the first refusal: nothing has been touched yet.
func (a all) Prepare(ctx context.Context) error {
	for _, f := range a {
		if err := f.Prepare(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Inject stops at the first failure; what was injected before is reverted by
// Recover, as after any failed Inject.
func (a all) Inject(ctx context.Context) error {
	for _, f := range a {
		if err := f.Inject(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a all) InEffect(ctx context.Context) (Proof, error) {
	return a.prove(ctx, Fault.InEffect)
}

// Recover tries every fault, also after an error of another.
func (a all) Recover(ctx context.Context) error {
	var problems []error
	for _, f := range a {
		problems = append(problems, f.Recover(ctx))
	}
	return errors.Join(problems...)
}

func (a all) Recovered(ctx context.Context) (Proof, error) {
	return a.prove(ctx, Fault.Recovered)
}

func (a all) Close(ctx context.Context) error {
	var problems []error
	for _, f := range a {
		problems = append(problems, f.Close(ctx))
	}
	return errors.Join(problems...)
}

// Within implements [Bounded] for those faults that are.
func (a all) Within(ctx context.Context) error {
	var problems []error
	for _, f := range a {
		if bounded, ok := f.(Bounded); ok {
			problems = append(problems, bounded.Within(ctx))
		}
	}
	return errors.Join(problems...)
}

func (a all) prove(ctx context.Context, check func(Fault, context.Context) (Proof, error)) (Proof, error) {
	whole := Proof{Shown: len(a) > 0}
	var evidence []string
	for _, f := range a {
		proof, err := check(f, ctx)
		if err != nil {
			return Proof{}, err
		}
		whole.Shown, whole.Noted = whole.Shown && proof.Shown, whole.Noted || proof.Noted
		evidence = append(evidence, proof.Evidence)
	}
	whole.Evidence = strings.Join(evidence, "; ")
	return whole, nil
}
