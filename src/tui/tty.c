/* tty.c - see tty.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

#include "tui/tty.h"
#include "util/buf.h"

enum { QUEUED_MAX = 2048 }; /* in the kernel: more is a stale frame by the time it is seen */

struct tty {
	int fd;
	bool shared; /* could not be opened anew: O_NONBLOCK was set on the caller's stream */
	struct termios found;
	struct buf unsent;
	uint64_t sent;
};

/* All that a signal handler may touch; set last, cleared first. */
static struct {
	volatile sig_atomic_t armed;
	int fd;
	struct termios found;
	char restore[256];
	size_t len;
} crash;

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};

static void on_crash(int signal)
{
	if (crash.armed) {
		crash.armed = 0;
		/* A terminal that takes nothing must not keep a dying process. */
		if (write(crash.fd, crash.restore, crash.len) < 0)
			fcntl(crash.fd, F_SETFL, O_NONBLOCK);
		tcsetattr(crash.fd, TCSANOW, &crash.found);
	}
	raise(signal); /* SA_RESETHAND: now for real */
}

static void catch_crashes(void)
{
	static char stack[16384]; /* our own may be what overflowed */
	struct sigaction action = {.sa_handler = on_crash};
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	action.sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER;
	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < array_len(crash_signals); i++)
		sigaction(crash_signals[i], &action, NULL);
}

static int open_again(bool *shared)
{
	char name[128];
	int fd = -1;

	*shared = false;
	if (ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0)
		fd = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) { /* su(1) to a user who does not own the device */
		*shared = true;
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		if (fd >= 0)
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return fd;
}

int tty_open(struct tty **out, struct err *err)
{
	auto_of(tty) struct tty *tty = NULL;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ENOTTY,
			"the screen needs a terminal: standard input and output must be one "
			"(davit --help lists the commands)");
	tty = calloc(1, sizeof(*tty));
	if (!tty)
		return err_set(err, ENOMEM, "out of memory");
	tty->fd = open_again(&tty->shared);
	if (tty->fd < 0 || tcgetattr(tty->fd, &tty->found) < 0)
		return err_sys(err, "terminal");
	*out = take(tty);
	return 0;
}

void tty_free(struct tty *tty)
{
	if (!tty)
		return;
	crash.armed = 0;
	if (tty->fd >= 0) {
		tty_cooked(tty);
		if (tty->shared)
			fcntl(tty->fd, F_SETFL, fcntl(tty->fd, F_GETFL) & ~O_NONBLOCK);
		close(tty->fd);
	}
	buf_fini(&tty->unsent);
	free(tty);
}

int tty_fd(const struct tty *tty)
{
	return tty->fd;
}

void tty_size(const struct tty *tty, int *width, int *height)
{
	struct winsize size;

	*width = 80;
	*height = 24;
	if (ioctl(tty->fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		*width = size.ws_col;
		*height = size.ws_row;
	}
}

void tty_raw(struct tty *tty)
{
	struct termios raw = tty->found;

	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(tty->fd, TCSANOW, &raw);
}

void tty_cooked(struct tty *tty)
{
	tcsetattr(tty->fd, TCSANOW, &tty->found);
}

void tty_on_crash(struct tty *tty, const char *restore, size_t len)
{
	crash.fd = tty->fd;
	crash.found = tty->found;
	crash.len = len < sizeof(crash.restore) ? len : sizeof(crash.restore);
	memcpy(crash.restore, restore, crash.len);
	crash.armed = 1;
	catch_crashes();
}

ssize_t tty_read(struct tty *tty, char *bytes, size_t room)
{
	ssize_t n;

	do
		n = read(tty->fd, bytes, room);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EIO)
		return 0; /* the other side of the pseudo-terminal was closed */
	return n < 0 ? -errno : n;
}

void tty_write(struct tty *tty, const void *bytes, size_t len)
{
	buf_add(&tty->unsent, bytes, len);
	tty_flush(tty);
}

bool tty_flush(struct tty *tty)
{
	while (tty->unsent.len > 0) {
		ssize_t n = write(tty->fd, tty->unsent.data, tty->unsent.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			buf_clear(&tty->unsent);
			return false;
		}
		buf_drop(&tty->unsent, (size_t)n);
		tty->sent += (uint64_t)n;
	}
	return true;
}

uint64_t tty_sent(const struct tty *tty)
{
	return tty->sent;
}

size_t tty_unsent(const struct tty *tty)
{
	return tty->unsent.len;
}

bool tty_is_backed_up(const struct tty *tty)
{
	int queued = 0;

	return tty->unsent.len > 0 ||
	       (ioctl(tty->fd, TIOCOUTQ, &queued) == 0 && queued > QUEUED_MAX);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void tty_settle(struct tty *tty, int wait_ms)
{
	int64_t until = now_ms() + wait_ms;

	while (tty_flush(tty) && tty->unsent.len > 0) {
		struct pollfd poll_fd = {.fd = tty->fd, .events = POLLOUT};
		int64_t left = until - now_ms();

		if (left <= 0 || poll(&poll_fd, 1, (int)left) <= 0)
			break;
	}
	buf_clear(&tty->unsent);
}

void tty_drop_input(struct tty *tty)
{
	tcflush(tty->fd, TCIFLUSH);
}
