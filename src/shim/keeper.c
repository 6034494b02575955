/* keeper.c - being there is all that a keeper does (core/keeper.h): its namespaces live as long. */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/launch_keeper.h"
#include "shim/shim.h"

/* A terminal that closes and a session that ends are not meant. */
static void take_signals(void)
{
	sigset_t meant;

	sigfillset(&meant);
	sigdelset(&meant, SIGTERM);
	sigprocmask(SIG_SETMASK, &meant, NULL);
	signal(SIGTERM, SIG_DFL);
}

int keeper_main(void)
{
	struct keeper_answer ready = {0};

	prctl(PR_SET_NAME, "davit-keeper", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	take_signals();
	if (write(KEEPER_FD_READY, &ready, sizeof(ready)) != sizeof(ready))
		return 1;
	close(KEEPER_FD_READY);
	for (;;)
		pause();
}
