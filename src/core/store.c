#include "core/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/place.h"
#include "core/privilege.h"
#include "core/process.h"
#include "core/store_private.h"
#include "util/buf.h"
#include "util/path.h"
#include "util/strs.h"

enum { FORMAT = 1 };

#define OWNER_LINK "store" /* in the run root */

static const char *const dir_names[STORE_DIRS] = {
	[STORE_ROOT] = ".",
	[STORE_BLOBS] = "blobs/sha256",
	[STORE_LAYERS] = "layers",
	[STORE_CONTAINERS] = "containers",
	[STORE_VOLUMES] = "volumes",
	[STORE_STAGING] = "staging",
	[STORE_TRASH] = "trash",
	[STORE_KEPT] = "kept",
	[STORE_CACHE] = "cache",
};

static const char *const driver_names[] = {[STORE_OVERLAY] = "overlay", [STORE_COPY] = "copy"};

/* The directory itself is ours alone; those above it are ordinary ones. */
static int make_root(char *path, struct err *err)
{
	char *slash = strrchr(path, '/');
	int failed = 0;

	if (slash && slash != path) {
		*slash = '\0';
		failed = path_mkdirs(path, 0755);
		*slash = '/';
	}
	if (!failed && mkdir(path, 0700) < 0 && errno != EEXIST)
		failed = -errno;
	return failed ? err_set(err, failed, "store %s: %s", path, err_name(failed)) : 0;
}

static int open_root(const char *given, const char *variable, const char *otherwise, bool make,
	char path[PATH_MAX], struct err *err)
{
	const char *wanted = given ? given : getenv(variable);
	size_t len;
	int fd;

	if (!wanted || !*wanted)
		wanted = otherwise;
	if (*wanted == '/')
		path[0] = '\0';
	else if (!getcwd(path, PATH_MAX))
		return err_sys(err, "store %s", wanted);
	len = strlen(path);
	if ((size_t)snprintf(path + len, PATH_MAX - len, "%s%s", len ? "/" : "", wanted) >=
		PATH_MAX - len)
		return err_set(err, ENAMETOOLONG, "store %.60s…: the path is too long", wanted);
	for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	if (make && make_root(path, err) < 0)
		return err->code;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "store %s", path) : fd;
}

