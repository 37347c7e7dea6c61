package readiness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	answer "example.org/odooharness/analyzer/readiness"
	"example.org/odooharness/results"
)

// Open reads and judges each run of a question once. problems has the runs that cannot be read,
// with the reason. base is the folder that names of runs may be relative to, next to the
// working folder.
func Open(q answer.Question, base string) (runs map[string]*answer.Evidence, problems map[string]string) {
	runs, problems = map[string]*answer.Evidence{}, map[string]string{}
	for _, name := range names(q) {
		evidence, err := open(name, base)
		if err != nil {
			problems[name] = err.Error()
			continue
		}
		runs[name] = evidence
	}
	return runs, problems
}

// names lists the runs of a question, each once.
func names(q answer.Question) []string {
	all := append([]string{q.Capacity}, q.Drills...)
	for _, f := range q.Faults {
		all = append(all, f.Capacity, f.Recovery)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

func open(name, base string) (*answer.Evidence, error) {
	dir, err := find(name, base)
	if err != nil {
		return nil, err
	}
	recorded, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	digest, err := Digest(dir)
	if err != nil {
		return nil, err
	}
	return answer.Load(name, digest, recorded)
}

// find is the folder of a run: as it is named, or relative to base. A link such as latest is
// resolved.
func find(name, base string) (string, error) {
	for _, dir := range []string{name, filepath.Join(base, name)} {
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
			return filepath.EvalSymlinks(dir)
		}
	}
	return "", fmt.Errorf("%s has no manifest.json; write the folder of a run", name)
}

// reports are the files that harness analyze writes into a run. They follow from the others.
func reports() []string {
	return []string{"report.html", "report.md", "findings.json", "junit.xml", "windows.csv"}
}

// Digest is the SHA-256 over the files of a run: their paths and digests, without reports.
func Digest(dir string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || slices.Contains(reports(), rel) {
			return err
		}
		own, err := fileDigest(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s  %s\n", own, filepath.ToSlash(rel))
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

func fileDigest(path string) (digest string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// short is the beginning of a digest, to print.
func short(digest string) string { return strings.TrimSpace(digest[:min(12, len(digest))]) }
