// Command mutate breaks the code on purpose, one guarantee at a time, and demands that a
// test notices.
//
//  1. It reads .ci/mutants. Each mutant is an edit of one file, the tests that must fail
//     because of it, and the guarantee that it breaks.
//  2. It runs all these tests without an edit: they must pass. With -tested somebody has
//     just done that.
//  3. For each mutant it writes the edited file to a temporary folder and runs the tests
//     with go test -overlay. The work tree is never touched.
//     With -within, those that have not begun in time are left out, others each day.
//  4. A mutant whose tests fail has died. One whose tests pass has survived, which is an
//     error, as is one that does not compile or whose old text is not found once.
//
// For example, all mutants of one file, or one mutant:
//
//	go run ./internal/mutate analyzer/latency/
//	go run ./internal/mutate 'intended start'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

func main() {
	list := flag.String("list", ".ci/mutants", "the list of mutants")
	together := flag.Int("p", 2, "mutants tested at the same time")
	tested := flag.Bool("tested", false, "the tests have just passed without an edit: do not run them first")
	within := flag.Duration("within", 0, "begin no mutant after this time; 0: all of them")
	seed := flag.Int64("seed", time.Now().Unix()/(24*60*60), "order of the mutants with -within")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: mutate [flags] [part of a guarantee, file or package]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, options{list: *list, chosen: flag.Args(), together: *together, tested: *tested,
		within: *within, seed: *seed}, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options select the mutants and how they are tested.
type options struct {
	list     string   // file
	chosen   []string // parts of a guarantee, file or package; empty: all
	together int      // mutants at the same time
	tested   bool     // the tests have passed without an edit

	within time.Duration // in which mutants begin; 0: no limit
	seed   int64         // of their order, with within
}

// run tests the chosen mutants of a list and prints a line for each.
func run(ctx context.Context, o options, out io.Writer) error {
	raw, err := os.ReadFile(o.list)
	if err != nil {
		return err
	}
	all, err := parse(o.list, string(raw))
	if err != nil {
		return err
	}
	all = choose(all, o.chosen)
	if len(all) == 0 {
		return fmt.Errorf("%s: no mutant matches %s", o.list, strings.Join(o.chosen, ", "))
	}
	dir, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	if !o.tested {
		if err := passUnchanged(ctx, all, o.together); err != nil {
			return err
		}
		fmt.Fprintf(out, "unchanged, the tests pass (%.0f s)\n", time.Since(began).Seconds())
	}

	if o.within > 0 {
		rand.New(rand.NewPCG(uint64(o.seed), 0)).Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	}
	problems := make([]error, len(all))
	var left atomic.Int64
	var group errgroup.Group
	group.SetLimit(o.together)
	for i, m := range all {
		group.Go(func() error {
			if o.within > 0 && i > 0 && time.Since(began) > o.within { // the first always begins
				left.Add(1)
				return nil
			}
			start := time.Now()
			problems[i] = m.dies(ctx, dir)
			if problems[i] == nil {
				fmt.Fprintf(out, "died      %4.1f s  %s\n", time.Since(start).Seconds(), m)
			}
			return nil
		})
	}
	_ = group.Wait() // the functions return nil
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if n := int(left.Load()); n > 0 {
		fmt.Fprintf(out, "%d of %d mutants died (%.0f s), %d did not begin within %v; -seed %d has this order\n",
			len(all)-n, len(all), time.Since(began).Seconds(), n, o.within, o.seed)
		return nil
	}
	fmt.Fprintf(out, "all %d mutants died (%.0f s)\n", len(all), time.Since(began).Seconds())
	return nil
}

// choose keeps the mutants in which one of the texts occurs; no text keeps all.
func choose(all []mutant, texts []string) []mutant {
	if len(texts) == 0 {
		return all
	}
	var kept []mutant
	for _, m := range all {
		for _, text := range texts {
			if strings.Contains(m.String(), text) {
				kept = append(kept, m)
				break
			}
		}
	}
	return kept
}
