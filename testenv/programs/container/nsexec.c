/* Runs a command within namespaces of other processes, as Chaos Mesh's daemon
 * calls it:
 *
 *     nsexec [-l] [-m /proc/1/ns/mnt] [-p …] [-n …] [-i …] -- command argument…
 *
 * -l keeps /proc as this process sees it. Who enters a PID namespace is in it only
 * with its next child, so the command is a child; signals are passed on to it, or it
 * would outlive the fault that it is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass(int number) {
	if (child > 0)
		kill(child, number);
}

static void check(int result, const char *what) {
	if (result < 0) {
		perror(what);
		exit(126);
	}
}

int main(int argc, char **argv) {
	int files[16], count = 0, option, local = 0, status;
	int proc = open("/proc", O_PATH | O_CLOEXEC);
	while ((option = getopt(argc, argv, "+lm:p:n:i:")) != -1) {
		if (option == '?' || count == 16)
			return 2;
		if (option == 'l') {
			local = 1;
			continue;
		}
		/* All are opened before the first is entered: the paths are ours. */
		check(files[count++] = open(optarg, O_RDONLY | O_CLOEXEC), optarg);
	}
	if (optind >= argc)
		return 2;
	for (int i = 0; i < count; i++)
		check(setns(files[i], 0), "setns");
	if (local) {
		char path[32];
		snprintf(path, sizeof path, "/proc/self/fd/%d", proc);
		check(unshare(CLONE_NEWNS), "unshare");
		check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
		check(mount(path, "/proc", NULL, MS_BIND | MS_REC, NULL), "bind /proc");
	}
	int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCONT, SIGUSR1, SIGUSR2};
	for (unsigned i = 0; i < sizeof passed / sizeof *passed; i++)
		signal(passed[i], pass);
	check(child = fork(), "fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[optind], argv + optind);
		perror(argv[optind]);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		check(errno == EINTR ? 0 : -1, "wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
