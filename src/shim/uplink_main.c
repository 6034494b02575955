#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/launch/sys.h"
#include "shim/uplink.h"

static struct uplink the_uplink;

/* ---- the end ---- */

static void on_knock(struct watch *watch, uint32_t events);

/* Whoever asks that we end holds a tie until then. */
static bool is_idle(const struct uplink *uplink)
{
	return uplink->ties <= (uplink->ends ? 1 : 0);
}

/* Nobody starts another while we hold the lock, and who knocked before we had it is served. */
static bool may_end(struct uplink *uplink)
{
	int lock = openat(UPLINK_FD_DIR, UPLINK_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) {
		on_knock(&uplink->listener, EPOLLIN);
		if (is_idle(uplink))
			return true; /* with the lock, until we are gone */
	}
	sys_close(&lock);
	return false;
}

static void look_around(struct timer *timer)
{
	struct uplink *uplink = container_of(timer, struct uplink, linger);

	if (!is_idle(uplink))
		return;
	if (!may_end(uplink)) {
		timer_start(&uplink->loop, timer, UPLINK_LINGER_MS, look_around);
		return;
	}
	unlinkat(UPLINK_FD_DIR, UPLINK_SOCKET, 0);
	pasta_end(uplink);
	space_close(uplink);
	_exit(0);
}

/* ---- events ---- */

static void on_knock(struct watch *watch, uint32_t events)
{
	struct uplink *uplink = container_of(watch, struct uplink, listener);
	int fd;

	(void)events;
	while ((fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		tie_open(uplink, fd);
}

static void on_children(struct watch *watch, uint32_t events)
{
	struct uplink *uplink = container_of(watch, struct uplink, children);
	struct signalfd_siginfo info;
	int pid, status;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == uplink->pasta.pid)
			pasta_reaped(uplink, status);
		else if (pid == uplink->space_pid)
			_exit(1); /* the next davit starts another of us */
	}
}

void uplink_linger(struct uplink *uplink)
{
	if (is_idle(uplink))
		timer_start(&uplink->loop, &uplink->linger, uplink->ends ? 0 : UPLINK_LINGER_MS,
			look_around);
}

/* ---- the beginning ---- */

static void raise_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int settle_in(struct uplink *uplink)
{
	sigset_t all, child;

	prctl(PR_SET_NAME, "davit-uplink", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(077);
	for (int number = 1; number < SIGRTMIN; number++) /* pasta counts on it */
		signal(number, SIG_DFL);
	sigfillset(&all);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (fchdir(UPLINK_FD_DIR) < 0 || sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return -errno;
	raise_limit();
	fcntl(UPLINK_FD_LISTENER, F_SETFD, FD_CLOEXEC);
	fcntl(UPLINK_FD_LISTENER, F_SETFL, O_NONBLOCK);
	fcntl(UPLINK_FD_DIR, F_SETFD, FD_CLOEXEC);
	uplink->children.fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	return uplink->children.fd < 0 ? -errno : 0;
}

static int prepare(struct uplink *uplink)
{
	int error = settle_in(uplink);

	uplink->pasta.words.fd = -1;
	if (!error)
		error = space_open(uplink);
	if (!error)
		error = watch_open(&uplink->loop, &uplink->children, uplink->children.fd, EPOLLIN,
			on_children);
	return error ? error
		     : watch_open(&uplink->loop, &uplink->listener, UPLINK_FD_LISTENER, EPOLLIN,
			       on_knock);
}

int uplink_main(void)
{
	struct uplink *uplink = &the_uplink;

	if (loop_init(&uplink->loop) < 0 || prepare(uplink) < 0)
		return 1;
	uplink_linger(uplink);
	for (;;)
		loop_turn(&uplink->loop);
}
