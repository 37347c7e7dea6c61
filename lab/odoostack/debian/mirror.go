package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// mirrorVariable names a Debian mirror where the host's apt knows none.
const mirrorVariable = "ODOO_HARNESS_MIRROR"

// debianMirror is the Debian mirror that the host itself installs from. A lab
// never brings a host name of its own: what the host may reach is the host's
// business.
func debianMirror(ctx context.Context) (string, error) {
	if m := os.Getenv(mirrorVariable); m != "" {
		return m, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", errors.New("finding a Debian mirror: there is no apt-get here; " +
			"the real Odoo lab needs Debian or Ubuntu (the embedded lab does not)")
	}
	cmd := exec.CommandContext(ctx, "apt-get", "indextargets",
		"--format", "$(SITE)|$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(CREATED_BY)")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("list the mirrors of apt: %w", err)
	}
	if m := pickMirror(string(out)); m != "" {
		return m, nil
	}
	return "", fmt.Errorf("find a Debian mirror: apt's sources name none "+
		"(run apt-get update first; on Ubuntu set %s to the URL of a Debian mirror and install debian-archive-keyring)",
		mirrorVariable)
}

// pickMirror takes the first full archive of Debian among apt's index targets:
// one that has the main component of a release, not of its updates.
func pickMirror(targets string) string {
	for line := range strings.Lines(targets) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 5 {
			continue
		}
		site, origin, codename, component, kind := f[0], f[1], f[2], f[3], f[4]
		if origin == "Debian" && component == "main" && kind == "Packages" && !strings.Contains(codename, "-") {
			return site
		}
	}
	return ""
}
