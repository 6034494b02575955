#include "core/pseudo_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "util/own.h"

int pseudo_terminal_open(
	unsigned rows, unsigned columns, char name[PSEUDO_TERMINAL_NAME], struct err *err)
{
	auto_close int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const struct winsize size = {
		.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
		ptsname_r(master, name, PSEUDO_TERMINAL_NAME) != 0)
		return err_sys(err, "open a terminal");
	ioctl(master, TIOCSWINSZ, &size);
	return take_fd(&master);
}
