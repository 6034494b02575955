#include "core/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/place.h"
#include "util/own.h"

/* The XDG base directories must be absolute, or count as not set. */
static const char *absolute(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] == '/' && strlen(value) < PATH_MAX - 64 ? value : NULL;
}

int home_store(char path[PATH_MAX], struct err *err)
{
	const char *data = absolute("XDG_DATA_HOME"), *home = absolute("HOME");

	if (data)
		snprintf(path, PATH_MAX, "%s/davit", data);
	else if (home)
		snprintf(path, PATH_MAX, "%s/.local/share/davit", home);
	else
		return err_set(err, ENOENT,
			"there is no home to have your store in: set HOME, or say --root");
	return 0;
}

/* Nobody else can put anything there. */
static bool is_private(int fd, uint32_t uid)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid &&
	       !(st.st_mode & 022);
}

static int open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Where a session, or the system for its user, has a directory for this. */
static bool find_runtime(uint32_t uid, char path[PATH_MAX])
{
	const char *given = absolute("XDG_RUNTIME_DIR");
	char usual[64];
	const char *candidates[] = {given, usual};

	snprintf(usual, sizeof(usual), "/run/user/%u", uid);
	for (size_t i = 0; i < array_len(candidates); i++) {
		auto_close int fd = candidates[i] ? open_dir(AT_FDCWD, candidates[i]) : -1;

		if (fd < 0 || !is_private(fd, uid))
			continue;
		snprintf(path, PATH_MAX, "%s/davit", candidates[i]);
		return true;
	}
	return false;
}

int home_run(uint32_t uid, bool looks, char path[PATH_MAX], int *out, struct err *err)
{
	auto_close int fd = -1;
	struct stat st;

	if (!find_runtime(uid, path))
		snprintf(path, PATH_MAX, "/tmp/davit-%u", uid);
	if (!looks && mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make the run root %s", path);
	fd = open_dir(AT_FDCWD, path);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(err, EPERM,
			"the run root %s is no directory: remove it, or set XDG_RUNTIME_DIR to a directory of your own",
			path);
	if (fd < 0 && looks && errno == ENOENT) {
		*out = -1;
		return 0;
	}
	if (fd < 0)
		return err_sys(err, "open the run root %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at the run root %s", path);
	if (st.st_uid != uid)
		return err_set(err, EPERM,
			"the run root %s belongs to user %u, not to you: set XDG_RUNTIME_DIR to a directory of your own",
			path, st.st_uid);
	if (st.st_mode & 077)
		return err_set(err, EPERM,
			"the run root %s is open to others (mode %03o): see who has been there, then chmod 700 it",
			path, st.st_mode & 0777);
	*out = take_fd(&fd);
	return 0;
}

/* ---- one run root a store ---- */

#define LINK "run"

int home_settle(
	const char *store, uint32_t uid, bool looks, char path[PATH_MAX], int *fd, struct err *err)
{
	auto_close int dir = open(store, O_PATH | O_DIRECTORY | O_CLOEXEC), other = -1;
	struct place place;
	bool was_elsewhere;

	if (dir < 0) /* it will be made, and say so next time */
		return 0;
	was_elsewhere = place_read(dir, LINK, &place);
	if (was_elsewhere && place_is(&place, *fd))
		return 0;
	other = was_elsewhere ? open_dir(AT_FDCWD, place.path) : -1;
	if (other >= 0 && is_private(other, uid) && place_is(&place, other)) {
		close(*fd);
		*fd = take_fd(&other);
		snprintf(path, PATH_MAX, "%s", place.path);
		return 0;
	}
	if (looks)
		return 0;
	/* As after a reboot: it is made anew of what the store has. */
	if (was_elsewhere && unlinkat(*fd, "roster", 0) < 0 && errno != ENOENT)
		return err_sys(err, "forget what %s remembers", path);
	place_write(
		dir, LINK, *fd, path); /* a store of somebody else's will not be opened anyway */
	return 0;
}
