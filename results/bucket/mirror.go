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
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
)

// Mirror sends a run while it is made, so that little is lost with the machine. One goroutine
// uses it at a time; a look sends several files at once.
//
// A table's parts are complete once they have their names, and are sent once. Documents are
// sent when they change. An object cannot grow, so a log is sent in pieces: <log>.pieces/<offset>.
type Mirror struct {
	store  *Store
	root   string    // folder of runs, with the run that is made
	looked time.Time // when logs were sent last

	mu     sync.Mutex // guards what follows
	sent   map[string]stamp
	pieces map[string]int64 // of each log: how much of it was sent
}

// stamp is what a file was when it was sent.
type stamp struct {
	size    int64
	changed time.Time
	missing int // looks in a row that did not find it
}

func stampOf(info fs.FileInfo) stamp { return stamp{size: info.Size(), changed: info.ModTime()} }

// is reports whether a file is unchanged.
func (s stamp) is(info fs.FileInfo) bool {
	return s.size == info.Size() && s.changed.Equal(info.ModTime())
}

// Mirror returns a mirror of the runs below a folder.
func (s *Store) Mirror(root string) *Mirror {
	return &Mirror{store: s, root: root, sent: map[string]stamp{}, pieces: map[string]int64{}}
}

const (
	// between is the time between two looks.
	between = 250 * time.Millisecond
	// logsBetween is the same for logs: each look makes an object.
	logsBetween = 2 * time.Second
	// lookLimit bounds a look, so that one lost answer does not end the mirror.
	lookLimit = time.Minute
)

// Follow sends what is new until ctx ends. A look that fails is reported and tried again: the
// run goes on without its mirror.
func (m *Mirror) Follow(ctx context.Context, report func(error)) {
	tick := time.NewTicker(between)
	defer tick.Stop()
	for {
		looking, cancel := context.WithTimeout(ctx, lookLimit)
		err := m.Look(looking)
		cancel()
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Look sends what is new or changed, and removes what is no longer there: the parts of a table
// that were joined.
func (m *Mirror) Look(ctx context.Context) error {
	f, err := m.find(time.Now())
	// Rows before the documents that count on them, the manifest last: a run that can be found
	// can be read.
	for _, group := range [][]task{f.rows, f.documents, f.manifests} {
		if err == nil {
			err = together(ctx, group)
		}
	}
	if err != nil {
		return fmt.Errorf("send the run to %s: %w", m.store, err)
	}
	return m.forget(ctx, f.seen)
}

// found is what a look has found: what is to be sent, in this order, and the names of all files.
type found struct {
	rows, documents, manifests []task
	seen                       map[string]bool
}

// find looks for files, at an instant.
func (m *Mirror) find(now time.Time) (f found, err error) {
	logs := now.Sub(m.looked) >= logsBetween
	if logs {
		m.looked = now
	}
	f.seen = map[string]bool{}
	add := func(to *[]task, send task) {
		*to = append(*to, func(ctx context.Context) error { return ignoreRemoved(send(ctx)) })
	}
	err = filepath.WalkDir(m.root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".") {
			return ignoreRemoved(err)
		}
		relative, err := filepath.Rel(m.root, name)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreRemoved(err)
		}
		f.seen[relative] = true
		document := func(ctx context.Context) error { return m.changed(ctx, relative, stampOf(info)) }
		switch {
		case filepath.Ext(name) == table:
			add(&f.rows, func(ctx context.Context) error { return m.once(ctx, relative) })
		case isLog(name):
			if logs {
				add(&f.rows, func(ctx context.Context) error { return m.piece(ctx, relative) })
			}
		case entry.Name() == manifest:
			add(&f.manifests, document)
		default:
			add(&f.documents, document)
		}
		return nil
	})
	return f, err
}

