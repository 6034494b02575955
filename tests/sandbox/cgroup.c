/* cgroup.c - a child cgroup of our own in every hierarchy of the machine.
 *
 * The child becomes "/" of the sandbox's cgroup namespace. On v1 a child may hold processes and
 * children at once, like the machine's own root. On v2 only the true root may, so there the
 * sandbox's processes live in a leaf, as a login session does, and "/" can hand out controllers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

#define PREFIX "davit-sandbox-"

/* ---- finding ---- */

struct cgroup_mount {
	char root[PATH_MAX], at[PATH_MAX];
};

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += len)
		if ((p == list || p[-1] == ',') && (p[len] == ',' || p[len] == '\0'))
			return true;
	return false;
}

/* proc_pid_mountinfo(5); the last match is the one on top. */
static bool find_mount(const char *type, const char *option, struct cgroup_mount *out)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!file)
		die_sys("/proc/self/mountinfo");
	while (getline(&line, &size, file) > 0) {
		struct cgroup_mount m;
		char is[64], options[1024];
		char *dash = strstr(line, " - ");

		if (!dash || sscanf(dash, " - %63s %*s %1023s", is, options) != 2)
			continue;
		if (strcmp(is, type) != 0 || (option && !has_word(options, option)))
			continue;
		if (sscanf(line, "%*s %*s %*s %4095s %4095s", m.root, m.at) == 2) {
			*out = m;
			found = true;
		}
	}
	free(line);
	fclose(file);
	return found;
}

/* Where `path`, as /proc/self/cgroup gives it, is to be found below the mount. */
static const char *below_mount(const struct cgroup_mount *m, const char *path)
{
	size_t len = strlen(m->root);

	if (strcmp(m->root, "/") == 0)
		return strcmp(path, "/") == 0 ? "" : path;
	return strncmp(path, m->root, len) == 0 ? path + len : "";
}

static void add(struct hierarchies *h, const char *controllers, const char *path, const char *name)
{
	struct hierarchy *new = &h->all[h->count];
	struct cgroup_mount m;
	char first[64];

	new->v2 = controllers[0] == '\0';
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(controllers, ","), controllers);
	if (!find_mount(new->v2 ? "cgroup2" : "cgroup", new->v2 ? NULL : first, &m))
		return;
	snprintf(new->data, sizeof(new->data), "%s%s",
		strncmp(controllers, "name=", 5) == 0 ? "none," : "", controllers);
	snprintf(new->mounted, sizeof(new->mounted), "%s",
		strcmp(m.at, "/sys/fs/cgroup") == 0 ? "" : strrchr(m.at, '/') + 1);
	/* v1: inside the caller's limits. v2: at the top, for the caller's own leaf holds
	 * processes and so could not give us a controller. */
	if (snprintf(new->dir, sizeof(new->dir), "%s%s/%s", m.at,
		    new->v2 ? "" : below_mount(&m, path), name) >= (int)sizeof(new->dir))
		die("the cgroup path of %s is too long", controllers);
	h->count++;
}

void cgroup_find(struct hierarchies *h, const char *name)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die_sys("/proc/self/cgroup");
	while (getline(&line, &size, file) > 0 && h->count < sizeof(h->all) / sizeof(h->all[0])) {
		char *controllers = strchr(line, ':') + 1;
		char *path = strchr(controllers, ':');

		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		add(h, controllers, path, name);
	}
	free(line);
	fclose(file);
}

/* ---- making ---- */

/* A new v1 cpuset is empty and takes nobody in: kernel, cgroup-v1/cpusets. */
static void copy_from_parent(const struct hierarchy *h, const char *file)
{
	char path[PATH_MAX + 64], value[4096];

	snprintf(path, sizeof(path), "%s/../%s", h->dir, file);
	if (!file_read(path, value, sizeof(value)))
		die_sys("%s", path);
	snprintf(path, sizeof(path), "%s/%s", h->dir, file);
	if (!file_write(path, value))
		die_sys("%s", path);
}

/* Best effort: what the machine itself gave its children decides what there is to hand on. */
static void hand_on_controllers(const struct hierarchy *h)
{
	char path[PATH_MAX + 64], names[1024], *state = NULL;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", h->dir);
	if (!file_read(path, names, sizeof(names)))
		return;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", h->dir);
	for (char *n = strtok_r(names, " ", &state); n; n = strtok_r(NULL, " ", &state)) {
		char word[128];

		snprintf(word, sizeof(word), "+%s", n);
		file_write(path, word);
	}
}

void cgroup_make(const struct hierarchies *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct hierarchy *one = &h->all[i];
		char leaf[PATH_MAX + 64];

		if (mkdir(one->dir, 0755) < 0)
			die_sys("mkdir %s", one->dir);
		if (!one->v2 && has_word(one->data, "cpuset")) {
			copy_from_parent(one, "cpuset.cpus");
			copy_from_parent(one, "cpuset.mems");
		}
		if (!one->v2)
			continue;
		hand_on_controllers(one);
		snprintf(leaf, sizeof(leaf), "%s/session", one->dir);
		if (mkdir(leaf, 0755) < 0)
			die_sys("mkdir %s", leaf);
	}
}