static int open_dir(int root_fd, const char *name)
{
	return openat(root_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A store that was made before one of them came gets it now. */
static int open_dirs(struct store *store, struct err *err)
{
	int root = store->dirs[STORE_ROOT];

	for (int i = STORE_BLOBS; i < STORE_RUN; i++) {
		store->dirs[i] = open_dir(root, dir_names[i]);
		if (store->dirs[i] < 0 && errno == ENOENT && !store->read_only &&
			mkdirat(root, dir_names[i], 0700) == 0)
			store->dirs[i] = open_dir(root, dir_names[i]);
		if (store->dirs[i] < 0)
			return err_sys(err, "store %s: %s", store->root, dir_names[i]);
	}
	return 0;
}

/* "davit-store 1\ndriver overlay\nreason …\n": one small read tells all. */
static int read_format(struct store *store, struct buf *text, struct err *err)
{
	int version = 0, at = 0;

	if (sscanf(buf_text(text), "davit-store %d\n%n", &version, &at) != 1 || !at)
		return err_set(err, EINVAL, "store %s: its format file is damaged", store->root);
	if (version > FORMAT)
		return err_set(err, ENOTSUP,
			"store %s has format %d, made by a newer davit; this one (%s) knows up to %d",
			store->root, version, DAVIT_VERSION, FORMAT);
	store->driver = strstr(buf_text(text) + at, "driver copy\n") ? STORE_COPY : STORE_OVERLAY;
	store->has_user_marks = strstr(buf_text(text) + at, "\nmarks user\n");
	if (sscanf(buf_text(text) + at, "driver %*s\nreason %199[^\n]", store->reason) != 1)
		snprintf(store->reason, sizeof(store->reason), "not recorded");
	return 0;
}

/* The format file comes last: without it this is done again from the start. */
static int create(struct store *store, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed;

	for (int i = STORE_BLOBS; i < STORE_RUN; i++) {
		int fd = path_mkdirs_in(store->dirs[STORE_ROOT], dir_names[i], 0700);

		if (fd < 0)
			return err_set(err, fd, "store %s: %s: %s", store->root, dir_names[i],
				err_name(fd));
		close(fd);
	}
	if (open_dirs(store, err) < 0)
		return err->code;
	store->driver =
		store_probe(store->dirs[STORE_STAGING], store->reason, sizeof(store->reason));
	store->has_user_marks = privilege_is_rootless();
	buf_addf(&text, "davit-store %d\ndriver %s\nreason %s\n%s", FORMAT,
		store_driver_name(store), store->reason,
		store->has_user_marks ? "marks user\n" : "");
	failed = buf_failed(&text) ? -ENOMEM
				   : path_replace_at(store->dirs[STORE_ROOT], "format", text.data,
					     text.len, 0600);
	return failed ? err_set(err, failed, "store %s: format: %s", store->root, err_name(failed))
		      : 0;
}

/* How layers mark what they hide, and whose ids their files have, differs. */
static int check_marks(const struct store *store, struct err *err)
{
	if (store->driver == STORE_COPY || store->has_user_marks == privilege_is_rootless())
		return 0;
	return err_set(err, ENOTSUP,
		store->has_user_marks
			? "store %s is an ordinary user's: run davit as that user"
			: "store %s was made with the host's rights: run davit with sudo",
		store->root);
}

static int open_or_create(struct store *store, struct err *err)
{
	auto_buf text = BUF_INIT;
	int got = path_read_at(store->dirs[STORE_ROOT], "format", 4096, &text);

	if (got == -ENOENT && store->read_only)
		return err_set(err, ENOENT, "store %s: there is nothing yet", store->root);
	if (got == -ENOENT)
		return create(store, err);
	if (got < 0)
		return err_set(err, got, "store %s: format: %s", store->root, err_name(got));
	if (read_format(store, &text, err) < 0 || check_marks(store, err) < 0)
		return err->code;
	return open_dirs(store, err);
}

/* A run root says of one store what runs: another one would take its rows for lost and sweep them
 * away. A store that is gone, or was made anew, has no say. */
static int claim_run_root(const struct store *store, struct err *err)
{
	int run = store->dirs[STORE_RUN], root = store->dirs[STORE_ROOT];
	struct place owner;

	if (place_read(run, OWNER_LINK, &owner)) {
		auto_close int fd = -1;

		if (place_is(&owner, root))
			return 0;
		fd = open(owner.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && place_is(&owner, fd))
			return err_set(err, EBUSY,
				"the run root %s is the store %s's: give %s another with --run-root",
				store->run_root, owner.path, store->root);
	}
	if (!store->read_only)
		place_write(run, OWNER_LINK, root, store->root);
	return 0;
}

static int check_boot_id(const struct store *store, struct err *err)
{
	if (*process_boot_id())
		return 0;
	return err_set(err, ENOENT,
		"store %s: cannot read /proc/sys/kernel/random/boot_id: is /proc mounted?",
		store->root);
}

int store_open(const struct store_options *options, struct store **out, struct err *err)
{
	static const struct store_options defaults;
	struct store *store;
	auto_store *opening = NULL;

	if (!options)
		options = &defaults;
	if (geteuid() != 0)
		return err_set(err, EPERM, "the system store belongs to root: run davit with sudo");
	opening = store = calloc(1, sizeof(*store));
	if (!store)
		return err_set(err, ENOMEM, "store: out of memory");
	memset(store->dirs, 0xff, sizeof(store->dirs));
	store->sync = options->sync;
	store->read_only = options->read_only;
	store->hold = store->holder = -1;
	store->dirs[STORE_ROOT] = open_root(
		options->root, "DAVIT_ROOT", "/var/lib/davit", !store->read_only, store->root, err);
	if (store->dirs[STORE_ROOT] < 0)
		return err->code;
	store->dirs[STORE_RUN] = open_root(options->run_root, "DAVIT_RUN_ROOT", "/run/davit",
		!store->read_only, store->run_root, err);
	if (store->dirs[STORE_RUN] < 0)
		return err->code;
	if (check_boot_id(store, err) < 0 || claim_run_root(store, err) < 0 ||
		open_or_create(store, err) < 0)
		return err->code;
	*out = take(opening);
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	db_close(store->db);
	store_let_go(store);
	for (int i = 0; i < STORE_DIRS; i++)
		if (store->dirs[i] >= 0)
			close(store->dirs[i]);
	free(store);
}

int store_fd(const struct store *store)
{
	return store->dirs[STORE_ROOT];
}

int store_dir(const struct store *store, enum store_dir which)
{
	return store->dirs[which];
}

const char *store_root(const struct store *store)
{
	return store->root;
}

const char *store_run_root(const struct store *store)
{
	return store->run_root;
}

bool store_waits_for_disk(const struct store *store)
{
	return store->sync;
}

enum store_driver store_driver(const struct store *store)
{
	return store->driver;
}

const char *store_driver_name(const struct store *store)
{
	return driver_names[store->driver];
}

const char *store_driver_reason(const struct store *store)
{
	return store->reason;
}

const char *store_boot_id(const struct store *store)
{
	(void)store;
	return process_boot_id();
}

int store_lock(struct store *store, bool exclusive, struct err *err)
{
	auto_close int fd = openat(store->dirs[STORE_LAYERS], ".", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "store %s: layers", store->root);
	while (flock(fd, exclusive ? LOCK_EX : LOCK_SH) < 0)
		if (errno != EINTR)
			return err_sys(err, "store %s: lock", store->root);
	return take_fd(&fd);
}
