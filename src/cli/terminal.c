#include "cli/terminal.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "util/own.h"

static const int fatal[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

static struct {
	volatile sig_atomic_t raw;
	int fd;
	struct termios cooked;
	struct sigaction before[array_len(fatal)];
} terminal;

static void restore_and_die(int signal)
{
	terminal_restore();
	/* SA_RESETHAND has put the default back; it acts once this handler returns. */
	raise(signal);
}

static void catch_fatal(void)
{
	struct sigaction action = {.sa_handler = restore_and_die, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < array_len(fatal); i++) {
		sigaction(fatal[i], NULL, &terminal.before[i]);
		if (terminal.before[i].sa_handler == SIG_DFL)
			sigaction(fatal[i], &action, NULL);
	}
}

bool terminal_make_raw(int fd)
{
	struct termios raw;
	static bool registered;

	if (terminal.raw)
		return true;
	if (tcgetattr(fd, &terminal.cooked) < 0)
		return false;
	if (!registered)
		registered = atexit(terminal_restore) == 0;
	terminal.fd = fd;
	terminal.raw = 1;
	catch_fatal();
	raw = terminal.cooked;
	cfmakeraw(&raw);
	/* Output stays as it was but for newlines: the container's terminal has made its own
	 * "\r\n". */
	raw.c_oflag = terminal.cooked.c_oflag & ~(tcflag_t)OPOST;
	if (tcsetattr(fd, TCSADRAIN, &raw) == 0)
		return true;
	terminal.raw = 0;
	return false;
}

/* Async-signal-safe. */
void terminal_restore(void)
{
	if (!terminal.raw)
		return;
	terminal.raw = 0;
	tcsetattr(terminal.fd, TCSADRAIN, &terminal.cooked);
}

bool terminal_size(int fd, unsigned *rows, unsigned *columns)
{
	struct winsize size = {0};
	bool good = ioctl(fd, TIOCGWINSZ, &size) == 0;

	*rows = good ? size.ws_row : 0;
	*columns = good ? size.ws_col : 0;
	return good;
}
