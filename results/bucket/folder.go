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

// SendFolder packs a folder into the object prefix/key.tar, with the owners and
// permissions of its files. It returns the address and the number of bytes. It packs to
// a temporary file next to the folder first: half a folder must not become an object.
func (s *Store) SendFolder(ctx context.Context, key, dir string) (at Place, sent int64, err error) {
	at = Place{Bucket: s.Bucket, Prefix: path.Join(s.Prefix, key+".tar")}
	packed, err := os.CreateTemp(filepath.Dir(dir), ".harness-*.tar") // a file system that had room for the folder
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

// FetchFolder unpacks an object of [Store.SendFolder] into an existing folder. Owners
// are kept only for root.
func (s *Store) FetchFolder(ctx context.Context, at Place, dir string) error {
	object, err := s.client.GetObject(ctx, at.Bucket, at.Prefix, minio.GetObjectOptions{})
	if err != nil {
		return fmt.Errorf("fetch %s: %w", at, err)
	}
	defer object.Close()
	if _, err := object.Stat(); err != nil { // GetObject has sent no request yet
		return fmt.Errorf("fetch %s: %w", at, err)
	}
	unpack := exec.CommandContext(ctx, "tar", "--extract", "--preserve-permissions", "--numeric-owner", "--directory", dir)
	unpack.Stdin = object
	if err := succeed(unpack); err != nil {
		return fmt.Errorf("unpack %s: %w", at, err)
	}
	return nil
}

// Remove removes an object, and the parts of an incomplete one.
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

// succeed runs a program. Its error output is in the error.
func succeed(program *exec.Cmd) error {
	var said bytes.Buffer
	program.Stderr = &said
	if err := program.Run(); err != nil {
		return fmt.Errorf("%w: %.500s", err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
