package production

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Dump counts the documents of a dump: of pg_dump in plain form, also compressed by gzip; a
// backup of Odoo's database manager (zip); or pg_dump's custom form, which pg_restore turns into
// text without a server. The dump is read once, as a stream.
func (c *Collector) Dump(ctx context.Context, path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	head := make([]byte, 5)
	if _, err := io.ReadFull(file, head); err != nil {
		return fmt.Errorf("%s: read its beginning: %w", path, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d := newDump(c, path)
	switch {
	case bytes.HasPrefix(head, []byte("PGDMP")):
		err = d.custom(ctx, path)
	case bytes.HasPrefix(head, []byte("PK")):
		err = d.zip(path)
	case head[0] == 0x1f && head[1] == 0x8b:
		var plain *gzip.Reader
		if plain, err = gzip.NewReader(file); err == nil {
			err = d.plain(plain)
		}
	default:
		err = d.plain(file)
	}
	if err == nil {
		err = d.finish()
	}
	if err != nil {
		return fmt.Errorf("dump %s: %w", path, err)
	}
	return nil
}

// zip reads dump.sql of a backup.
func (d *dump) zip(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, entry := range archive.File {
		if filepath.Base(entry.Name) != "dump.sql" {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return err
		}
		return errors.Join(d.plain(r), r.Close())
	}
	return errors.New("the archive has no dump.sql")
}

// custom reads the text that pg_restore makes of the tables that count.
func (d *dump) custom(ctx context.Context, path string) error {
	program, err := exec.LookPath("pg_restore")
	if err != nil {
		return errors.New("the dump has pg_dump's custom form, and pg_restore is not in the path; " +
			"install the client programs of PostgreSQL, or make a plain dump with pg_dump -Fp")
	}
	args := []string{"--data-only", "--file=-"}
	for table := range d.readers {
		args = append(args, "--table="+table)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends pg_restore when the text cannot be read
	cmd := exec.CommandContext(ctx, program, append(args, path)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := d.plain(out); err != nil {
		cancel()
		return errors.Join(err, cmd.Wait())
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("pg_restore: %w: %s", err, strings.TrimSpace(problems.String()))
	}
	return nil
}

// plain reads the COPY blocks of the tables that count.
func (d *dump) plain(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	var reader func(fields [][]byte) error
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case reader != nil && bytes.Equal(line, []byte(`\.`)):
			reader = nil
		case reader != nil:
			if err := reader(bytes.Split(line, []byte("\t"))); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		case bytes.HasPrefix(line, []byte("COPY ")):
			if reader, err = d.open(string(line)); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		}
	}
}

// readLine returns a line without its end; the rest of a very long one is dropped, which no
// table that counts has before its last column.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, more, err := r.ReadLine()
	if err != nil || !more {
		return line, err
	}
	line = bytes.Clone(line)
	for more && err == nil {
		_, more, err = r.ReadLine()
	}
	return line, err
}
