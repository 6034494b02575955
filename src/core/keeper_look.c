/* keeper_look.c - into a user's namespaces without leaving anything there.
 *
 *     we                                  the mapper, our child, which stays outside
 *     unshare(user)
 *                         go -->
 *                                         newuidmap, newgidmap: of us
 *                         <-- answer      and is gone
 *     root inside, unshare(mount) */
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/keeper_private.h"
#include "util/own.h"

struct map_answer {
	int failed;
	struct err err;
	char why[sizeof(((struct keeper *)0)->why)];
};

static _Noreturn void map_parent(int gate, pid_t parent)
{
	struct map_answer answer = {0};
	struct keeper keeper = {0};
	bool alone = false;
	char go;

	if (read(gate, &go, 1) != 1)
		_exit(1);
	answer.failed = keeper_map_ids(parent, &keeper, &alone, &answer.err);
	memcpy(answer.why, keeper.why, sizeof(answer.why));
	if (answer.failed == -EAGAIN)
		answer.failed = keeper_map_ids(parent, &keeper, &alone, &answer.err);
	_exit(write(gate, &answer, sizeof(answer)) != sizeof(answer));
}

static int be_mapped(int gate, struct keeper *out, struct err *err)
{
	struct map_answer answer;

	if (syscall(SYS_unshare, CLONE_NEWUSER) < 0)
		return keeper_refused("make a user namespace", errno, err);
	if (write(gate, "", 1) != 1 || read(gate, &answer, sizeof(answer)) != sizeof(answer))
		return err_set(err, EIO, "your user namespace: who maps its ids was killed");
	if (answer.failed) {
		*err = answer.err;
		return answer.failed;
	}
	memcpy(out->why, answer.why, sizeof(out->why));
	out->is_new = true;
	return 0;
}

/* Nobody writes the maps of the user namespace that they are in: who is to have more ids than one
 * is helped from outside. */
static int make_own(struct keeper *out, struct err *err)
{
	pid_t self = getpid(), mapper;
	int gate[2], failed;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		return err_sys(err, "look at your store");
	mapper = fork();
	if (mapper == 0) {
		close(gate[0]);
		map_parent(gate[1], self);
	}
	close(gate[1]);
	failed = mapper < 0 ? err_sys(err, "look at your store") : be_mapped(gate[0], out, err);
	close(gate[0]);
	while (mapper > 0 && waitpid(mapper, NULL, 0) < 0 && errno == EINTR)
		;
	return failed;
}

int keeper_look(int run_fd, const char *const *rosters, struct keeper *out, struct err *err)
{
	auto_close int pidfd = keeper_open(run_fd, out), shim = -1;
	int failed = 0;

	if (pidfd >= 0)
		return keeper_enter_its(pidfd, err);
	shim = keeper_find_shim(rosters);
	if (shim < 0)
		failed = make_own(out, err);
	else if (syscall(SYS_setns, shim, CLONE_NEWUSER) < 0)
		failed = err_sys(err, "join your containers' user namespace");
	if (!failed)
		failed = keeper_become_root(err);
	if (!failed && syscall(SYS_unshare, CLONE_NEWNS) < 0)
		failed = err_sys(err, "make a mount namespace in your user namespace");
	return failed;
}
