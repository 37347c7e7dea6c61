package main

import "strings"

// marked returns the comments of a file whose comments begin with marker, "#" or "//",
// and run to the end of the line. Lines that follow each other are one text.
func marked(file string, source []byte, marker string) []text {
	var all []text
	last := 0
	for i, line := range strings.Split(string(source), "\n") {
		before, prose, found := strings.Cut(" "+line, " "+marker+" ")
		if !found {
			continue
		}
		own := strings.TrimSpace(before) == ""
		if own && last == i && len(all) > 0 {
			all[len(all)-1].prose += " " + prose
		} else {
			all = append(all, text{file: file, line: i + 1, prose: prose, kind: short})
		}
		if own {
			last = i + 1
		}
	}
	return all
}