// ignoreRemoved forgives that a file was joined or closed at the same time: the next look sees
// what became of it.
func ignoreRemoved(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// isLog reports whether a file only grows.
func isLog(name string) bool { return filepath.Ext(name) == ".log" || filepath.Base(name) == "log.txt" }

// once sends a part of a table, or a joined one: neither changes.
func (m *Mirror) once(ctx context.Context, relative string) error {
	if m.has(relative) {
		return nil
	}
	return m.whole(ctx, relative)
}

func (m *Mirror) has(relative string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, sent := m.sent[relative]
	return sent
}

// changed sends a document that is not what was sent. One that has changed since the look found it
// can count on rows that the look has not found: the next look sends it.
func (m *Mirror) changed(ctx context.Context, relative string, found stamp) error {
	info, err := os.Stat(filepath.Join(m.root, relative))
	if err != nil {
		return err
	}
	m.mu.Lock()
	was, sent := m.sent[relative]
	m.mu.Unlock()
	if !found.is(info) || sent && was.is(info) {
		return nil
	}
	return m.whole(ctx, relative)
}

// whole sends a file. With its first manifest, a run is the latest of its experiment.
func (m *Mirror) whole(ctx context.Context, relative string) error {
	name := filepath.Join(m.root, relative)
	info, err := os.Stat(name) // before it is read: a change in between is sent by the next look
	if err != nil {
		return err
	}
	if err := m.store.send(ctx, name, m.key(relative)); err != nil {
		return err
	}
	if filepath.Base(relative) == manifest && !m.has(relative) {
		experiment, run := path.Split(path.Dir(m.key(relative)))
		if err := m.store.put(ctx, path.Join(experiment, latest), run); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent[relative] = stampOf(info)
	return nil
}

// piece sends what a log has gained.
func (m *Mirror) piece(ctx context.Context, relative string) error {
	file, err := os.Open(filepath.Join(m.root, relative))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	m.mu.Lock()
	from := m.pieces[relative]
	m.mu.Unlock()
	if info.Size() <= from {
		return nil
	}
	piece := filepath.Join(relative+pieces, fmt.Sprintf("%012d", from))
	_, err = m.store.client.PutObject(ctx, m.store.Bucket, m.key(piece), io.NewSectionReader(file, from, info.Size()-from),
		info.Size()-from, minio.PutObjectOptions{ContentType: "text/plain"})
	if err != nil {
		return fmt.Errorf("send %s: %w", m.key(piece), err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pieces[relative] = info.Size()
	m.sent[piece] = stamp{size: info.Size() - from}
	return nil
}

func (m *Mirror) key(relative string) string {
	return path.Join(m.store.Prefix, filepath.ToSlash(relative))
}

// absences is how many looks in a row must miss a file before its object is removed: a look
// that begins while a table is joined sees neither the table nor its parts.
const absences = 2

// forget removes the objects of files that were removed.
func (m *Mirror) forget(ctx context.Context, seen map[string]bool) error {
	var gone []string
	m.mu.Lock()
	for relative, was := range m.sent {
		of, _, piece := strings.Cut(relative, pieces+string(filepath.Separator))
		if seen[relative] || piece && seen[of] {
			was.missing = 0
		} else {
			was.missing++
		}
		m.sent[relative] = was
		if was.missing >= absences {
			gone = append(gone, relative)
		}
	}
	m.mu.Unlock()
	return m.remove(ctx, gone)
}

func (m *Mirror) remove(ctx context.Context, gone []string) error {
	for _, relative := range gone {
		if err := m.store.client.RemoveObject(ctx, m.store.Bucket, m.key(relative), minio.RemoveObjectOptions{}); err != nil {
			return fmt.Errorf("remove %s: %w", m.key(relative), err)
		}
		m.mu.Lock()
		delete(m.sent, relative)
		m.mu.Unlock()
	}
	return nil
}

// Finish sends the folder of the run as [Store.Upload] does, except for tables that were sent,
// and removes what only a run that goes on needs. Nothing else may use the mirror then.
func (m *Mirror) Finish(ctx context.Context, dir string) (Place, error) {
	at, err := m.store.upload(ctx, dir, func(name string) bool {
		relative, err := filepath.Rel(m.root, name)
		return err == nil && filepath.Ext(name) == table && m.has(relative)
	})
	if err != nil {
		return at, err
	}
	var gone []string
	m.mu.Lock()
	for relative := range m.sent {
		if _, err := os.Stat(filepath.Join(m.root, relative)); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, relative)
		}
	}
	m.mu.Unlock()
	return at, m.remove(ctx, gone)
}
