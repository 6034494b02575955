#include "oci/groups.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "runtime/launch/sys.h"
#include "util/path.h"

enum { PATIENCE_MS = 10000, TREE_DEPTH = 32 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void nap(void)
{
	const struct timespec moment = {.tv_nsec = 2000000};

	nanosleep(&moment, NULL);
}

int groups_path(const struct oci *oci, const char *cgroups_path, const char *id, char **path,
	struct err *err)
{
	const char *from = cgroups_path ? cgroups_path : "";
	auto_buf out = BUF_INIT;

	(void)oci;
	while (*from) {
		size_t len = strcspn(from, "/");

		if (len && !(len == 1 && from[0] == '.')) {
			if (out.len)
				buf_addc(&out, '/');
			buf_add(&out, from, len);
		}
		from += len + (from[len] == '/');
	}
	if (!out.len)
		buf_addf(&out, "davit-runtime/%s", id);
	*path = buf_take(&out);
	return *path ? 0 : err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
}

const struct cgroup_layout *groups_layout(struct err *err)
{
	static struct cgroup_layout *layout;
	static int code;
	static struct err why;

	if (!layout && !code)
		code = cgroup_layout_new("", &layout, &why);
	if (code < 0 && code != -ENOENT && err)
		*err = why;
	return layout;
}

/* The nearest directory on the way up that is there. */
static bool can_make(const char *mount, const char *path)
{
	auto_buf dir = BUF_INIT;
	char *slash;

	buf_addf(&dir, "%s/%s", mount, path);
	if (buf_failed(&dir))
		return false;
	while (access(dir.data, F_OK) < 0 && (slash = strrchr(dir.data, '/')) != NULL)
		*slash = '\0';
	return faccessat(AT_FDCWD, dir.data, W_OK, AT_EACCESS) == 0;
}

bool groups_are_ours(const char *path)
{
	const struct cgroup_layout *layout = groups_layout(NULL);

	for (size_t i = 0; layout && i < cgroup_count(layout); i++) {
		if (!can_make(cgroup_at(layout, i)->mount, path))
			return false;
	}
	return layout != NULL;
}

int groups_prepare(const char *path, struct err *err)
{
	const struct cgroup_layout *layout = groups_layout(err);
	auto_free char *parent = strdup(path);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (!layout || !slash)
		return layout ? 0 : err ? err->code : 0;
	*slash = '\0';
	return cgroup_prepare(layout, parent, err);
}

/* ---- what is in them ---- */

static int open_group(const struct cgroup_hierarchy *h, const char *path)
{
	auto_buf dir = BUF_INIT;

	buf_addf(&dir, "%s/%s", h->mount, path);
	return buf_failed(&dir) ? -ENOMEM
				: sys_open(AT_FDCWD, buf_text(&dir), O_RDONLY | O_DIRECTORY);
}

struct pids {
	int *v;
	size_t len;
};

static int add_pids(int dir, struct pids *out)
{
	auto_buf text = BUF_INIT;
	int rc = path_read_at(dir, "cgroup.procs", 16 << 20, &text);
	char *rest = text.data, *line;

	while (rc == 0 && rest && (line = strsep(&rest, "\n")) != NULL) {
		int pid = atoi(line), *more;

		if (pid <= 0)
			continue;
		more = realloc(out->v, (out->len + 1) * sizeof(*out->v));
		if (!more)
			return -ENOMEM;
		out->v = more;
		out->v[out->len++] = pid;
	}
	return rc == -EOPNOTSUPP ? 0 : rc; /* threaded: its domain has them */
}

/* Calls `visit` for dir and all directories below it, deepest first. */
static int walk(int dir, const char *name, unsigned depth,
	int visit(int parent, const char *name, void *ctx), void *ctx)
{
	int fd = sys_open(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), rc = 0;
	struct dirent *entry;
	DIR *list;

	if (fd < 0 || depth == TREE_DEPTH)
		return fd < 0 ? fd : (close(fd), -ELOOP);
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return -ENOMEM;
	}
	while (rc == 0 && (entry = readdir(list)) != NULL) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
			rc = walk(fd, entry->d_name, depth + 1, visit, ctx);
			if (rc == -ENOENT) /* it went meanwhile */
				rc = 0;
		}
	}
	closedir(list);
	return rc < 0 ? rc : visit(dir, name, ctx);
}

static int visit_pids(int parent, const char *name, void *ctx)
{
	auto_close int dir = sys_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	return dir < 0 ? dir : add_pids(dir, ctx);
}

/* Every process is in all hierarchies; v2's is asked where there is one. */
static const struct cgroup_hierarchy *any_hierarchy(const struct cgroup_layout *layout)
{
	const struct cgroup_hierarchy *h = cgroup_find(layout, CGROUP_FREEZER);

	if (!h)
		h = cgroup_unified(layout);
	return h ? h : cgroup_at(layout, 0);
}

int groups_pids(const char *path, int **pids, size_t *count, struct err *err)
{
	const struct cgroup_layout *layout = groups_layout(err);
	struct pids found = {0};
	auto_close int dir = -1;
	int rc = 0;

	*pids = NULL;
	*count = 0;
	if (!layout || !path)
		return 0;
	dir = open_group(any_hierarchy(layout), path);
	if (dir >= 0)
		rc = walk(dir, ".", 0, visit_pids, &found);
	else if (dir != -ENOENT)
		rc = dir;
	*pids = found.v;
	*count = found.len;
	return rc < 0 && rc != -ENOENT ? err_set(err, rc, "cgroup %s: %s", path, err_name(rc)) : 0;
}

