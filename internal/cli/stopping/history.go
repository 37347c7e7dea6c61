package stopping

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

// mostHistory bounds how many earlier runs are read: the latest are most like today.
const mostHistory = 30

// judged is what findings.json of an earlier run has about its primary questions.
type judged struct {
	Manifest results.Manifest  `json:"manifest"`
	Verdict  finding.Verdict   `json:"verdict"`
	Primary  []finding.Primary `json:"primary"`
}

// History finds how much trials varied in earlier runs like the one of a manifest: the same
// experiment, setup files, weaknesses, versions and machine, in root. A question needs three
// such runs. Runs without findings that can be read, or invalid ones, do not count.
func History(root string, m results.Manifest) ([]results.Prior, error) {
	files, err := filepath.Glob(filepath.Join(root, m.Experiment, "*", "findings.json"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files) // by time
	varied := map[string][]moderated.Varied{}
	runs := 0
	for _, path := range slices.Backward(files) {
		if info, err := os.Lstat(filepath.Dir(path)); err != nil || !info.IsDir() || runs == mostHistory {
			continue // a link to another run of the list
		}
		run, err := readJudged(path)
		if err != nil || run.Verdict == finding.Invalid || !alike(m, run.Manifest) || !run.Manifest.Started.Before(m.Started) {
			continue
		}
		runs++
		for key, v := range run.varied() {
			varied[key] = append(varied[key], v)
		}
	}
	var priors []results.Prior
	for key, all := range varied {
		if p := moderated.FromVaried(all, moderated.Prior{}); p.Runs > 0 {
			priors = append(priors, results.Prior{Question: key, Tau: p.Tau, DF: p.DF, Runs: p.Runs, Within: meanWithin(all)})
		}
	}
	slices.SortFunc(priors, func(a, b results.Prior) int { return strings.Compare(a.Question, b.Question) })
	return priors, nil
}

// meanWithin is the mean variance within the trials of runs.
func meanWithin(runs []moderated.Varied) float64 {
	sum, n := 0.0, 0.0
	for _, v := range runs {
		if !math.IsNaN(v.Within) {
			sum, n = sum+v.Within, n+1
		}
	}
	return sum / max(n, 1)
}

func readJudged(path string) (judged, error) {
	var j judged
	raw, err := os.ReadFile(path)
	if err != nil {
		return j, err
	}
	return j, json.Unmarshal(raw, &j)
}

// varied is how much trials varied, by question. A name that two questions share counts for
// neither.
func (j judged) varied() map[string]moderated.Varied {
	all := map[string]moderated.Varied{}
	times := map[string]int{}
	for _, p := range j.Primary {
		if times[p.Key()]++; p.Shown != nil {
			all[p.Key()] = moderated.Varied{N: p.Shown.N, Spread: p.Shown.Spread, Within: p.Shown.Within}
		}
	}
	for key, n := range times {
		if n > 1 {
			delete(all, key)
		}
	}
	return all
}

// alike reports whether two runs measured the same thing on the same machine. Versions that
// only one of them knows do not count, nor does the version of the harness.
func alike(a, b results.Manifest) bool {
	if a.Host != b.Host || len(a.Setups) != len(b.Setups) {
		return false
	}
	for i, s := range a.Setups {
		if s.Digest == "" || s.Name != b.Setups[i].Name || s.Digest != b.Setups[i].Digest || !slices.Equal(s.Weaknesses,
			b.Setups[i].Weaknesses) {
			return false
		}
	}
	for part, version := range a.Versions {
		if other, known := b.Versions[part]; known && other != version && part != "harness" && part != "go" {
			return false
		}
	}
	return true
}
