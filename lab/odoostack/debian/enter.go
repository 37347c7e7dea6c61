package debian

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Inside is where a server in the root finds the folder of its stack.
const Inside = "/srv/lab"

// enterScript turns the new process into a server inside the root. It only ever
// execs, so that the process that was started is the server: Wait, signals and
// resource figures need no detour.
//
//   - Cgroups are entered first ("0" names the writer itself), so that not even
//     the start runs outside its share.
//   - The root is bound to itself read-only: labs share it and must not change it.
//   - /dev brings the devices; its shm is private, so that shared memory of a
//     killed PostgreSQL goes with the namespace.
//   - Changing the user clears the signal that the kernel sends at the parent's
//     death; setpriv sets it again after the change.
const enterScript = `set -e
for group in $CGROUPS; do echo 0 > "$group/cgroup.procs"; done
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
mount --rbind "$STACK" "$ROOT` + Inside + `"
exec chroot "$ROOT" setpriv --reuid="$RUN_UID" --regid="$RUN_GID" --clear-groups --pdeathsig KILL env -i "$@"`

// Command prepares argv to run as user inside the root, with the folder stack at
// [Inside], in the given cgroup folders. env are settings NAME=value on top of
// the few that every server gets.
//
// The process gets its own mount and process namespaces. It is the first process of the
// latter: when it ends, however it ends, everything that it started ends too.
func (r *Root) Command(user, stack string, cgroups, env []string, argv ...string) *exec.Cmd {
	u := r.Users[user]
	args := []string{"-c", enterScript, "enter",
		"PATH=" + r.pgBin() + ":/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1",
		"HOME=" + Inside, "USER=" + user,
	}
	args = append(append(args, env...), argv...)
	// No context: the owner ends the process by signals to its group, politely first.
	cmd := exec.Command("/bin/sh", args...) //nolint:noctx // see above
	cmd.Env = []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"ROOT=" + r.Dir, "STACK=" + stack, "CGROUPS=" + strings.Join(cgroups, " "),
		"RUN_UID=" + strconv.Itoa(u.UID), "RUN_GID=" + strconv.Itoa(u.GID),
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Setpgid:    true,
		Pdeathsig:  syscall.SIGKILL,
	}
	return cmd
}

// pgBin is the folder of PostgreSQL's own programs, which its major version names.
func (r *Root) pgBin() string {
	major, _, _ := strings.Cut(r.Versions["postgresql"], ".")
	return filepath.Join("/usr/lib/postgresql", major, "bin")
}