/* Between the list and the signal a process can end and its number be another's: it must still be
 * listed once it is held. */
static bool is_member(const char *path, int pid)
{
	auto_free int *pids = NULL;
	size_t count;
	bool found = false;

	if (groups_pids(path, &pids, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		found |= pids[i] == pid;
	return found;
}

int groups_signal(const char *path, int signal, struct err *err)
{
	auto_free int *pids = NULL;
	size_t count;
	int rc = groups_pids(path, &pids, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		auto_close int pidfd = sys_pidfd_open(pids[i]);

		if (pidfd >= 0 && is_member(path, pids[i]))
			sys_pidfd_signal(pidfd, signal);
	}
	return rc;
}

/* ---- removing ---- */

static int visit_remove(int parent, const char *name, void *ctx)
{
	(void)ctx;
	if (str_eq(name, "."))
		return 0;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_one(const struct cgroup_hierarchy *h, const char *path)
{
	auto_buf full = BUF_INIT;
	auto_close int dir = -1;
	int rc;

	buf_addf(&full, "%s/%s", h->mount, path);
	if (buf_failed(&full))
		return -ENOMEM;
	if (rmdir(buf_text(&full)) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	dir = open_group(h, path);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	rc = walk(dir, ".", 0, visit_remove, NULL);
	if (rc < 0)
		return rc;
	return rmdir(buf_text(&full)) < 0 && errno != ENOENT ? -errno : 0;
}

int groups_remove(const char *path, struct err *err)
{
	const struct cgroup_layout *layout = groups_layout(err);
	int rc = 0;

	for (size_t i = 0; layout && path && rc == 0 && i < cgroup_count(layout); i++) {
		rc = remove_one(cgroup_at(layout, i), path);
		for (int64_t until = now_ms() + PATIENCE_MS; rc == -EBUSY && now_ms() < until;) {
			/* A frozen one does not even die. */
			groups_signal(path, SIGKILL, NULL);
			groups_freeze(path, false, NULL);
			nap();
			rc = remove_one(cgroup_at(layout, i), path);
		}
		if (rc < 0)
			err_set(err, rc, "cgroup %s/%s: %s", cgroup_at(layout, i)->mount, path,
				err_name(rc));
	}
	return rc;
}

/* ---- freezing ---- */

static int read_text(int dir, const char *file, struct buf *out)
{
	int rc = path_read_at(dir, file, 4096, out);

	return rc < 0 ? rc : buf_failed(out) ? -ENOMEM : 0;
}

static int write_text(int dir, const char *file, const char *value)
{
	auto_close int fd = sys_open(dir, file, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

static bool has_state(int dir, int version, bool frozen)
{
	auto_buf text = BUF_INIT;

	if (read_text(dir, version == 2 ? "cgroup.events" : "freezer.state", &text) < 0)
		return false;
	if (version == 2)
		return strstr(buf_text(&text), frozen ? "frozen 1" : "frozen 0") != NULL;
	return str_has_prefix(buf_text(&text), frozen ? "FROZEN" : "THAWED");
}

int groups_freeze(const char *path, bool freeze, struct err *err)
{
	const struct cgroup_layout *layout = groups_layout(err);
	const struct cgroup_hierarchy *h = layout ? cgroup_find(layout, CGROUP_FREEZER) : NULL;
	auto_close int dir = h && path ? open_group(h, path) : -ENOTSUP;
	int64_t until = now_ms() + PATIENCE_MS;
	int rc = 0;

	if (dir < 0)
		return err_set(err, dir, "freezer of %s: %s", path ? path : "it", err_name(dir));
	for (int tries = 0; now_ms() < until; tries++) {
		if (h->version == 2)
			rc = write_text(dir, "cgroup.freeze", freeze ? "1" : "0");
		else
			rc = write_text(dir, "freezer.state", freeze ? "FROZEN" : "THAWED");
		if (rc < 0 || has_state(dir, h->version, freeze))
			return rc < 0 ? err_set(err, rc, "freezer of %s: %s", path, err_name(rc))
				      : 0;
		/* v1 can hang half frozen: it is let go for a moment (as runc found) */
		if (freeze && h->version == 1 && tries % 50 == 49)
			write_text(dir, "freezer.state", "THAWED");
		nap();
	}
	write_text(dir, h->version == 2 ? "cgroup.freeze" : "freezer.state",
		h->version == 2 ? "0" : "THAWED");
	return err_set(err, ETIMEDOUT, "freezer of %s: it does not come to rest", path);
}

bool groups_is_frozen(const char *path)
{
	const struct cgroup_layout *layout = path ? groups_layout(NULL) : NULL;
	const struct cgroup_hierarchy *h = layout ? cgroup_find(layout, CGROUP_FREEZER) : NULL;
	auto_close int dir = h ? open_group(h, path) : -1;
	auto_buf text = BUF_INIT;

	if (dir < 0)
		return false;
	if (h->version == 2)
		return read_text(dir, "cgroup.freeze", &text) == 0 && buf_text(&text)[0] == '1';
	return read_text(dir, "freezer.state", &text) == 0 &&
	       !str_has_prefix(buf_text(&text), "THAWED");
}
