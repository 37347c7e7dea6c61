package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
)

// ErrNoRun is returned for a place without a run.
var ErrNoRun = errors.New("there is no run")

// Fetch copies the run that the store's place names to root/<experiment>/<utc>-<seed>,
// and returns that folder. The place may end in latest. Fetch replaces files of an
// earlier fetch. A run that goes on, or whose harness was killed, is copied as far as it is.
func (s *Store) Fetch(ctx context.Context, root string) (dir string, err error) {
	from := s.Prefix
	if path.Base(from) == latest {
		name, err := s.newest(ctx)
		if err != nil {
			return "", err
		}
		from = path.Join(path.Dir(from), name)
	}
	dir = filepath.Join(root, path.Base(path.Dir(from)), path.Base(from))
	all, err := s.list(ctx, from)
	if err != nil {
		return "", err
	}
	if !slices.Contains(all, manifest) {
		return "", fmt.Errorf("%s: %w: it has no manifest", s, ErrNoRun)
	}
	// Rows are sent before the documents that count on them, and fetched after them.
	if err := together(ctx, s.documents(all, from, dir)); err != nil {
		return "", err
	}
	for range attempts {
		if all, err = s.list(ctx, from); err != nil {
			return "", err
		}
		if err = together(ctx, s.rows(all, from, dir)); err == nil {
			return dir, tidy(dir, all)
		}
		if !isMissing(err) {
			return "", err
		}
	}
	return "", fmt.Errorf("the run changes while it is fetched; try again: %w", err)
}

// attempts bounds how often the rows of a run are listed: a table that is joined replaces parts
// that were listed.
const attempts = 5

// documents are the tasks that fetch what counts on rows.
func (s *Store) documents(all []string, from, dir string) (tasks []task) {
	for _, name := range all {
		if isRows(name) {
			continue
		}
		tasks = append(tasks, func(ctx context.Context) error {
			if err := s.get(ctx, from, name, dir); !isMissing(err) {
				return err
			}
			return nil // it was removed
		})
	}
	return tasks
}

// rows are the tasks that fetch tables, their parts, and logs.
func (s *Store) rows(all []string, from, dir string) (tasks []task) {
	logs := map[string][]string{}
	for _, name := range all {
		if log, _, piece := strings.Cut(name, pieces+"/"); piece {
			logs[log] = append(logs[log], name)
		} else if isRows(name) {
			tasks = append(tasks, func(ctx context.Context) error { return s.get(ctx, from, name, dir) })
		}
	}
	for log, parts := range logs {
		if slices.Contains(all, log) {
			continue // it came whole
		}
		tasks = append(tasks, func(ctx context.Context) error {
			return s.join(ctx, from, parts, filepath.Join(dir, filepath.FromSlash(log)))
		})
	}
	return tasks
}

// isRows reports whether an object has rows or lines of a trial.
func isRows(name string) bool {
	return path.Ext(name) == table || isLog(name) || strings.Contains(name, pieces+"/")
}

// isMissing reports whether an object was removed since it was listed.
func isMissing(err error) bool {
	var response minio.ErrorResponse
	return errors.As(err, &response) && response.Code == minio.NoSuchKey
}

// list names the objects of a run, without its address.
func (s *Store) list(ctx context.Context, from string) (all []string, err error) {
	for object := range s.client.ListObjects(ctx, s.Bucket, minio.ListObjectsOptions{Prefix: from + "/", Recursive: true}) {
		if object.Err != nil {
			return nil, fmt.Errorf("list %s: %w", s, object.Err)
		}
		name := strings.TrimPrefix(object.Key, from+"/")
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("the object %q would leave the folder", object.Key)
		}
		all = append(all, name)
	}
	return all, nil
}

// get copies an object of a run.
func (s *Store) get(ctx context.Context, from, name, dir string) error {
	to := filepath.Join(dir, filepath.FromSlash(name))
	if err := s.client.FGetObject(ctx, s.Bucket, path.Join(from, name), to, minio.GetObjectOptions{}); err != nil {
		return fmt.Errorf("fetch %s: %w", name, err)
	}
	return nil
}

// join writes the pieces of a log as one file. Their names are their places, with digits that
// sort.
func (s *Store) join(ctx context.Context, from string, parts []string, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	slices.Sort(parts)
	for _, part := range parts {
		object, err := s.client.GetObject(ctx, s.Bucket, path.Join(from, part), minio.GetObjectOptions{})
		if err != nil {
			return fmt.Errorf("fetch %s: %w", part, err)
		}
		_, err = io.Copy(file, object)
		if err := errors.Join(err, object.Close()); err != nil {
			return fmt.Errorf("fetch %s: %w", part, err)
		}
	}
	return nil
}

// tidy removes rows of an earlier fetch that are no longer in the store: of a run that went on.
func tidy(dir string, all []string) error {
	there := map[string]bool{}
	for _, name := range all {
		log, _, _ := strings.Cut(name, pieces+"/")
		there[log] = true
	}
	return filepath.WalkDir(filepath.Join(dir, "trials"), func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil || there[filepath.ToSlash(relative)] {
			return err
		}
		return os.Remove(name)
	})
}

// newest reads the name of the newest run of an experiment.
func (s *Store) newest(ctx context.Context) (string, error) {
	object, err := s.client.GetObject(ctx, s.Bucket, s.Prefix, minio.GetObjectOptions{})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", s, err)
	}
	defer object.Close()
	name, err := io.ReadAll(io.LimitReader(object, 1<<10))
	if isMissing(err) {
		return "", fmt.Errorf("%s: %w", s, ErrNoRun)
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", s, err)
	}
	if text := string(name); text == path.Base(text) && filepath.IsLocal(text) {
		return text, nil
	}
	return "", fmt.Errorf("%s names no run: %q", s, name)
}
