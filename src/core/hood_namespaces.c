/* hood_namespaces.c - which namespaces are its own, and with whom it shares the others
 * (namespaces(7)). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
		hood_add(h, HOOD_NAMESPACES, name, "the host's %s", inode);
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
		if (*sharers)
			hood_words(h, "Shared with %s: %s.", sharers, kinds[kind].own);
		else
			hood_words(h, "Its own: %s.", kinds[kind].own);
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
