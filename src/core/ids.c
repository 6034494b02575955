#include "core/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/kernel.h"
#include "util/own.h"
#include "util/path.h"

enum { SUBID_MAX = 4 << 20 };
#define OWNER     "davit"
#define SIZE_WORD "size="

/* ---- choosing ---- */

static int by_first(const void *a, const void *b)
{
	const struct image_ids *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

int ids_choose(
	struct image_ids pool, struct image_ids *taken, size_t len, uint32_t count, uint32_t *first)
{
	uint64_t at = pool.first, end = at + pool.count;

	if (len)
		qsort(taken, len, sizeof(*taken), by_first);
	for (size_t i = 0; i < len; i++) {
		uint64_t its_end = (uint64_t)taken[i].first + taken[i].count;

		if (taken[i].first >= at + count)
			break;
		if (its_end > at)
			at = its_end;
	}
	if (!count || at + count > end)
		return -ENOSPC;
	*first = (uint32_t)at;
	return 0;
}

/* ---- reading ---- */

static bool read_number(const char *text, const char **end, uint32_t *out)
{
	unsigned long long value;
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &stop, 10);
	*end = stop;
	*out = (uint32_t)value;
	return !errno && value <= UINT32_MAX;
}

/* "FIRST:COUNT" */
static bool read_range(const char *text, struct image_ids *out)
{
	const char *end;

	return read_number(text, &end, &out->first) && *end == ':' &&
	       read_number(end + 1, &end, &out->count) && out->count && !end[strspn(end, " \t\r")];
}

bool ids_read_line(const char *line, size_t *owner, struct image_ids *out)
{
	*owner = strcspn(line, ":");
	return *owner && line[0] != '#' && line[*owner] && read_range(line + *owner + 1, out);
}

int ids_read_mode(const char *mode, uint32_t *count, struct err *err)
{
	const char *words = mode + strlen("auto"), *end;

	*count = IDS_DEFAULT;
	if (!*words)
		return 0;
	if (*words != ':' || !str_has_prefix(words + 1, SIZE_WORD))
		return err_set(err, ENOTSUP,
			"--userns %.60s: of auto's options only size=N is supported", mode);
	if (!read_number(words + 1 + strlen(SIZE_WORD), &end, count) || *end || !*count)
		return err_set(
			err, EINVAL, "--userns %.60s: the size is not a number of ids", mode);
	if (*count < IDS_LEAST)
		return err_set(err, EINVAL, "--userns %.60s: the size must be %d or more", mode,
			IDS_LEAST);
	return 0;
}

/* ---- what is taken ---- */

struct ranges {
	struct image_ids *v;
	size_t len, room;
	bool failed; /* out of memory */
};

static void add(struct ranges *ranges, struct image_ids range)
{
	if (ranges->len == ranges->room) {
		size_t room = ranges->room ? 2 * ranges->room : 64;
		void *v = realloc(ranges->v, room * sizeof(*ranges->v));

		if (!v) {
			ranges->failed = true;
			return;
		}
		ranges->v = v;
		ranges->room = room;
	}
	ranges->v[ranges->len++] = range;
}

static void ranges_fini(struct ranges *ranges)
{
	free(ranges->v);
}

/* What users' own namespaces are made of. Our own line, if there is one, is the pool. */
static int add_file(struct ranges *taken, const char *path, struct image_ids *own, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, path, SUBID_MAX, &text);
	char *rest = text.data, *line;

	if (failed == -ENOENT)
		return 0;
	if (failed)
		return err_set(err, failed, "read %s: %s", path, err_name(failed));
	while (rest && (line = strsep(&rest, "\n"))) {
		struct image_ids range;
		size_t owner;

		if (!ids_read_line(line, &owner, &range))
			continue;
		if (owner == strlen(OWNER) && memcmp(line, OWNER, owner) == 0)
			*own = range;
		else
			add(taken, range);
	}
	return 0;
}

static int read_pool(struct ranges *taken, struct image_ids *pool, struct err *err)
{
	/* systemd's: what images of other hosts' users are seen as. */
	const struct image_ids foreign = {0x7ffe0000u, 65536};
	struct image_ids users = {0}, groups = {0};
	int failed = add_file(taken, "/etc/subuid", &users, err);

	if (!failed)
		failed = add_file(taken, "/etc/subgid", &groups, err);
	if (failed)
		return failed;
	if (users.first != groups.first || users.count != groups.count)
		return err_set(err, EINVAL,
			"--userns auto: the lines of %s in /etc/subuid and /etc/subgid must be the same",
			OWNER);
	*pool = users;
	if (!users.count) {
		*pool = (struct image_ids){IDS_FIRST, UINT32_MAX - IDS_FIRST};
		add(taken, foreign);
	}
	return 0;
}

