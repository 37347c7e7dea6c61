// Command language checks the project's English: its documentation, its CLI help, the
// sentences of its findings and of its report, and its comments.
//
// Procedure:
//  1. Read the text. goldmark parses Markdown, go/ast finds comments and string literals,
//     x/net/html finds the text of report templates.
//  2. Drop what is not prose: code blocks, tables of figures, verbs of format strings. A
//     code span, a link, a file name and a number count as one word each.
//  3. Split the text into sentences.
//  4. Match each text against words.txt, the list of words that the project does not use.
//  5. Count the words of each sentence. The limit is 30.
//  6. Print the mean length of the sentences in README and docs. The limit is 17.
//
// Each argument names a part to check: docs, help, findings, schemas, strings or comments.
//
//	go run ./internal/language docs help findings schemas
//
// A problem is printed as file:line with the word or sentence and what to write instead.
// The exit status is 1 when there is a problem.
package main
