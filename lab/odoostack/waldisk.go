package odoostack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"example.org/odooharness/lab/odoostack/debian"
)

// walFolder is where the file system of the write-ahead log is mounted, when the lab
// has one.
const walFolder = "wal"

// walDisk is the folder on the host, empty when the log lies with the data.
func (p *postgres) walDisk() string {
	if p.walBytes == 0 {
		return ""
	}
	return filepath.Join(p.stack, walFolder)
}

// maxWAL is max_wal_size: a checkpoint has to be done well before a disk of its own
// is full.
func (p *postgres) maxWAL() int64 {
	const usual = 512 << 20
	if p.walBytes == 0 {
		return usual
	}
	return min(usual, p.walBytes/4)
}

// separateWAL moves the log of a server that does not run to a file system of its
// own, of bounded size, as administrators do; a fault can then fill it and nothing
// else. It is in memory: commits wait for no disk there.
func (p *postgres) separateWAL(ctx context.Context) error {
	disk, own := p.walDisk(), filepath.Join(p.stack, p.data, "pg_wal")
	if err := p.root.Folder("postgres", disk); err != nil {
		return err
	}
	user := p.root.Users["postgres"]
	options := fmt.Sprintf("size=%d,mode=700,uid=%d,gid=%d", p.walBytes, user.UID, user.GID)
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, options); err != nil {
		return fmt.Errorf("mount a disk for the write-ahead log: %w", err)
	}
	if err := debian.CopyTree(ctx, own, filepath.Join(disk, "pg_wal"), false); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(own), os.Symlink(debian.Inside+"/"+walFolder+"/pg_wal", own), os.Lchown(own, user.UID, user.GID))
}
