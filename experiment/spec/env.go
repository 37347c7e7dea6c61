package spec

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"example.org/odooharness/experiment/file"
)

var (
	imported = regexp.MustCompile(`(?:from|import|require\()\s*['"]([^'"]+)['"]`)
	readsEnv = regexp.MustCompile(`__ENV\b\s*(\.\s*([A-Za-z_$][\w$]*)|\[\s*['"]([^'"]+)['"]\s*\])?`)
)

// variables are the names of __ENV that a script and what it imports read. known is false
// when that cannot be seen: the script passes __ENV on, or imports a file that is not here.
func variables(script string, text []byte) (names []string, known bool) {
	seen := map[string]bool{script: true}
	type source struct {
		path string
		text []byte
	}
	for queue := []source{{script, text}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, m := range readsEnv.FindAllSubmatch(at.text, -1) {
			name := string(m[2]) + string(m[3])
			if name == "" {
				return nil, false
			}
			names = append(names, name)
		}
		for _, m := range imported.FindAllSubmatch(at.text, -1) {
			name := string(m[1])
			if name[0] != '.' && name[0] != '/' {
				if name == "k6" || len(name) > 3 && name[:3] == "k6/" {
					continue
				}
				return nil, false
			}
			path := name
			if !filepath.IsAbs(path) {
				path = filepath.Join(filepath.Dir(at.path), name)
			}
			if seen[path] {
				continue
			}
			seen[path] = true
			more, err := file.Content(path)
			if err != nil {
				return nil, false
			}
			queue = append(queue, source{path, more})
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// checkEnv refuses variables that a script does not read: a misspelt one would have no effect.
func (s Scenario) checkEnv(text []byte, add addProblem) {
	names, known := variables(s.Script, text)
	if !known {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		if slices.Contains(names, name) {
			continue
		}
		reads := map[string]bool{}
		for _, n := range names {
			reads[n] = true
		}
		add("env."+name, "the script does not read "+name, "correct or remove it; it reads "+file.Known(reads))
	}
}
