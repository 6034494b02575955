/* davit-init - the first process of a container run with --init: it starts the command, passes
 * every signal on to it, buries whoever is left without a parent, and ends as the command ended.
 *
 *     davit-init -- COMMAND [ARG...]
 *
 * Static and tiny; each container has its own copy, so that nothing it does to it reaches another.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, NOT_EXECUTABLE = 126 };

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

/* In a group of its own, which owns the terminal if there is one: then Ctrl-C reaches it once. */
static _Noreturn void become(char **command, const sigset_t *mask)
{
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	say("davit-init: ");
	say(command[0]);
	say(errno == ENOENT ? ": no such file or directory\n" : ": cannot be executed\n");
	_exit(errno == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

/* All that have ended. True: the command is among them, and *code is its. */
static bool bury(pid_t command, int *code)
{
	bool over = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		over = true;
		*code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return over;
}

/* What the terminal tells a background group is for us to ignore. */
static bool is_passed_on(int signal)
{
	return signal != SIGCHLD && signal != SIGTTIN && signal != SIGTTOU && signal != SIGTSTP;
}

int main(int argc, char **argv)
{
	sigset_t all, mask;
	int code = 0, child, pidfd;

	if (argc < 3 || strcmp(argv[1], "--") != 0) {
		say("usage: davit-init -- COMMAND [ARG...]\n");
		return NOT_FOUND;
	}
	/* Where another process is number one, orphans come to us all the same. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	child = fork();
	if (child < 0) {
		say("davit-init: cannot start a process\n");
		return NOT_EXECUTABLE;
	}
	if (!child)
		become(argv + 2, &mask);
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(&all, &info);

		if (signal == SIGCHLD && bury(child, &code))
			return code;
		/* Until it is buried above, the number is nobody else's. */
		if (signal > 0 && is_passed_on(signal) &&
			syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 &&
			errno != ESRCH)
			syscall(SYS_kill, child, signal);
	}
}
