package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
)

// Headers of a file that an agent sends.
const (
	offsetHeader = "Harness-Offset" // where in the file the body belongs
	digestHeader = "Harness-Sha256" // of the body
)

// mostBytes bounds one request: a joined table of a long trial.
const mostBytes = 4 << 30

// serveFile writes a file of a load to the folder of its trial. A table comes whole. A log
// comes in pieces. The same piece can come twice: the answer to the first one was lost.
func (c *Coordinator) serveFile(w http.ResponseWriter, r *http.Request) {
	g := c.load(r.PathValue("load"))
	if g == nil {
		http.Error(w, "there is no such load", http.StatusNotFound)
		return
	}
	g.agent.heard()
	name := r.PathValue("file")
	if !g.owns(name) {
		http.Error(w, "the load has no file "+name, http.StatusForbidden)
		return
	}
	body := http.MaxBytesReader(w, r.Body, mostBytes)
	var err error
	if strings.HasSuffix(name, ".parquet") {
		err = g.takeTable(name, body, r.Header.Get(digestHeader))
	} else {
		err = g.takePiece(name, body, r.Header.Get(offsetHeader), r.Header.Get(digestHeader))
	}
	switch {
	case errors.Is(err, errOver):
		http.Error(w, err.Error(), http.StatusGone)
	case errors.Is(err, errDigest), errors.Is(err, errOffset):
		http.Error(w, err.Error(), http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

var (
	errDigest = errors.New("what arrived has another digest")
	errOffset = errors.New("a piece before it is missing")
)

// owns reports whether a name is that of a file of this generator: its tables, their parts,
// the log of its journal, or k6's log.
func (g *Generator) owns(name string) bool {
	if !filepath.IsLocal(name) || filepath.Clean(name) != name {
		return false
	}
	own := g.spec.File()
	folder, part, parts := strings.Cut(name, "/")
	if parts && (strings.Contains(part, "/") || filepath.Ext(part) != ".parquet") {
		return false
	}
	table := strings.TrimSuffix(folder, ".parquet")
	switch table {
	case "samples-" + own, "writes-" + own, "writes-" + own + "-recovered":
		return parts || filepath.Ext(folder) == ".parquet"
	}
	return !parts && (name == "writes-"+own+".log" || name == "k6-"+own+".log")
}

func (g *Generator) path(name string) string {
	return filepath.Join(g.spec.Out, filepath.FromSlash(name))
}

// takeTable writes a table, or a part of one. Once a table is there, its parts are not needed.
func (g *Generator) takeTable(name string, body io.Reader, digest string) error {
	path := g.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), body); err != nil {
		return errors.Join(err, file.Cleanup())
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return errors.Join(errDigest, file.Cleanup())
	}
	return g.keep(func() error {
		if err := file.CloseAtomicallyReplace(); err != nil {
			return err
		}
		if filepath.Dir(path) == g.spec.Out {
			return os.RemoveAll(strings.TrimSuffix(path, ".parquet"))
		}
		return nil
	}, file.Cleanup)
}

// keep changes the folder of the trial, unless the load is over: then it is read already.
func (g *Generator) keep(change, instead func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return errors.Join(errOver, instead())
	}
	if err := change(); err != nil {
		return errors.Join(err, instead())
	}
	return nil
}

var errOver = errors.New("the load is over")

// takePiece writes a piece of a log.
func (g *Generator) takePiece(name string, body io.Reader, at, digest string) error {
	offset, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return fmt.Errorf("%s: %w", offsetHeader, err)
	}
	raw, err := io.ReadAll(io.LimitReader(body, mostPiece+1))
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != digest {
		return errDigest
	}
	return g.keep(func() error { return writeAt(g.path(name), raw, offset) }, func() error { return nil })
}

func writeAt(path string, raw []byte, offset int64) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() < offset {
		return errors.Join(errOffset, err)
	}
	_, err = file.WriteAt(raw, offset)
	return err
}

// mostPiece bounds a piece of a log.
const mostPiece = 1 << 20

// sent is what an agent has sent of the files of a load.
type sent struct {
	dir   string
	sizes map[string]int64 // by name
	put   put
}

// put sends a piece of a file, or a whole table.
type put func(ctx context.Context, name string, offset int64, body io.Reader, digest string) error

// more sends what is new: tables and parts of tables, which are complete once they have their
// names, and what logs have gained.
func (s *sent) more(ctx context.Context) error {
	var problems []error
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			err = s.file(ctx, path)
		}
		if !errors.Is(err, fs.ErrNotExist) { // else it was joined or closed at the same time
			problems = append(problems, err)
		}
		return nil
	})
	return errors.Join(append(problems, err)...)
}

func (s *sent) file(ctx context.Context, path string) error {
	name, err := filepath.Rel(s.dir, path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, ".parquet") && s.sizes[name] > 0 {
		return nil // it never changes
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	offset, most := s.sizes[name], int64(mostPiece)
	if strings.HasSuffix(name, ".parquet") {
		most = info.Size()
	}
	for offset < info.Size() {
		size := min(info.Size()-offset, most)
		body := io.NewSectionReader(file, offset, size)
		sum := sha256.New()
		if _, err := io.Copy(sum, body); err != nil {
			return err
		}
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := s.put(ctx, filepath.ToSlash(name), offset, body, hex.EncodeToString(sum.Sum(nil))); err != nil {
			return err
		}
		offset += size
		s.sizes[name] = offset
	}
	return nil
}
