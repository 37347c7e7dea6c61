package odoostack

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// backupFolder is where backups of a stack are kept.
const backupFolder = "backups"

// Operator does to a lab that is up what its administrator would: back it up, lose
// its data, restore it, change its software. Stopping and starting servers is not
// its business; a fault that holds PostgreSQL down does that.
type Operator struct {
	root *debian.Root
	dir  string // the lab's state folder
}

var _ lab.Operator = (*Operator)(nil)

// Operate opens the tools of a lab of this kind by its state folder.
func (b Builder) Operate(ctx context.Context, state string, log *slog.Logger) (*Operator, error) {
	root, _, err := b.Prepare(ctx, lab.DefaultOdoo, "", log) // plans refuse drills on another version
	if err != nil {
		return nil, err
	}
	state, err = filepath.Abs(state)
	if err != nil {
		return nil, fmt.Errorf("find the lab's folder: %w", err)
	}
	return &Operator{root: root, dir: state}, nil
}

func (o *Operator) stack(component string) string {
	name, _, _ := strings.Cut(component, "/")
	return filepath.Join(o.dir, "stacks", name)
}

// Backup takes a base backup of a running PostgreSQL (pg_basebackup with the log
// that it needs to be consistent) and a copy of the filestore.
func (o *Operator) Backup(ctx context.Context, postgres lab.Running) (lab.Backup, error) {
	stack := o.stack(postgres.Name)
	made := lab.Backup{Component: postgres.Name, Path: filepath.Join(stack, backupFolder, rand.Text()[:8])}
	inner := debian.Inside + "/" + backupFolder + "/" + filepath.Base(made.Path)
	if err := errors.Join(o.root.Folder("postgres", filepath.Dir(made.Path)), o.root.Folder("postgres", made.Path)); err != nil {
		return made, err
	}
	dsn, password := withoutPassword(firstHost(postgres.DSN.Reveal())) // anyone can read the arguments of a process
	err := o.tool(ctx, "postgres", stack, []string{"PGPASSWORD=" + password}, "pg_basebackup", "-d", dsn,
		"-D", inner+"/postgres",
		"-X", "stream", "-c", "fast", "--no-sync")
	if err != nil {
		return made, fmt.Errorf("base backup of %s: %w", postgres.Name, err)
	}
	// Not by links: a backup that shares its files with what it backs up is none.
	err = debian.CopyTree(ctx, filepath.Join(stack, "odoo", "filestore"), filepath.Join(made.Path, "filestore"), false)
	if err != nil {
		return made, err
	}
	made.Bytes, err = sizeOf(made.Path)
	return made, err
}

// Lose destroys the data of a PostgreSQL that is down, as the loss of its disk
// does. The archive of the log lies elsewhere and stays.
func (o *Operator) Lose(_ context.Context, postgres lab.Running) error {
	data := filepath.Join(o.stack(postgres.Name), "postgres")
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("lose the data of %s: %w", postgres.Name, err)
	}
	return nil
}

// Restore puts a backup into a clean place. With replay the server goes on with the
// archived log to its end when it starts, else it stays at the backup.
func (o *Operator) Restore(ctx context.Context, backup lab.Backup, replay bool) error {
	stack := o.stack(backup.Component)
	data := filepath.Join(stack, "postgres")
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore %s: its data folder is not empty", backup.Component)
	}
	err := o.tool(ctx, "postgres", stack, nil, "pg_verifybackup", "-e",
		debian.Inside+"/"+backupFolder+"/"+filepath.Base(backup.Path)+"/postgres")
	if err != nil {
		return fmt.Errorf("the backup does not verify: %w", err)
	}
	if err := debian.CopyTree(ctx, filepath.Join(backup.Path, "postgres"), data, false); err != nil {
		return err
	}
	if replay {
		settings := "restore_command = 'cp " + debian.Inside + "/" + archiveFolder + "/%f %p'\n" +
			"recovery_target_timeline = 'latest'\n"
		file, err := os.OpenFile(filepath.Join(data, "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("restore %s: %w", backup.Component, err)
		}
		_, err = file.WriteString(settings)
		err = errors.Join(err, file.Close(), o.root.Write("postgres", filepath.Join(data, "recovery.signal"), ""))
		if err != nil {
			return fmt.Errorf("restore %s: %w", backup.Component, err)
		}
	}
	return debian.CopyTree(ctx, filepath.Join(backup.Path, "filestore")+"/.", filepath.Join(stack, "odoo", "filestore"), false)
}

// Damage flips one byte in the middle of the largest file of a backup, as a disk
// that rots does.
func (o *Operator) Damage(backup lab.Backup) error {
	var largest string
	var size int64
	err := filepath.WalkDir(filepath.Join(backup.Path, "postgres", "base"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("damage the backup: %w", err)
	}
	file, err := os.OpenFile(largest, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("damage the backup: %w", err)
	}
	one := make([]byte, 1)
	_, err = file.ReadAt(one, size/2)
	if err == nil {
		_, err = file.WriteAt([]byte{one[0] ^ 0xff}, size/2)
	}
	return errors.Join(err, file.Close())
}

// tool runs a program of the root to its end.
func (o *Operator) tool(ctx context.Context, user, stack string, env []string, argv ...string) error {
	var output bytes.Buffer
	if err := run(ctx, o.root.Command(user, stack, nil, env, argv...), &output); err != nil {
		return fmt.Errorf("%s: %w\n%s", argv[0], err, debian.LastLines(output.String(), 8))
	}
	return nil
}

// firstHost makes one address of a DSN that names a primary and a standby.
func firstHost(dsn string) string {
	before, after, several := strings.Cut(dsn, ",")
	if !several {
		return dsn
	}
	_, path, _ := strings.Cut(after, "/")
	return strings.TrimSuffix(before+"/"+path, "&target_session_attrs=primary")
}

// withoutPassword takes the password out of a DSN.
func withoutPassword(dsn string) (without, password string) {
	u, err := url.Parse(dsn)
	if err != nil || u.User == nil {
		return dsn, ""
	}
	password, _ = u.User.Password()
	u.User = url.User(u.User.Username())
	return u.String(), password
}

// sizeOf adds up what a folder holds.
func sizeOf(dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure the backup: %w", err)
	}
	return total, nil
}
