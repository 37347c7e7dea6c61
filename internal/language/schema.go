package main

import (
	"encoding/json"
	"regexp"
	"strings"
)

// descriptions returns the descriptions of a JSON Schema. Errors of files and editors show
// them.
func descriptions(file string, source []byte) []text {
	described := regexp.MustCompile(`"description": *("(?:[^"\\]|\\.)*")`)
	var all []text
	for i, line := range strings.Split(string(source), "\n") {
		for _, m := range described.FindAllStringSubmatch(line, -1) {
			var prose string
			if err := json.Unmarshal([]byte(m[1]), &prose); err == nil {
				all = append(all, text{file: file, line: i + 1, prose: prose, kind: message})
			}
		}
	}
	return all
}
