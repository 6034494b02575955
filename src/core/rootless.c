#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/engine_rootless.h"
#include "core/home.h"
#include "core/keeper.h"
#include "util/own.h"

#define SYSTEM_STORE "/var/lib/davit"

static bool is_given(const char *option, const char *variable)
{
	const char *value = getenv(variable);

	return option || (value && *value);
}

static int name_default(const char *option, const char *variable, const char *path, struct err *err)
{
	if (is_given(option, variable) || setenv(variable, path, 1) == 0)
		return 0;
	return err_set(err, ENOMEM, "name your store: out of memory");
}

/* Said when the store is made, so that nobody takes an empty list for the system's. */
static void note_first(const char *store, struct engine_entry *out)
{
	if (access(store, F_OK) == 0 || access(SYSTEM_STORE, F_OK) < 0)
		return;
	snprintf(out->note, sizeof(out->note),
		"this is a store of your own, %.400s: the system's is root's (sudo davit)", store);
}

static void note_keeper(const struct keeper *keeper, struct engine_entry *out)
{
	if (keeper->is_new && keeper->why[0])
		snprintf(out->note, sizeof(out->note),
			"your containers have one user and one group only, and images with others' files cannot be unpacked: %s",
			keeper->why);
}

static int enter(const struct engine_options *options, const char *run_root, int run_fd,
	struct engine_entry *out, struct err *err)
{
	const char *other = options->run_root ? options->run_root : getenv("DAVIT_RUN_ROOT");
	const char *rosters[] = {run_root, other && *other ? other : NULL, NULL};
	struct keeper keeper;
	int failed = options->read_only ? keeper_look(run_fd, rosters, &keeper, err)
					: keeper_enter(run_fd, rosters, &keeper, err);

	if (!failed)
		note_keeper(&keeper, out);
	return failed;
}

static int name_store(const struct engine_options *options, char store[PATH_MAX],
	struct engine_entry *out, struct err *err)
{
	const char *given = options->root ? options->root : getenv("DAVIT_ROOT");
	int failed;

	if (given && *given) {
		snprintf(store, PATH_MAX, "%s", given);
		return 0;
	}
	failed = home_store(store, err);
	if (!failed)
		failed = name_default(options->root, "DAVIT_ROOT", store, err);
	if (!failed)
		note_first(store, out);
	return failed;
}

int engine_enter(const struct engine_options *options, struct engine_entry *out, struct err *err)
{
	char store[PATH_MAX], run_root[PATH_MAX];
	auto_close int run_fd = -1;
	int failed;

	out->note[0] = '\0';
	if (geteuid() == 0)
		return 0;
	failed = name_store(options, store, out, err);
	if (!failed)
		failed = home_run(geteuid(), options->read_only, run_root, &run_fd, err);
	if (!failed && !is_given(options->run_root, "DAVIT_RUN_ROOT"))
		failed = home_settle(store, geteuid(), options->read_only, run_root, &run_fd, err);
	if (!failed)
		failed = name_default(options->run_root, "DAVIT_RUN_ROOT", run_root, err);
	return failed ? failed : enter(options, run_root, run_fd, out, err);
}

/* ---- the keeper ---- */

static int open_run(char path[PATH_MAX], int *fd, struct err *err)
{
	const struct engine_options defaults = {0};
	struct engine_entry unused;
	char store[PATH_MAX];
	int failed;

	if (geteuid() == 0)
		return err_set(err, ENOTSUP,
			"root's containers need no keeper: it keeps an ordinary user's namespaces");
	failed = name_store(&defaults, store, &unused, err);
	if (!failed)
		failed = home_run(geteuid(), true, path, fd, err);
	return failed ? failed : home_settle(store, geteuid(), true, path, fd, err);
}

int engine_keeper_here(struct cJSON **out, struct err *err)
{
	char run_root[PATH_MAX];
	auto_close int run_fd = -1;
	struct keeper keeper = {0};
	cJSON *answer;
	int failed = open_run(run_root, &run_fd, err);

	if (failed)
		return failed;
	if (keeper_find(run_fd, &keeper, NULL) < 0)
		keeper = (struct keeper){0};
	answer = cJSON_CreateObject();
	cJSON_AddNumberToObject(answer, "Pid", keeper.process.pid);
	cJSON_AddNumberToObject(answer, "Ids", (double)keeper.ids);
	cJSON_AddStringToObject(answer, "RunRoot", run_root);
	*out = answer;
	return answer ? 0 : err_set(err, ENOMEM, "describe the keeper: out of memory");
}

int engine_keeper_stop_here(struct err *err)
{
	char run_root[PATH_MAX];
	auto_close int run_fd = -1;
	int failed = open_run(run_root, &run_fd, err);

	return failed ? failed : keeper_stop(run_fd, err);
}