void cgroup_join_v1(const struct hierarchies *h)
{
	for (size_t i = 0; i < h->count; i++) {
		char path[PATH_MAX + 64];

		if (h->all[i].v2)
			continue;
		/* `tasks` moves one thread; cgroup.procs would wait for an RCU grace period. */
		snprintf(path, sizeof(path), "%s/tasks", h->all[i].dir);
		if (!file_write(path, "0"))
			die_sys("join %s", h->all[i].dir);
	}
}

int cgroup_open_v2(const struct hierarchies *h, const char *leaf)
{
	for (size_t i = 0; i < h->count; i++) {
		char path[PATH_MAX + 64];
		int fd;

		if (!h->all[i].v2)
			continue;
		snprintf(path, sizeof(path), "%s/%s", h->all[i].dir, leaf);
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			die_sys("%s", path);
		return fd;
	}
	return -1;
}

static void link_controllers(const struct hierarchy *h)
{
	char names[256], path[512], *state = NULL;

	snprintf(names, sizeof(names), "%s", h->data);
	for (char *n = strtok_r(names, ",", &state); n; n = strtok_r(NULL, ",", &state)) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", n);
		if (symlink(h->mounted, path) < 0 && errno != EEXIST)
			die_sys("symlink %s", path);
	}
}

void cgroup_mount(const struct hierarchies *h)
{
	bool pure = h->count == 1 && h->all[0].v2 && h->all[0].mounted[0] == '\0';

	if (!pure && mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "mode=755") < 0)
		die_sys("mount /sys/fs/cgroup");
	for (size_t i = 0; i < h->count; i++) {
		const struct hierarchy *one = &h->all[i];
		char at[512];

		snprintf(at, sizeof(at), "/sys/fs/cgroup/%s", one->mounted);
		if (!pure && mkdir(at, 0755) < 0)
			die_sys("mkdir %s", at);
		if (mount("cgroup", at, one->v2 ? "cgroup2" : "cgroup",
			    MS_NOSUID | MS_NODEV | MS_NOEXEC, one->v2 ? NULL : one->data) < 0)
			die_sys("mount %s", at);
		if (!one->v2 && !strstr(one->data, "name=") && strchr(one->data, ','))
			link_controllers(one);
	}
}

/* ---- removing ---- */

/* A killed process in a frozen v1 cgroup does not die before it is thawed. */
static void thaw(int dir)
{
	int fd = openat(dir, "freezer.state", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "THAWED", 6) < 0)
		complain("a frozen cgroup does not thaw: %m");
	close(fd);
}

/* Depth first; what is still busy is left to the next round. True: `name` is gone. */
static bool remove_tree(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return errno == ENOENT;
	thaw(fd);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			remove_tree(fd, e->d_name);
	closedir(dir);
	return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

static bool remove_all(const struct hierarchies *h)
{
	bool gone = true;

	for (size_t i = 0; i < h->count; i++)
		if (!remove_tree(AT_FDCWD, h->all[i].dir))
			gone = false;
	return gone;
}

void cgroup_remove(const struct hierarchies *h)
{
	enum { PATIENCE_S = 20 };
	struct timespec nap = {.tv_nsec = 500 * 1000};
	time_t end = time(NULL) + PATIENCE_S;

	while (!remove_all(h)) {
		if (time(NULL) > end) {
			complain("cgroups like %s still hold a process after %d s", h->all[0].dir,
				PATIENCE_S);
			return;
		}
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 10 * 1000 * 1000)
			nap.tv_nsec *= 2;
	}
}

static void sweep(int parent, const char *name)
{
	const struct timespec nap = {.tv_nsec = 1000 * 1000};

	/* Its processes may be dying at this very moment. */
	for (int tries = 0; tries < 300 && !remove_tree(parent, name); tries++)
		nanosleep(&nap, NULL);
}

/* A number says who is dead only in the pid namespace that gave it, so the names carry that too. */
void cgroup_name(char *name, size_t room)
{
	struct stat ns;

	if (stat("/proc/self/ns/pid", &ns) < 0)
		die_sys("/proc/self/ns/pid");
	snprintf(name, room, PREFIX "%llu-%d", (unsigned long long)ns.st_ino, getpid());
}

void cgroup_sweep(const struct hierarchies *h)
{
	char ours[64];

	cgroup_name(ours, sizeof(ours));
	*(strrchr(ours, '-') + 1) = '\0';
	for (size_t i = 0; i < h->count; i++) {
		char parent[PATH_MAX];
		DIR *dir;

		snprintf(parent, sizeof(parent), "%.*s",
			(int)(strrchr(h->all[i].dir, '/') - h->all[i].dir), h->all[i].dir);
		dir = opendir(parent);
		for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
			if (strncmp(e->d_name, ours, strlen(ours)) == 0 &&
				!is_alive(e->d_name + strlen(ours)))
				sweep(dirfd(dir), e->d_name);
		if (dir)
			closedir(dir);
	}
}
