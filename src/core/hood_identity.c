/* hood_identity.c - who it is: users, id maps, and what holds for all it will ever execute. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hood_parts.h"
#include "core/privilege.h"

/* "0 1000 1; 1 100000 65536" out of the kernel's columns. */
static void add_map(struct hooded *h, const char *file, const char *name)
{
	auto_buf text = BUF_INIT, line = BUF_INIT;
	const char *at = hood_read(h, file, &text);
	unsigned inside, outside, count, maps = 0;
	bool same = false;
	int used;

	while (sscanf(at, "%u %u %u%n", &inside, &outside, &count, &used) == 3) {
		buf_addf(&line, "%s%u to %u are %u and on", maps++ ? "; " : "", inside,
			inside + count - 1, outside);
		same = inside == outside && count == 4294967295u;
		at += used;
	}
	hood_add(h, HOOD_IDENTITY, name, "%s", same ? "the host's own" : buf_text(&line));
	if (h->row && same) {
		hood_words(h, "User 0 inside is user 0 outside: there is no user namespace.");
		h->last->open_door = true;
	} else if (h->row) {
		hood_words(h, "Numbers inside, and which numbers of the host's they are.");
	}
	hood_shown_by(h, "/proc/%d/%s", h->pid, file);
}

static void add_status(struct hooded *h, const char *status, const char *field, const char *name,
	const char *words)
{
	char value[200];

	hood_status(status, field, value, sizeof(value));
	for (char *at = value; *at; at++)
		if (*at == '\t')
			*at = ' ';
	if (!*value)
		return;
	hood_add(h, HOOD_IDENTITY, name, "%s", value);
	hood_words(h, "%s", words);
	hood_proof(h, "/proc/%d/status", h->pid);
	hood_command(h, "grep %s: /proc/%d/status", field, h->pid);
}

static void add_label(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	const char *label = hood_read(h, "attr/current", &text);

	if (!*label)
		return;
	hood_add(h, HOOD_IDENTITY, "security label", "%.*s", (int)strcspn(label, "\n"), label);
	hood_words(h, "What AppArmor or SELinux knows it as.");
	hood_shown_by(h, "/proc/%d/attr/current", h->pid);
}

static void add_link(struct hooded *h, const char *name, const char *title, const char *words)
{
	char to[512];
	ssize_t len = readlinkat(h->proc_fd, name, to, sizeof(to) - 1);

	if (len < 0)
		return;
	to[len] = '\0';
	hood_add(h, HOOD_IDENTITY, title, "%s", to);
	hood_words(h, "%s", words);
	hood_proof(h, "/proc/%d/%s", h->pid, name);
	hood_command(h, "readlink /proc/%d/%s", h->pid, name);
}

void hood_identity(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	const char *status = hood_read(h, "status", &text);

	add_status(h, status, "Uid", "user",
		privilege_is_rootless()
			? "Real, effective, saved and file system user, in the numbers of your user namespace."
			: "Real, effective, saved and file system user, in the host's numbers.");
	add_status(h, status, "Gid", "group", "The same of its group.");
	add_status(h, status, "Groups", "further groups", "What else its files may be reached by.");
	add_map(h, "uid_map", "user map");
	add_map(h, "gid_map", "group map");
	add_status(h, status, "NoNewPrivs", "no new privileges",
		"1: no program it executes can give it more, set-user-ID or not.");
	add_label(h);
	add_link(h, "exe", "program", "What its first process executes, as it is called inside.");
	add_link(h, "cwd", "directory", "Where its first process works.");
}
