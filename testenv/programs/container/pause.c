/* Waits, in two ways:
 *
 *     pause                     as the first process of a pod: until SIGTERM or
 *                               SIGINT, and collects the pod's orphans
 *     pause command argument…   for Chaos Mesh's daemon: until SIGCONT, then becomes
 *                               the command, which by then is in its cgroup */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	int number;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (argc > 1) {
		sigaddset(&set, SIGCONT);
		sigprocmask(SIG_BLOCK, &set, NULL);
		sigwait(&set, &number);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		if (number != SIGCONT)
			return 128 + number;
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		return 127;
	}
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigwait(&set, &number) == 0 && number == SIGCHLD)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	return 0;
}