static bool read_record(int dir, const char *path, struct image_ids *out)
{
	char text[32];
	ssize_t len = readlinkat(dir, path, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return read_range(text, out);
}

struct image_ids ids_of(int own_fd)
{
	struct image_ids ids;

	return read_record(own_fd, "ids", &ids) ? ids : (struct image_ids){0};
}

static void add_container(struct ranges *taken, int dir, const char *id)
{
	struct image_ids range;
	char path[300];

	snprintf(path, sizeof(path), "%s/ids", id);
	if (read_record(dir, path, &range))
		add(taken, range);
}

static int add_containers(struct ranges *taken, int dir_fd, struct err *err)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return err_sys(err, "list the containers' ids");
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add_container(taken, dirfd(dir), entry->d_name);
	closedir(dir);
	return 0;
}

/* The trash first and last: whoever moves meanwhile, in whichever direction, is met. */
static int add_all(struct ranges *taken, const struct store *store, struct err *err)
{
	static const enum store_dir where[] = {STORE_TRASH, STORE_CONTAINERS, STORE_TRASH};
	int failed = 0;

	for (size_t i = 0; !failed && i < array_len(where); i++)
		failed = add_containers(taken, store_dir(store, where[i]), err);
	return failed;
}

/* ---- giving ---- */

static int lock_choice(const struct store *store, int *lock, struct err *err)
{
	auto_close int fd = openat(store_dir(store, STORE_RUN), "ids.lock",
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(err, "open ids.lock");
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, "lock ids.lock");
	*lock = take_fd(&fd);
	return 0;
}

static int find(const struct store *store, uint32_t count, uint32_t *first, struct err *err)
{
	__attribute__((cleanup(ranges_fini))) struct ranges taken = {0};
	struct image_ids pool = {0};
	int failed = read_pool(&taken, &pool, err);

	if (!failed)
		failed = add_all(&taken, store, err);
	if (!failed && taken.failed)
		failed = err_set(err, ENOMEM, "--userns auto: out of memory");
	if (failed)
		return failed;
	failed = ids_choose(pool, taken.v, taken.len, count, first);
	return failed ? err_set(err, failed,
				"--userns auto: no %u ids are free from %u to %u: remove containers, or give %s more in /etc/subuid and /etc/subgid",
				count, pool.first, pool.first + (pool.count - 1), OWNER)
		      : 0;
}

static int check_kernel(const struct store *store, struct err *err)
{
	bool copies = store_driver(store) == STORE_COPY;
	struct kernel kernel;
	int failed = kernel_read(getenv("DAVIT_KERNEL"), &kernel, err);

	if (failed || kernel_has(&kernel, copies ? KERNEL_MOUNT_SETATTR : KERNEL_OVERLAY_IDMAP))
		return failed;
	return err_set(err, ENOTSUP,
		"--userns auto needs Linux %s (layers with mapped ids): this is %u.%u",
		copies ? "5.12" : "5.19", kernel.version >> 16, kernel.version >> 8 & 0xff);
}

static int set_map(struct spec *spec, uint32_t first, uint32_t count, struct err *err)
{
	struct spec_id_map *uids = spec_grow(&spec->lnx.uid_mappings),
			   *gids = spec_grow(&spec->lnx.gid_mappings);

	if (!uids || !gids || spec_set_namespace(spec, "user", NULL) < 0)
		return err_set(err, ENOMEM, "--userns auto: out of memory");
	*uids = *gids = (struct spec_id_map){.host_id = first, .size = count};
	return 0;
}

int ids_give(const struct store *store, const char *mode, struct recipe *recipe, int *lock,
	struct err *err)
{
	uint32_t count, first = 0;
	int failed;

	if (!mode || (!str_eq(mode, "auto") && !str_has_prefix(mode, "auto:")))
		return 0;
	failed = ids_read_mode(mode, &count, err);
	if (!failed)
		failed = check_kernel(store, err);
	if (!failed)
		failed = lock_choice(store, lock, err);
	if (!failed)
		failed = find(store, count, &first, err);
	return failed ? failed : set_map(recipe->spec, first, count, err);
}

int ids_record(const struct recipe *recipe, int dir_fd, struct err *err)
{
	const struct spec_linux *lnx = &recipe->spec->lnx;
	char text[32];

	if (!lnx->uid_mappings.len)
		return 0;
	snprintf(text, sizeof(text), "%u:%u", lnx->uid_mappings.v[0].host_id,
		lnx->uid_mappings.v[0].size);
	return symlinkat(text, dir_fd, "ids") < 0 ? err_sys(err, "note the container's ids") : 0;
}
