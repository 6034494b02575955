/* corner_reboot.c - a reboot, played in a corner: what a machine that goes down leaves is the
 * store, as it was at that moment, and nothing of the run root. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "core/corner.h"
#include "core/engine_own.h"
#include "core/groups.h"
#include "core/netspace.h"
#include "core/network_own.h"
#include "core/process.h"
#include "util/own.h"
#include "util/path.h"

enum { GONE_MS = 3000 };

static int check(struct engine *engine, struct err *err)
{
	int run = store_dir(engine->store, STORE_RUN);

	if (strstr(store_run_root(engine->store), "/corners/") &&
		faccessat(run, "lock", F_OK, 0) == 0)
		return 0;
	return err_set(err, EPERM,
		"only in the corner of a lesson: this would end every container of %s at once",
		store_root(engine->store));
}

/* The monitors first, so that they see nothing end and have nothing to record or restart. */
static void end_all(struct engine *engine, bool monitors)
{
	struct roster_scan scan;
	struct row *row;

	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan))) {
		const struct row_process *process = monitors ? &row->state.shim : &row->state.init;

		if (process_signal(process, SIGKILL) == 0)
			process_wait_gone(process, GONE_MS);
		if (!monitors)
			groups_end(engine, row->id);
	}
}

static int empty_run_root(struct engine *engine, struct err *err)
{
	int run = store_dir(engine->store, STORE_RUN);
	auto_close int fd = openat(run, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int failed = dir ? 0 : -errno;

	if (dir)
		take_fd(&fd);
	while (!failed && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			strcmp(entry->d_name, "lock") != 0)
			failed = path_remove_at(run, entry->d_name);
	if (dir)
		closedir(dir);
	return failed ? err_set(err, failed, "empty %s: %s", store_run_root(engine->store),
				err_name(failed))
		      : 0;
}

int corner_reboot(struct engine *engine, struct err *err)
{
	if (check(engine, err) < 0)
		return err->code;
	end_all(engine, true);
	end_all(engine, false);
	network_tear_down(engine);
	netspace_end(engine);
	return empty_run_root(engine, err);
}
