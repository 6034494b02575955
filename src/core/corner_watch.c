#include "core/corner_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/after.h"
#include "core/corner.h"
#include "core/engine_own.h"
#include "util/own.h"

enum { TRIES = 200, PAUSE_US = 50000, OWNER_MS = 10000 };

int corner_watch_start(struct engine *engine)
{
	return after_start(engine, (const char *const[]){"lesson", "sweep", NULL}, "/");
}

void corner_watch_here(struct engine *engine, int wait_fd)
{
	auto_close int owner = (int)syscall(SYS_pidfd_open, getppid(), 0);
	struct pollfd gone = {.fd = owner, .events = POLLIN};

	after_wait(wait_fd);
	/* One that is killed lets go of us, of its lock and of its life one after the other; one
	 * that is done with its corner may go on living, and has left nothing. */
	poll(&gone, 1, OWNER_MS);
	for (int i = 0; i < TRIES && !corner_sweep(engine); i++)
		usleep(PAUSE_US);
}
