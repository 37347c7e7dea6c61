package campaign_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.org/odooharness/internal/cli/campaign"
)

// A campaign runs what has no evidence. Here nothing is measured: c.Process(executable) in the
// place of the function runs harness run.
func Example() {
	if err := example(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// harness run hour--redis-down--short--before.yaml
	// harness run hour--redis-down--short--at.yaml
	// harness run hour--ingress-down--short--at.yaml
	// map[no evidence:6]
}

func example(ctx context.Context) error {
	out, err := os.MkdirTemp("", "campaign")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(out) }()
	c, err := campaign.Load(ctx, filepath.Join("testdata", "good.yaml"),
		campaign.Folders{Runs: filepath.Join(out, "runs"), Out: filepath.Join(out, "campaigns")})
	if err != nil {
		return err
	}
	perform := func(_ context.Context, e campaign.Experiment) error {
		fmt.Println("harness run", filepath.Base(e.File))
		return nil
	}
	if err := c.Run(ctx, campaign.Running{Perform: perform}); err != nil {
		return err
	}
	matrix, err := c.Survey(ctx, time.Now())
	if err != nil {
		return err
	}
	fmt.Println(matrix.Count())
	return nil
}
