package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/minio/minio-go/v7"
)

// SendFolder packs a folder, with the owners and rights of its files, into the object
// prefix/key.tar, and returns where that is and how many bytes were sent. It is packed
// to a temporary file beside it first: half a folder must not become an object.
func (s *Store) SendFolder(ctx context.Context, key, dir string) (at Place, sent int64, err error) {
	at = Place{Bucket: s.Bucket, Prefix: path.Join(s.Prefix, key+".tar")}
	packed, err := os.CreateTemp(filepath.Dir(dir), ".harness-*.tar") // where there was room for the folder
	if err != nil {
		return at, 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(packed.Name())) }()
	pack := exec.CommandContext(ctx, "tar", "--create", "--numeric-owner", "--directory", dir, ".")
	pack.Stdout = packed
	if err := errors.Join(succeed(pack), packed.Close()); err != nil {
		return at, 0, fmt.Errorf("pack %s: %w", dir, err)
	}
	info, err := s.client.FPutObject(ctx, s.Bucket, at.Prefix, packed.Name(),
		minio.PutObjectOptions{ContentType: "application/x-tar"})
	if err != nil {
		return at, 0, fmt.Errorf("send %s to %s: %w", dir, at, err)
	}
	return at, info.Size, nil
}

// FetchFolder unpacks what [Store.SendFolder] sent into a folder that is there. Owners
// are kept for root alone.
func (s *Store) FetchFolder(ctx context.Context, at Place, dir string) error {
	object, err := s.client.GetObject(ctx, at.Bucket, at.Prefix, minio.GetObjectOptions{})
	if err != nil {
		return fmt.Errorf("fetch %s: %w", at, err)
	}
	defer object.Close()                     //nolint:errcheck // only read
	if _, err := object.Stat(); err != nil { // nothing was asked for so far
		return fmt.Errorf("fetch %s: %w", at, err)
	}
	unpack := exec.CommandContext(ctx, "tar", "--extract", "--preserve-permissions", "--numeric-owner", "--directory", dir)
	unpack.Stdin = object
	if err := succeed(unpack); err != nil {
		return fmt.Errorf("unpack %s: %w", at, err)
	}
	return nil
}

// Remove removes an object, and parts of one that did not become whole.
func (s *Store) Remove(ctx context.Context, at Place) error {
	err := s.client.RemoveIncompleteUpload(ctx, at.Bucket, at.Prefix)
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
		return fmt.Errorf("remove parts of %s: %w", at, err)
	}
	if err := s.client.RemoveObject(ctx, at.Bucket, at.Prefix, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("remove %s: %w", at, err)
	}
	return nil
}

// succeed runs a program; what it complained of is in the error.
func succeed(program *exec.Cmd) error {
	var said bytes.Buffer
	program.Stderr = &said
	if err := program.Run(); err != nil {
		return fmt.Errorf("%w: %.500s", err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
