package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
)

// ErrNoRun is returned for a place without a complete run.
var ErrNoRun = errors.New("there is no whole run")

// Fetch copies the run that the store's place names to root/<experiment>/<utc>-<seed>,
// and returns that folder. The place may end in latest. Fetch replaces files of an
// earlier fetch.
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
	whole := false
	objects := s.client.ListObjects(ctx, s.Bucket, minio.ListObjectsOptions{Prefix: from + "/", Recursive: true})
	for object := range objects {
		if object.Err != nil {
			return "", fmt.Errorf("list %s: %w", s, object.Err)
		}
		name := strings.TrimPrefix(object.Key, from+"/")
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return "", fmt.Errorf("the object %q would leave the folder", object.Key)
		}
		err := s.client.FGetObject(ctx, s.Bucket, object.Key, filepath.Join(dir, filepath.FromSlash(name)), minio.GetObjectOptions{})
		if err != nil {
			return "", fmt.Errorf("fetch %s: %w", object.Key, err)
		}
		whole = whole || name == manifest
	}
	if !whole {
		return "", fmt.Errorf("%s: %w: it has no manifest", s, ErrNoRun)
	}
	return dir, nil
}

// newest reads the name of the newest run of an experiment.
func (s *Store) newest(ctx context.Context) (string, error) {
	object, err := s.client.GetObject(ctx, s.Bucket, s.Prefix, minio.GetObjectOptions{})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", s, err)
	}
	defer object.Close()
	name, err := io.ReadAll(io.LimitReader(object, 1<<10))
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
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
