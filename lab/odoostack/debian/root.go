package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Root is a Debian tree with the servers of a lab.
type Root struct {
	Dir      string
	Digest   string
	Odoo     int               // its major version
	Users    map[string]User   // its own accounts, not the host's
	Versions map[string]string // odoo, postgresql, redis, nginx, python
}

// CacheDir is the default folder of roots and templates.
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(base, "odoo-harness"), nil
}

// Ensure opens the root with a version of Odoo in the cache, building it first when there is
// none: about three minutes on two cores, 300 MB over the network, 1.2 GB on disk.
func Ensure(ctx context.Context, cache string, odoo int, log *slog.Logger) (*Root, error) {
	if err := canEnter(); err != nil {
		return nil, err
	}
	r, err := recipeOf(odoo)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "root-"+r.digest())
	if _, err := os.Stat(dir); err == nil {
		return openRoot(dir, r.digest(), odoo)
	}
	err = BuildOnce(ctx, dir, log, func(building string) error { return bootstrap(ctx, r, building, log) })
	if err != nil {
		return nil, fmt.Errorf("build the root: %w", err)
	}
	return openRoot(dir, r.digest(), odoo)
}

// Built reports whether the cache has the root with a version of Odoo.
func Built(cache string, odoo int) bool {
	r, err := recipeOf(odoo)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(cache, "root-"+r.digest()))
	return err == nil
}

// canEnter returns why this process could not run anything in a root.
func canEnter() error {
	var problems []error
	if runtime.GOOS != "linux" {
		problems = append(problems, fmt.Errorf("the real Odoo lab needs Linux, this is %s", runtime.GOOS))
	}
	if os.Geteuid() != 0 {
		problems = append(problems, errors.New("the real Odoo lab needs root (mount namespaces, chroot, cgroups): "+
			"run it with sudo, or use the embedded lab"))
	}
	return errors.Join(problems...)
}

// bootstrap fills an empty folder with the root. It runs in namespaces of its
// own: mounts of an interrupted build vanish with it.
func bootstrap(ctx context.Context, r recipe, dir string, log *slog.Logger) error {
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return errors.New("mmdebstrap is not installed: apt-get install --no-install-recommends mmdebstrap")
	}
	mirror, err := debianMirror(ctx)
	if err != nil {
		return err
	}
	log.Info("building the Odoo root with mmdebstrap (about 3 minutes, 300 MB to fetch)")
	args := append([]string{"--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "--propagation=private",
		tool}, r.arguments(dir, mirror)...)
	cmd := exec.CommandContext(ctx, "unshare", args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	runtime.LockOSThread() // Pdeathsig fires when the thread that forked ends
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("mmdebstrap: %w\n%s", err, LastLines(output.String(), 15))
	}
	return nil
}

// openRoot reads the accounts and versions of a built root.
func openRoot(dir, digest string, odoo int) (*Root, error) {
	passwd, err := os.ReadFile(filepath.Join(dir, "etc/passwd"))
	if err != nil {
		return nil, fmt.Errorf("open the root: %w", err)
	}
	users, err := parsePasswd(string(passwd))
	if err != nil {
		return nil, fmt.Errorf("open the root %s: %w", dir, err)
	}
	status, err := os.ReadFile(filepath.Join(dir, "var/lib/dpkg/status"))
	if err != nil {
		return nil, fmt.Errorf("open the root: %w", err)
	}
	return &Root{Dir: dir, Digest: digest, Odoo: odoo, Users: users, Versions: serverVersions(string(status))}, nil
}

// serverVersions takes the versions of the servers from dpkg's status file.
func serverVersions(status string) map[string]string {
	named := func(pkg string) string {
		switch {
		case strings.HasPrefix(pkg, "odoo-"):
			return "odoo"
		case strings.HasPrefix(pkg, "postgresql-1") && !strings.Contains(pkg[len("postgresql-"):], "-"):
			return "postgresql"
		case pkg == "redis-server":
			return "redis"
		case pkg == "nginx-light":
			return "nginx"
		case pkg == "python3":
			return "python"
		}
		return ""
	}
	versions := map[string]string{}
	name := ""
	for line := range strings.Lines(status) {
		line = strings.TrimSpace(line)
		if pkg, ok := strings.CutPrefix(line, "Package: "); ok {
			name = named(pkg)
		}
		if v, ok := strings.CutPrefix(line, "Version: "); ok && name != "" {
			versions[name] = v
		}
	}
	return versions
}

// LastLines keeps the end of a long output: that is where the reason is.
func LastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// User is an account of the root. Its number means nothing on the host.
type User struct {
	UID, GID int
}

// parsePasswd finds the accounts that the servers run as.
func parsePasswd(passwd string) (map[string]User, error) {
	users := map[string]User{}
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 {
			continue
		}
		uid, errUID := strconv.Atoi(f[2])
		gid, errGID := strconv.Atoi(f[3])
		if errUID != nil || errGID != nil {
			return nil, fmt.Errorf("read the accounts: bad numbers in %q", line)
		}
		users[f[0]] = User{UID: uid, GID: gid}
	}
	var problems []error
	for _, name := range []string{"postgres", "redis", "odoo", "www-data"} {
		if _, ok := users[name]; !ok {
			problems = append(problems, fmt.Errorf("the root has no account %s", name))
		}
	}
	return users, errors.Join(problems...)
}
