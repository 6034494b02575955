#include "core/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/subids.h"
#include "util/own.h"
#include "util/path.h"

enum { SUBID_MAX = 4 << 20, RECORD_MAX = 64 << 10 };
#define OWNER "davit"

/* ---- choosing ---- */

static int by_first(const void *a, const void *b)
{
	const struct id_range *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

int ids_choose(
	struct id_range pool, struct id_range *taken, size_t len, uint32_t count, uint32_t *first)
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
static bool read_range(const char *text, struct id_range *out)
{
	const char *end;

	return read_number(text, &end, &out->first) && *end == ':' &&
	       read_number(end + 1, &end, &out->count) && out->count && !end[strspn(end, " \t\r")];
}

bool ids_read_line(const char *line, size_t *owner, struct id_range *out)
{
	*owner = strcspn(line, ":");
	return *owner && line[0] != '#' && line[*owner] && read_range(line + *owner + 1, out);
}

/* ---- what is taken ---- */

struct ranges {
	struct id_range *v;
	size_t len, room;
	bool failed; /* out of memory */
};

static void add(struct ranges *ranges, struct id_range range)
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
static int add_file(struct ranges *taken, const char *path, struct id_range *own, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, path, SUBID_MAX, &text);
	char *rest = text.data, *line;

	if (failed == -ENOENT)
		return 0;
	if (failed)
		return err_set(err, failed, "read %s: %s", path, err_name(failed));
	while (rest && (line = strsep(&rest, "\n"))) {
		struct id_range range;
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

static int read_pool(struct ranges *taken, struct id_range *pool, struct err *err)
{
	/* systemd's: what images of other hosts' users are seen as. */
	const struct id_range foreign = {0x7ffe0000u, 65536};
	struct id_range users = {0}, groups = {0};
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
		*pool = (struct id_range){IDS_FIRST, UINT32_MAX - IDS_FIRST};
		add(taken, foreign);
	}
	return 0;
}

/* The lines of a container with several. */
static void add_lines(struct ranges *taken, int dir, const char *path)
{
	auto_buf text = BUF_INIT;
	char *rest, *line;

	if (path_read_at(dir, path, RECORD_MAX, &text) < 0)
		return;
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		struct id_range range;

		if (read_range(line, &range))
			add(taken, range);
	}
}

static void add_container(struct ranges *taken, int dir, const char *id)
{
	struct id_range range;
	char path[300], text[32];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/ids", id);
	len = readlinkat(dir, path, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	if (read_range(text, &range))
		add(taken, range);
	else if (len < 0 && errno == EINVAL)
		add_lines(taken, dir, path);
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

int ids_lock(const struct store *store, int *lock, struct err *err)
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

int ids_find(const struct store *store, const struct id_maps *fixed, uint32_t count,
	uint32_t *first, struct err *err)
{
	__attribute__((cleanup(ranges_fini))) struct ranges taken = {0};
	struct id_range pool = {0};
	int failed = read_pool(&taken, &pool, err);

	if (!failed)
		failed = add_all(&taken, store, err);
	for (size_t i = 0; i < fixed->len; i++)
		add(&taken, (struct id_range){fixed->v[i].outside, fixed->v[i].count});
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

int ids_named(const char *file, const char *name, struct id_maps *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, file, SUBID_MAX, &text);
	struct subids lent;
	uint32_t next = 0;

	if (failed)
		return err_set(err, failed, "read %s: %s", file, err_name(failed));
	subids_parse(buf_text(&text), name, UINT32_MAX, &lent);
	for (size_t i = 0; i < lent.len; i++) {
		id_maps_add(out, (struct id_map){next, lent.v[i].first, lent.v[i].count});
		next += lent.v[i].count;
	}
	return out->len ? 0
			: err_set(err, ENOENT,
				  "no ids of \"%.60s\" in %s: add NAME:FIRST:COUNT there", name,
				  file);
}

/* ---- on record ---- */

static void add_spans(struct ranges *ranges, const struct spec_id_map *maps, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add(ranges, (struct id_range){maps[i].host_id, maps[i].size});
}

static int write_lines(int dir_fd, const struct ranges *ranges, struct err *err)
{
	auto_close int fd = openat(dir_fd, "ids", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < ranges->len; i++)
		buf_addf(&text, "%u:%u\n", ranges->v[i].first, ranges->v[i].count);
	if (buf_failed(&text))
		return err_set(err, ENOMEM, "note the container's ids: out of memory");
	return fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len
		       ? err_sys(err, "note the container's ids")
		       : 0;
}

int ids_record(const struct recipe *recipe, int dir_fd, struct err *err)
{
	__attribute__((cleanup(ranges_fini))) struct ranges ranges = {0};
	const struct spec_linux *lnx = &recipe->spec->lnx;
	const struct spec_namespace *user = spec_find_namespace(recipe->spec, "user");
	char text[32];

	if (!user || user->path) /* whose they are has them on record */
		return 0;
	add_spans(&ranges, lnx->uid_mappings.v, lnx->uid_mappings.len);
	add_spans(&ranges, lnx->gid_mappings.v, lnx->gid_mappings.len);
	if (ranges.failed)
		return err_set(err, ENOMEM, "note the container's ids: out of memory");
	if (ranges.len != 2 || memcmp(&ranges.v[0], &ranges.v[1], sizeof(ranges.v[0])) != 0)
		return write_lines(dir_fd, &ranges, err);
	snprintf(text, sizeof(text), "%u:%u", ranges.v[0].first, ranges.v[0].count);
	return symlinkat(text, dir_fd, "ids") < 0 ? err_sys(err, "note the container's ids") : 0;
}

/* ---- as the kernel has them ---- */

static void read_maps(int pid, const char *file, struct id_maps *out)
{
	auto_buf text = BUF_INIT;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	if (path_read_at(AT_FDCWD, path, RECORD_MAX, &text) == 0)
		id_maps_read(buf_text(&text), out);
	if (out->len == 1 && out->v[0].inside == out->v[0].outside && out->v[0].count == UINT32_MAX)
		id_maps_fini(out);
}

void ids_of_process(int pid, struct id_maps *users, struct id_maps *groups)
{
	read_maps(pid, "uid_map", users);
	read_maps(pid, "gid_map", groups);
}
