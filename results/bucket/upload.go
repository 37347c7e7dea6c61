package bucket

import (
	"context"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
)

const (
	manifest = "manifest.json" // sent last: a run with one can be judged
	latest   = "latest"        // object of an experiment: the name of its newest run
	pieces   = ".pieces"       // of a log that grows; behind its name
	table    = ".parquet"      // extension of tables and of their parts
)

// Reachable returns an error when the store cannot be written to. It is called before a
// run, not after it.
func (s *Store) Reachable(ctx context.Context) error {
	ok, err := s.client.BucketExists(ctx, s.Bucket)
	if err != nil {
		return fmt.Errorf("look for bucket %s: %w", s.Bucket, err)
	}
	if !ok {
		return fmt.Errorf("there is no bucket %s; make it first", s.Bucket)
	}
	probe := path.Join(s.Prefix, ".harness-may-write")
	if err := s.put(ctx, probe, "to be removed"); err != nil {
		return err
	}
	return s.client.RemoveObject(ctx, s.Bucket, probe, minio.RemoveObjectOptions{})
}

// Upload sends the folder of a run, <experiment>/<utc>-<seed>, and returns its address.
func (s *Store) Upload(ctx context.Context, dir string) (Place, error) {
	return s.upload(ctx, dir, func(string) bool { return false })
}

// upload sends the folder of a run without the files that are there.
func (s *Store) upload(ctx context.Context, dir string, there func(name string) bool) (Place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Place{}, err
	}
	run, experiment := filepath.Base(dir), filepath.Base(filepath.Dir(dir))
	to := path.Join(s.Prefix, experiment, run)
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil || relative == manifest || there(name) {
			return err
		}
		return s.send(ctx, name, path.Join(to, filepath.ToSlash(relative)))
	})
	if err == nil {
		err = s.send(ctx, filepath.Join(dir, manifest), path.Join(to, manifest))
	}
	if err == nil {
		err = s.put(ctx, path.Join(s.Prefix, experiment, latest), run)
	}
	if err != nil {
		return Place{}, fmt.Errorf("upload the run to %s: %w", s, err)
	}
	return Place{Bucket: s.Bucket, Prefix: to}, nil
}

func (s *Store) send(ctx context.Context, file, key string) error {
	kind := mime.TypeByExtension(path.Ext(key)) // so that a browser shows a report
	if kind == "" {
		kind = "application/octet-stream"
	}
	if _, err := s.client.FPutObject(ctx, s.Bucket, key, file, minio.PutObjectOptions{ContentType: kind}); err != nil {
		return fmt.Errorf("send %s: %w", key, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, key, text string) error {
	_, err := s.client.PutObject(ctx, s.Bucket, key, strings.NewReader(text), int64(len(text)),
		minio.PutObjectOptions{ContentType: "text/plain"})
	if err != nil {
		return fmt.Errorf("write %s to bucket %s: %w", key, s.Bucket, err)
	}
	return nil
}
