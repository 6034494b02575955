/* hood_namespaces.c - which namespaces are its own, and with whom it shares the others
 * (namespaces(7)). */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hood_parts.h"
#include "core/privilege.h"
#include "util/strs.h"

static const struct {
	const char *name; /* in /proc/PID/ns, and lsns(8)'s */
	const char *own, *shared;
} kinds[] = {
	{"pid", "its processes count from 1 and see no others",
		"it sees the host's processes, and may signal them"},
	{"net", "interfaces, addresses, ports and packet filter are not the host's",
		"the host's interfaces and ports are its own"},
	{"mnt", "what it mounts appears nowhere else", "what it mounts is mounted on the host"},
	{"uts", "its host name is not the host's", "its host name is the host's"},
	{"ipc", "shared memory and message queues are not the host's",
		"it can reach the host's shared memory and queues"},
	{"cgroup", "its own cgroup looks like the root to it",
		"it sees where in the host's cgroup tree it is"},
	{"user", "its user 0 is an ordinary user outside",
		"its root is the host's root, less "
		"capabilities and system calls"},
	{"time", "its clocks since boot run with an offset",
		"its clocks since boot are the host's"},
};

/* "4026531836"; false: this kernel has no such namespace. */
static bool read_inode(int proc_fd, const char *kind, char inode[24])
{
	char path[32], link[64];
	const char *at;
	ssize_t len;

	snprintf(path, sizeof(path), "ns/%s", kind);
	len = readlinkat(proc_fd, path, link, sizeof(link) - 1);
	if (len <= 0)
		return false;
	link[len] = '\0';
	at = strchr(link, '[');
	snprintf(inode, 24, "%.*s", at ? (int)strcspn(at + 1, "]") : 0, at ? at + 1 : "");
	return *inode != '\0';
}

bool hood_has_userns(const struct hooded *h)
{
	auto_close int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char its[24], ours[24];

	return h->row && h->proc_fd >= 0 && self >= 0 && read_inode(h->proc_fd, "user", its) &&
	       read_inode(self, "user", ours) && strcmp(its, ours) != 0;
}

/* Whether a namespace of it belongs to its user namespace: else its root has no rights over that.
 */
static bool is_owned(const struct hooded *h, const char *kind)
{
	auto_close int fd = -1, owner = -1;
	char path[32], its[24], owners[24];
	struct stat st;

	snprintf(path, sizeof(path), "ns/%s", kind);
	fd = openat(h->proc_fd, path, O_RDONLY | O_CLOEXEC);
	owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	if (owner < 0 || fstat(owner, &st) < 0 || !read_inode(h->proc_fd, "user", its))
		return true; /* not known to be otherwise */
	snprintf(owners, sizeof(owners), "%llu", (unsigned long long)st.st_ino);
	return strcmp(owners, its) == 0;
}

/* The names of other containers in the same namespace, "web, db"; "" for none. */
static void find_sharers(struct hooded *h, const struct container *all, size_t count,
	const char *kind, const char *inode, char *out, size_t room)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < count && len < room; i++) {
		auto_close int proc = -1;
		char path[32], other[24];

		if (!all[i].pid || strcmp(all[i].id, h->row->id) == 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d", all[i].pid);
		proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (proc >= 0 && read_inode(proc, kind, other) && strcmp(other, inode) == 0)
			len += (size_t)snprintf(
				out + len, room - len, "%s%s", len ? ", " : "", all[i].name);
	}
}

static void add_kind(
	struct hooded *h, int self, const struct container *all, size_t count, unsigned kind)
{
	const char *name = kinds[kind].name;
	char inode[24], host[24] = "", sharers[200];
	bool shared;

	if (!read_inode(h->proc_fd, name, inode))
		return;
	read_inode(self, name, host);
	shared = h->row && strcmp(inode, host) == 0;
	if (!h->row) {
		/* Called as a container's that shares it: who compares them sees that it is one. */
		hood_add(h, HOOD_NAMESPACES, name, "%s %s",
			str_eq(name, "user") && privilege_is_rootless() ? "davit's" : "HOST's",
			inode);
	} else if (shared && str_eq(name, "user") && privilege_is_rootless()) {
		hood_add(h, HOOD_NAMESPACES, name, "davit's %s", inode);
		hood_words(h,
			"All your containers' and davit's: its root is user %u outside, and nobody more.",
			privilege_user());
	} else if (shared) {
		hood_add(h, HOOD_NAMESPACES, name, "HOST's %s", inode);
		hood_words(h, "Shared with the host: %s.", kinds[kind].shared);
		h->last->open_door = true;
	} else {
		find_sharers(h, all, count, name, inode, sharers, sizeof(sharers));
		hood_add(h, HOOD_NAMESPACES, name, "own    %s", inode);
		hood_words(h, "%s%s: %s%s.", *sharers ? "Shared with " : "Its own",
			*sharers ? sharers : "", kinds[kind].own,
			hood_has_userns(h) && !str_eq(name, "user") && !is_owned(h, name)
				? "; another user namespace owns it, so its root has no rights over it"
				: "");
	}
	hood_proof(h, "/proc/%d/ns/%s", h->pid, name);
	hood_command(h, "readlink /proc/%d/ns/%s; readlink /proc/self/ns/%s", h->pid, name, name);
}

void hood_namespaces(struct hooded *h)
{
	auto_close int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free struct container *all = NULL;
	size_t count = 0;
	struct err err;

	if (self < 0)
		return;
	if (h->row && engine_containers(h->engine, &all, &count, &err) < 0)
		count = 0;
	for (unsigned i = 0; i < array_len(kinds); i++)
		add_kind(h, self, all, count, i);
}
