package readiness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	answer "example.org/odooharness/analyzer/readiness"
	"example.org/odooharness/analyzer/report"
)

// The files of a pack.
const (
	summaryFile  = "summary.html"
	evidenceFile = "evidence.json"
	sumsFile     = "SHA256SUMS"
	inputsFolder = "inputs"
)

// Write writes a pack to a folder, which must not have one. The digests of all its files are
// written last, in the form of sha256sum.
func Write(dir string, plan *Plan, runs map[string]*answer.Evidence, pack *answer.Pack, changes []answer.Change) error {
	if _, err := os.Stat(filepath.Join(dir, evidenceFile)); err == nil {
		return fmt.Errorf("%s has a pack already; write another folder", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, inputsFolder), 0o755); err != nil {
		return fmt.Errorf("create the pack: %w", err)
	}
	for _, in := range plan.Inputs {
		data, err := os.ReadFile(in.Path)
		if err != nil {
			return fmt.Errorf("copy input: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, inputsFolder, filepath.Base(in.Path)), data, 0o644); err != nil {
			return fmt.Errorf("copy input: %w", err)
		}
	}
	for name, e := range runs {
		at := filepath.Join(dir, "runs", answer.Folder(name))
		if err := os.MkdirAll(at, 0o755); err != nil {
			return fmt.Errorf("create the folder of a run: %w", err)
		}
		err := errors.Join(
			render(filepath.Join(at, "report.html"), func(b *bytes.Buffer) error { return report.HTML(b, e.Judgement) }),
			render(filepath.Join(at, "findings.json"), func(b *bytes.Buffer) error { return report.JSON(b, e.Judgement) }))
		if err != nil {
			return err
		}
	}
	encoded, err := json.MarshalIndent(pack, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the pack: %w", err)
	}
	err = errors.Join(os.WriteFile(filepath.Join(dir, evidenceFile), append(encoded, '\n'), 0o644),
		render(filepath.Join(dir, summaryFile), func(b *bytes.Buffer) error { return report.Readiness(b, pack, changes) }))
	if err != nil {
		return err
	}
	return Seal(dir)
}

// Seal writes the digests of all files of a pack.
func Seal(dir string) error {
	lines, err := sums(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, sumsFile), []byte(strings.Join(lines, "")), 0o644)
}

func render(path string, into func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := into(&b); err != nil {
		return fmt.Errorf("render %s: %w", path, err)
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// sums lists the digests of a pack's files as sha256sum prints them, sorted by path.
func sums(dir string) ([]string, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == sumsFile {
			return err
		}
		digest, err := fileDigest(path)
		lines = append(lines, digest+"  "+filepath.ToSlash(rel)+"\n")
		return err
	})
	return lines, err
}

// Read reads the evidence of a pack.
func Read(dir string) (*answer.Pack, error) {
	data, err := os.ReadFile(filepath.Join(dir, evidenceFile))
	if err != nil {
		return nil, fmt.Errorf("read the pack: %w", err)
	}
	var pack answer.Pack
	if err := json.Unmarshal(data, &pack); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, evidenceFile), err)
	}
	if pack.Schema != answer.SchemaVersion {
		return nil, fmt.Errorf("%s has schema %d, this harness reads %d", dir, pack.Schema, answer.SchemaVersion)
	}
	return &pack, nil
}

// Verified is what Verify found.
type Verified struct {
	Files, Runs int
	Differ      []string // sentences: what is not as it was
	Unknown     []string // sentences: what could not be compared
}

// Verify computes the digests of a pack's files and of its runs, and the answer from them.
func Verify(dir string) (*Verified, error) {
	pack, err := Read(dir)
	if err != nil {
		return nil, err
	}
	v := &Verified{}
	if err := v.files(dir); err != nil {
		return nil, err
	}
	if len(pack.Inputs) == 0 {
		return nil, fmt.Errorf("%s names no plan", filepath.Join(dir, evidenceFile))
	}
	plan, err := Load(filepath.Join(dir, inputsFolder, filepath.Base(pack.Inputs[0].Path)))
	if err != nil {
		return nil, fmt.Errorf("read the plan of the pack: %w", err)
	}
	for i, in := range plan.Inputs {
		if i >= len(pack.Inputs) || in.SHA256 != pack.Inputs[i].SHA256 {
			v.Differ = append(v.Differ, fmt.Sprintf("The input %s is not the one of the answer.", filepath.Base(in.Path)))
		}
	}
	runs, _ := Open(plan.Question, filepath.Dir(pack.Inputs[0].Path))
	for _, r := range pack.Runs {
		switch e := runs[r.Name]; {
		case r.Digest == "": // it could not be read when the pack was made
		case e == nil:
			v.Unknown = append(v.Unknown, fmt.Sprintf("The run %s is not here.", r.Name))
		case e.Digest != r.Digest:
			v.Differ = append(v.Differ, fmt.Sprintf("The run %s has the digest %s, and the pack %s.", r.Name, short(e.Digest),
				short(r.Digest)))
		default:
			v.Runs++
		}
	}
	if len(v.Unknown) > 0 {
		v.Unknown = append(v.Unknown, "The answer was not computed again.")
		return v, nil
	}
	problems := map[string]string{}
	for _, r := range pack.Runs {
		if r.Digest == "" {
			problems[r.Name] = r.Refused
		}
	}
	again := answer.Answer(plan.Question, runs, problems, pack.Made)
	again.Inputs = pack.Inputs
	for i := range again.Runs { // a digest that differs is reported above
		again.Runs[i].Digest = pack.Runs[min(i, len(pack.Runs)-1)].Digest
	}
	same, err := answer.Same(pack, again)
	if err == nil && !same {
		v.Differ = append(v.Differ, fmt.Sprintf("The answer is %s now, and it was %s; evidence.json has other figures.",
			again.Decision, pack.Decision))
	}
	return v, err
}

// files compares the digests of the pack's files.
func (v *Verified) files(dir string) error {
	recorded, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if err != nil {
		return fmt.Errorf("read the digests of the pack: %w", err)
	}
	now, err := sums(dir)
	if err != nil {
		return err
	}
	was := strings.SplitAfter(strings.TrimSpace(string(recorded))+"\n", "\n")
	was = slices.DeleteFunc(was, func(line string) bool { return strings.TrimSpace(line) == "" })
	v.Files = len(was)
	for _, line := range was {
		if !slices.Contains(now, line) {
			v.Differ = append(v.Differ, fmt.Sprintf("The file %s was changed or removed.", path(line)))
		}
	}
	for _, line := range now {
		if !slices.ContainsFunc(was, func(old string) bool { return path(old) == path(line) }) {
			v.Differ = append(v.Differ, fmt.Sprintf("The file %s was added.", path(line)))
		}
	}
	return nil
}

// path is the file of a line of digests.
func path(line string) string {
	_, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
	return name
}
