#include "oci/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/launch/sys.h"
#include "util/own.h"

enum { CHUNK = 16 << 10 };

struct relay {
	int pidfd, signals, console;
	bool in_open;
	bool is_raw;
	struct termios before;
};

int relay_prepare(struct err *err)
{
	sigset_t all;

	sigfillset(&all);
	/* These are about ourselves. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	return sigprocmask(SIG_BLOCK, &all, NULL) < 0 ? err_sys(err, "signals") : 0;
}

static void resize(const struct relay *r)
{
	struct winsize size;

	if (r->console >= 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
		ioctl(r->console, TIOCSWINSZ, &size);
}

static void make_raw(struct relay *r)
{
	struct termios raw;

	if (r->console < 0 || tcgetattr(0, &r->before) < 0)
		return;
	raw = r->before;
	cfmakeraw(&raw);
	r->is_raw = tcsetattr(0, TCSANOW, &raw) == 0;
}

static void on_signal(const struct relay *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH)
		resize(r);
	else if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGPIPE && info.ssi_signo != SIGURG)
		sys_pidfd_signal(r->pidfd, (int)info.ssi_signo);
}

/* False at the end. */
static bool copy(int from, int to)
{
	char chunk[CHUNK];
	ssize_t got = read(from, chunk, sizeof(chunk));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	for (ssize_t done = 0; done < got;) {
		ssize_t wrote = write(to, chunk + done, (size_t)(got - done));

		if (wrote < 0 && errno == EAGAIN) {
			struct pollfd room = {.fd = to, .events = POLLOUT};

			poll(&room, 1, -1);
			continue;
		}
		if (wrote < 0 && errno != EINTR)
			return false;
		done += wrote > 0 ? wrote : 0;
	}
	return got > 0;
}

static void turn(struct relay *r, bool *ended)
{
	struct pollfd fds[] = {
		{.fd = r->pidfd, .events = POLLIN},
		{.fd = r->signals, .events = POLLIN},
		{.fd = r->console, .events = POLLIN},
		{.fd = r->console >= 0 && r->in_open ? 0 : -1, .events = POLLIN},
	};

	if (poll(fds, array_len(fds), -1) < 0)
		return;
	if (fds[1].revents)
		on_signal(r);
	if (fds[2].revents && !copy(r->console, 1))
		r->console = -1;
	else if (fds[3].revents && !copy(0, r->console))
		r->in_open = false;
	*ended = fds[0].revents;
}

/* What it wrote last is still in the terminal. */
static void drain(struct relay *r)
{
	struct pollfd rest = {.fd = r->console, .events = POLLIN};

	while (r->console >= 0 && poll(&rest, 1, 0) > 0 && copy(r->console, 1))
		;
}

int relay_wait(int pidfd, int console, int *code, struct err *err)
{
	struct relay r = {.pidfd = pidfd, .console = console, .in_open = true};
	siginfo_t info = {0};
	bool ended = false;
	sigset_t all;

	sigfillset(&all);
	r.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.signals < 0)
		return err_sys(err, "signals");
	resize(&r);
	make_raw(&r);
	while (!ended)
		turn(&r, &ended);
	drain(&r);
	if (r.is_raw)
		tcsetattr(0, TCSANOW, &r.before);
	close(r.signals);
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_sys(err, "wait for the process");
	*code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}
