// Package file reads the files that a person writes and reports every problem in
// them at once.
//
//  1. [Read] parses the YAML and checks it against its JSON Schema.
//  2. Each [Problem] names file, line and field, what is wrong and what to write instead.
//  3. [Document.Decode] fills a struct. [Duration] and [Bytes] read their notations.
//  4. Rules that no schema can express use [Document.Problem], which finds the line.
//
// Problems print one a line, as compilers do:
//
//	peak.yaml:5: scenarios.0.duration: "3 minutes" is not a time; write 90s, 1m30s, or cutoff-90s
package file
