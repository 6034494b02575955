/* stage.c - staging/ and trash/: what is being made and what is being removed (store.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/process.h"
#include "core/store.h"
#include "util/buf.h"
#include "util/path.h"

enum { NAME_ROOM = STORE_HIDDEN_SIZE };

struct stage {
	struct store *store;
	char name[NAME_ROOM];
	int fd; /* holds the lock; -1 once moved */
};

static void unique_name(const struct store *store, char name[NAME_ROOM])
{
	static atomic_uint counter;
	struct row_process self = process_self();

	snprintf(name, NAME_ROOM, "%.8s.%d.%llu.%u", store_boot_id(store), (int)self.pid,
		(unsigned long long)self.start, atomic_fetch_add(&counter, 1));
}

static bool maker_lives(const struct store *store, const char *name)
{
	struct row_process maker = {0};
	unsigned long long start;
	char boot[9];
	int pid;

	if (sscanf(name, "%8[^.].%d.%llu.", boot, &pid, &start) != 3 ||
		strncmp(boot, store_boot_id(store), 8) != 0)
		return false;
	maker.pid = pid;
	maker.start = start;
	return process_is_alive(&maker);
}

int stage_new(struct store *store, struct stage **out, struct err *err)
{
	auto_of(stage) struct stage *stage = calloc(1, sizeof(*stage));
	int staging = store_dir(store, STORE_STAGING);

	if (!stage)
		return err_set(err, ENOMEM, "staging: out of memory");
	stage->store = store;
	stage->fd = -1;
	unique_name(store, stage->name);
	if (mkdirat(staging, stage->name, 0700) < 0)
		return err_sys(err, "store %s: staging", store_root(store));
	stage->fd = openat(staging, stage->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* The name tells davits of our own pid namespace that we live, the lock tells all others.
	 */
	if (stage->fd < 0 || flock(stage->fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(err, "store %s: staging", store_root(store));
	*out = take(stage);
	return 0;
}

int stage_fd(const struct stage *stage)
{
	return stage->fd;
}

const char *stage_name(const struct stage *stage)
{
	return stage->name;
}

int stage_move(struct stage *stage, enum store_dir to, const char *name, struct err *err)
{
	int staging = store_dir(stage->store, STORE_STAGING);

	if (renameat2(staging, stage->name, store_dir(stage->store, to), name, RENAME_NOREPLACE) <
		0)
		return err_sys(err, "store %s: %s", store_root(stage->store), name);
	close(take_fd(&stage->fd));
	return 0;
}

void stage_free(struct stage *stage)
{
	if (!stage)
		return;
	if (stage->fd >= 0) {
		path_remove_at(store_dir(stage->store, STORE_STAGING), stage->name);
		close(stage->fd);
	}
	free(stage);
}

int store_hide(struct store *store, enum store_dir from, const char *name,
	char hidden[STORE_HIDDEN_SIZE], struct err *err)
{
	unique_name(store, hidden);
	if (renameat(store_dir(store, from), name, store_dir(store, STORE_TRASH), hidden) < 0)
		return err_sys(err, "remove %s", name);
	return 0;
}

int store_delete_hidden(struct store *store, const char *hidden, struct err *err)
{
	int failed = path_remove_at(store_dir(store, STORE_TRASH), hidden);

	return failed ? err_set(err, failed, "remove %s: %s", hidden, err_name(failed)) : 0;
}

int store_discard(struct store *store, enum store_dir from, const char *name, struct err *err)
{
	char hidden[STORE_HIDDEN_SIZE];

	if (store_hide(store, from, name, hidden, err) < 0)
		return err->code;
	if (store_delete_hidden(store, hidden, err) < 0)
		return err_set(err, err->code, "remove %s: %s", name, err_name(err->code));
	return 0;
}

static void sweep_one(struct store *store, int dir_fd, const char *name)
{
	auto_close int fd = -1;

	if (maker_lives(store, name))
		return;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	path_remove_at(dir_fd, name);
}

void store_sweep(struct store *store)
{
	static const enum store_dir swept[] = {STORE_STAGING, STORE_TRASH};

	for (size_t i = 0; i < array_len(swept); i++) {
		int dir_fd = store_dir(store, swept[i]);
		int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				sweep_one(store, dir_fd, entry->d_name);
		if (dir)
			closedir(dir);
	}
}
