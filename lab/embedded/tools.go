package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tools are the server programs of this machine.
type tools struct {
	postgres string // folder of initdb and postgres
	version  string // of PostgreSQL
	major    int
	redis    string // redis-server, empty when it is not there
	user     user
}

// user is the account that the servers run as.
type user struct {
	other    bool // than ours
	uid, gid uint32
}

// findTools looks for PostgreSQL in PATH and where Debian keeps it, and for
// redis-server in PATH.
func findTools() (tools, error) {
	var t tools
	var err error
	if t.user, err = findUser(); err != nil {
		return t, err
	}
	t.redis, _ = exec.LookPath("redis-server") // absent: imitated
	var folders []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(initdb))
	}
	debian, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return t, fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.SortFunc(debian, func(a, b string) int { return majorOf(filepath.Dir(b)) - majorOf(filepath.Dir(a)) })
	for _, folder := range append(folders, debian...) {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err != nil {
			continue
		}
		t.postgres = folder
		break
	}
	if t.postgres == "" {
		return t, errors.New("the embedded lab needs PostgreSQL's server programs (initdb, postgres): " +
			"apt-get install postgresql redis-server")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(t.postgres, "postgres"), "--version").Output() // found above
	if err != nil {
		return t, fmt.Errorf("read the version of PostgreSQL: %w", err)
	}
	// postgres (PostgreSQL) 15.14 (Debian ...)
	fields := strings.Fields(string(out))
	if len(fields) < 3 {
		return t, fmt.Errorf("read the version of PostgreSQL: unexpected output %q", out)
	}
	t.version = fields[2]
	major, _, _ := strings.Cut(t.version, ".")
	if t.major, err = strconv.Atoi(major); err != nil || t.major < 13 {
		return t, fmt.Errorf("PostgreSQL %s is too old: 13 or later is needed", t.version)
	}
	return t, nil
}

func majorOf(folder string) int {
	n, err := strconv.Atoi(filepath.Base(folder))
	if err != nil {
		return 0
	}
	return n
}

// findUser picks another account when we are root, since PostgreSQL refuses root.
func findUser() (user, error) {
	if os.Geteuid() != 0 {
		return user{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := osuser.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(account.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return user{}, fmt.Errorf("read account %s: %w", name, err)
		}
		return user{other: true, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return user{}, errors.New("PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it as")
}

// as makes the command run under the account.
func (u user) as(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if u.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: u.uid, Gid: u.gid}
	}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C", "LC_ALL=C"}
	return cmd
}

// own hands a file over to the account.
func (u user) own(path string) error {
	if !u.other {
		return nil
	}
	return os.Lchown(path, int(u.uid), int(u.gid))
}

func (t tools) redisVersion() string {
	if t.redis == "" {
		return "imitation"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, t.redis, "--version").Output() // found in PATH
	if err != nil {
		return "unknown"
	}
	for _, field := range strings.Fields(string(out)) {
		if version, ok := strings.CutPrefix(field, "v="); ok {
			return version
		}
	}
	return "unknown"
}
