package readiness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// pdfLimit bounds printing.
const pdfLimit = 2 * time.Minute

// browsers are the names of programs that print pages, in the order in which they are tried.
func browsers() []string { return []string{"chromium", "chromium-browser", "google-chrome", "chrome"} }

// PDF prints the summary of a pack to summary.pdf, where a Chromium is installed, and writes
// the digests again. It returns the path; empty when there is no Chromium.
func PDF(ctx context.Context, dir string) (string, error) {
	for _, name := range browsers() {
		program, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		page, err := filepath.Abs(filepath.Join(dir, summaryFile))
		if err != nil {
			return "", err
		}
		profile, err := os.MkdirTemp("", "harness-pdf-*")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(profile)
		out := filepath.Join(dir, "summary.pdf")
		ctx, cancel := context.WithTimeout(ctx, pdfLimit)
		defer cancel()
		args := []string{"--headless", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + profile,
			"--print-to-pdf=" + out, "file://" + page}
		if os.Geteuid() == 0 {
			args = append([]string{"--no-sandbox"}, args...) // Chromium refuses its sandbox to root
		}
		if text, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("print with %s: %w\n%s", program, err, text)
		}
		return out, Seal(dir)
	}
	return "", nil
}
