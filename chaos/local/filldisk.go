package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/postgres"
)

// ballastName is the file that takes the space. It is next to the log's own folder,
// which holds PostgreSQL's files alone.
const ballastName = "harness-ballast"

// segmentSize is that of a file of the write-ahead log, PostgreSQL's default.
const segmentSize = 16 << 20

// fillDisk is PostgresChaos action fill-wal-disk: the file system of the write-ahead
// log is filled to the last byte.
//
//	checkpoint -> hold the log -> ballast until ENOSPC -> use up the segments that lie ready -> PANIC
//
// PostgreSQL keeps a few segments ready and continues to write in them. Switching to the
// next one until there is none uses them up. A concurrent checkpoint would make used
// segments ready again, so they are held as for a standby that has not received them.
// PostgreSQL then panics. It cannot start again without space, because the end of its
// recovery writes log, too.
//
// What is filled is bounded by that file system alone, so that it has to be one of
// its own: another is refused.
type fillDisk struct {
	part   Part
	target postgres.Target
}

func buildFillDisk(_ request, part Part) (chaos.Fault, error) {
	return &fillDisk{part: part, target: postgres.Target{Name: part.Name, DSN: part.DSN}}, nil
}

func (f *fillDisk) ballast() string { return filepath.Join(f.part.WAL, ballastName) }

// Prepare checks that the folder is a file system of its own, that the log is
// written there, and that writing works now.
func (f *fillDisk) Prepare(ctx context.Context) error {
	if err := separate(f.part.WAL); err != nil {
		return fmt.Errorf("fill the disk of %s's log: %w", f.part.Name, err)
	}
	segment, err := postgres.CurrentSegment(ctx, f.target)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(f.part.WAL, "pg_wal", segment)); err != nil {
		return fmt.Errorf("%s does not write its log to %s (any more): %w", f.part.Name, f.part.WAL, err)
	}
	return postgres.CommitWrite(ctx, f.target)
}

// separate is nil when a folder is the root of a file system.
func separate(dir string) error {
	var own, parent syscall.Stat_t
	if err := errors.Join(syscall.Stat(dir, &own), syscall.Stat(filepath.Dir(dir), &parent)); err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	if own.Dev == parent.Dev {
		return fmt.Errorf("%s lies on the same file system as %s: filling it would hit whatever else is there", dir, filepath.Dir(dir))
	}
	return nil
}

// space is what a file system has, and what of it is free for a process without
// privileges.
func space(dir string) (total, free uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("measure %s: %w", dir, err)
	}
	return s.Blocks * uint64(s.Bsize), s.Bavail * uint64(s.Bsize), nil
}

// Inject fills what is free, and then what PostgreSQL keeps ready.
func (f *fillDisk) Inject(ctx context.Context) error {
	if err := postgres.Checkpoint(ctx, f.target); err != nil { // leaves few segments to use up
		return err
	}
	release, err := postgres.HoldLog(ctx, f.target)
	if err != nil {
		return err
	}
	defer release()
	if err := f.fill(ctx); err != nil {
		return err
	}
	total, _, err := space(f.part.WAL)
	if err != nil {
		return err
	}
	for range 2 * (total/segmentSize + 1) {
		err := postgres.NextSegment(ctx, f.target)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // it found no room: InEffect looks at what that did
		}
	}
	return fmt.Errorf("%s still finds room for its log after %d segments", f.part.Name, 2*(total/segmentSize+1))
}

// fill writes until nothing more fits, in ever smaller pieces.
func (f *fillDisk) fill(ctx context.Context) (err error) {
	file, err := os.OpenFile(f.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write the ballast: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		piece := make([]byte, size)
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, err := file.Write(piece)
			if errors.Is(err, syscall.ENOSPC) {
				break
			}
			if err != nil {
				return fmt.Errorf("write the ballast: %w", err)
			}
		}
	}
	return nil
}

// InEffect shows that nothing is free and that a write is refused.
func (f *fillDisk) InEffect(ctx context.Context) (chaos.Proof, error) {
	total, free, err := space(f.part.WAL)
	if err != nil {
		return chaos.Proof{}, err
	}
	refused := postgres.CommitWrite(ctx, f.target)
	if ctx.Err() != nil {
		return chaos.Proof{}, ctx.Err()
	}
	evidence := fmt.Sprintf("%s: %d KiB of %d MiB are free for its log", f.part.Name, free>>10, total>>20)
	if refused == nil {
		return chaos.Proof{Evidence: evidence + ", and it still writes"}, nil
	}
	return chaos.Proof{Shown: free == 0, Evidence: fmt.Sprintf("%s, a write is refused: %v", evidence, refused)}, nil
}

// Recover removes the ballast. PostgreSQL has ended by then, and its supervisor
// starts it.
func (f *fillDisk) Recover(context.Context) error {
	if err := os.Remove(f.ballast()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the ballast: %w", err)
	}
	return nil
}

// Recovered shows that the ballast is removed and that a write commits.
func (f *fillDisk) Recovered(ctx context.Context) (chaos.Proof, error) {
	if _, err := os.Stat(f.ballast()); !errors.Is(err, fs.ErrNotExist) {
		return chaos.Proof{Evidence: "the ballast is still there"}, err
	}
	total, free, err := space(f.part.WAL)
	if err != nil {
		return chaos.Proof{}, err
	}
	if err := postgres.CommitWrite(ctx, f.target); err != nil {
		return chaos.Proof{}, err
	}
	evidence := fmt.Sprintf("%s: the ballast is removed, %d of %d MiB are free for its log, a write commits",
		f.part.Name, free>>20, total>>20)
	return chaos.Proof{Shown: free > 0, Evidence: evidence}, nil
}

// Close removes the ballast once more: after whatever came before.
func (f *fillDisk) Close(ctx context.Context) error { return f.Recover(ctx) }
