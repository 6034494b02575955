/* hood_mounts.c - every mount it sees, and what stands behind it (proc_pid_mountinfo(5)). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hood_parts.h"

struct mount {
	char *device, *root, *point, *options, *type, *source, *super;
};

/* Blanks and such are written as \040. In place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool split(char *line, struct mount *out)
{
	char *rest = line, *fields[6], *word;

	for (size_t i = 0; i < array_len(fields); i++)
		if (!(fields[i] = strsep(&rest, " ")))
			return false;
	*out = (struct mount){
		.device = fields[2], .root = fields[3], .point = fields[4], .options = fields[5]};
	while ((word = strsep(&rest, " ")) && strcmp(word, "-") != 0)
		;
	out->type = strsep(&rest, " ");
	out->source = strsep(&rest, " ");
	out->super = rest;
	if (!out->super)
		return false;
	unescape(out->root);
	unescape(out->point);
	return true;
}

static unsigned count_layers(const char *options)
{
	unsigned layers = 0;

	for (const char *at = options; (at = strstr(at, "lowerdir")); at++)
		layers++;
	if (layers == 1)
		for (const char *at = strstr(options, "lowerdir"); *at && *at != ','; at++)
			layers += *at == ':';
	return layers;
}

static bool is_writable(const struct mount *mount)
{
	return strncmp(mount->options, "rw", 2) == 0;
}

/* What davit itself mounts of its own files; false when it is none of that. */
static bool tell_ours(struct hooded *h, const struct mount *mount)
{
	const char *volume = strstr(mount->root, "/volumes/"), *own;

	if (volume && strstr(volume, "/_data")) {
		volume += sizeof("/volumes/") - 1;
		hood_words(h, "The volume %.*s: it outlives the container.",
			(int)strcspn(volume, "/"), volume);
		return true;
	}
	own = h->row ? strstr(mount->root, h->row->id) : NULL;
	if (own && strncmp(mount->type, "cgroup", 6) != 0) {
		hood_words(h, "The container's own %s, which davit writes.",
			strrchr(mount->root, '/') + 1);
		return true;
	}
	return false;
}

static const struct {
	const char *type, *words;
} kinds[] = {
	{"proc", "What the kernel tells of processes, for its own pid namespace."},
	{"sysfs", "What the kernel tells of devices, for its own network namespace."},
	{"devpts", "Terminals of its own."},
	{"mqueue", "Message queues of its ipc namespace."},
	{"cgroup",
		"Its own control groups, read-only: it may read its limits and not change them."},
	{"cgroup2",
		"Its own control groups, read-only: it may read its limits and not change them."},
	{"tmpfs", "Memory that looks like a disk; gone when it ends."},
};

static bool hides(const struct mount *mount)
{
	return (strcmp(mount->type, "devtmpfs") == 0 && strcmp(mount->root, "/null") == 0) ||
	       (strcmp(mount->type, "tmpfs") == 0 && strstr(mount->super, "nr_inodes=2"));
}

/* Of the host's devices, those that every container has. */
static bool is_usual_device(const struct mount *mount)
{
	static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};

	if (strcmp(mount->type, "devtmpfs") != 0 || strncmp(mount->point, "/dev/", 5) != 0)
		return false;
	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(mount->point + 5, names[i]) == 0 &&
			strcmp(mount->root + 1, names[i]) == 0)
			return true;
	return false;
}

/* The same device is mounted on the host: it was not made for the container. */
static bool is_hosts(const struct mount *mount, const char *host)
{
	char field[40];

	snprintf(field, sizeof(field), " %s ", mount->device);
	return strstr(host, field) != NULL;
}

static void tell(struct hooded *h, const struct mount *mount, const char *host)
{
	if (strcmp(mount->type, "overlay") == 0 && !is_hosts(mount, host)) {
		hood_words(h,
			"%u layer%s of the image below, read-only; what it changes goes to "
			"%s/upper.",
			count_layers(mount->super), count_layers(mount->super) == 1 ? "" : "s",
			h->row ? "its own directory's" : "");
		return;
	}
	if (h->row && is_usual_device(mount)) {
		hood_words(h, "The host's own: nobody makes a device in a user namespace.");
		return;
	}
	if (hides(mount)) {
		hood_words(h, "Hidden: something empty lies over what tells too much of the host.");
		return;
	}
	if (tell_ours(h, mount))
		return;
	if (h->row && is_hosts(mount, host) && strncmp(mount->type, "cgroup", 6) != 0) {
		hood_words(h, "The host's: %s of its %s on %s%s.", mount->root, mount->type,
			mount->source,
			strstr(mount->options, "idmapped") ? ", its owners shown through a map"
							   : "");
		h->last->open_door = is_writable(mount);
		return;
	}
	for (size_t i = 0; i < array_len(kinds); i++)
		if (strcmp(mount->type, kinds[i].type) == 0) {
			hood_words(h, "%s",
				strcmp(mount->root, "/") == 0 ||
						strncmp(mount->type, "cgroup", 6) == 0
					? kinds[i].words
					: "A part of the file system above it, made read-only.");
			return;
		}
	hood_words(h, "%s of a %s on %s.", mount->root, mount->type, mount->source);
}

void hood_mounts(struct hooded *h)
{
	auto_buf text = BUF_INIT, host = BUF_INIT, quoted = BUF_INIT;
	struct hooded self = {.proc_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC)};
	char *rest, *line;
	struct mount mount;

	hood_read(&self, "mountinfo", &host);
	own_closep(&self.proc_fd);
	hood_read(h, "mountinfo", &text);
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		if (!split(line, &mount))
			continue;
		hood_add(h, HOOD_MOUNTS, mount.point, "%s %s", mount.type,
			is_writable(&mount) ? "rw" : "ro");
		tell(h, &mount, host.data ? host.data : "");
		hood_proof(h, "/proc/%d/mountinfo", h->pid);
		hood_command(h, "findmnt -N %d %s", h->pid, hood_quote(mount.point, &quoted));
	}
}
