/* hood.c - see engine_hood.h: finds the process, lets each part add its rows. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/hood_parts.h"
#include "core/process.h"
#include "util/path.h"
#include "util/redact.h"

enum { FILE_MAX_BYTES = 1 << 20, ROWS_MAX = 4096 };

static const struct {
	const char *name;
	void (*add)(struct hooded *h);
	bool of_host;    /* the host has it too */
	bool of_stopped; /* and a container that does not run */
} parts[] = {
	[HOOD_NAMESPACES] = {"namespaces", hood_namespaces, true, false},
	[HOOD_CGROUPS] = {"cgroups", hood_cgroups, false, false},
	[HOOD_MOUNTS] = {"mounts", hood_mounts, true, false},
	[HOOD_CAPABILITIES] = {"capabilities", hood_capabilities, true, false},
	[HOOD_SECCOMP] = {"seccomp", hood_seccomp, true, false},
	[HOOD_IDENTITY] = {"identity", hood_identity, true, false},
	[HOOD_ENVIRONMENT] = {"environment", hood_environment, false, false},
	[HOOD_PROCESSES] = {"processes", hood_processes, false, false},
	[HOOD_NETWORK] = {"network", hood_network, false, false},
	[HOOD_RECORDS] = {"records", hood_records, false, true},
};
_Static_assert(sizeof(parts) / sizeof(parts[0]) == HOOD_PARTS, "every part is there");

const char *hood_part_name(enum hood_part part)
{
	return parts[part].name;
}

enum hood_part hood_part_find(const char *name)
{
	enum hood_part part = 0;

	while (part < HOOD_PARTS && strcmp(parts[part].name, name) != 0)
		part++;
	return part;
}

/* ---- rows ---- */

/* A container names its processes and mount points; nothing of that may reach a terminal as more
 * than text. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static const char *keep(struct hood *hood, const char *fmt, va_list args)
{
	char text[1024], *kept;
	int len = vsnprintf(text, sizeof(text), fmt, args);

	if (len < 0)
		return "";
	if ((size_t)len >= sizeof(text))
		len = sizeof(text) - 1;
	kept = arena_copy(&hood->texts, text, (size_t)len);
	if (!kept)
		return "";
	make_printable(kept);
	return kept;
}

static struct hood_row *new_row(struct hood *hood)
{
	if (hood->count == hood->room) {
		size_t room = hood->room ? 2 * hood->room : 64;
		struct hood_row *rows =
			room > ROWS_MAX ? NULL : realloc(hood->rows, room * sizeof(*rows));

		if (!rows)
			return NULL;
		hood->rows = rows;
		hood->room = room;
	}
	return &hood->rows[hood->count++];
}

static const char *keep_text(struct hood *hood, const char *fmt, ...)
{
	const char *kept;
	va_list args;

	va_start(args, fmt);
	kept = keep(hood, fmt, args);
	va_end(args);
	return kept;
}

void hood_add(struct hooded *h, enum hood_part part, const char *name, const char *fmt, ...)
{
	static struct hood_row nowhere; /* out of memory: the reader is told, see engine_hood */
	struct hood_row *row = new_row(h->hood);
	va_list args;

	h->hood->failed |= !row;
	h->last = row ? row : &nowhere;
	*h->last = (struct hood_row){.part = part, .words = "", .proof = "", .command = ""};
	h->last->name = keep_text(h->hood, "%s", name);
	va_start(args, fmt);
	h->last->value = keep(h->hood, fmt, args);
	va_end(args);
}

#define DEFINE_SETTER(setter, field)                                                               \
	void setter(struct hooded *h, const char *fmt, ...)                                        \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, fmt);                                                               \
		h->last->field = keep(h->hood, fmt, args);                                         \
		va_end(args);                                                                      \
	}
DEFINE_SETTER(hood_words, words)
DEFINE_SETTER(hood_proof, proof)
DEFINE_SETTER(hood_command, command)

void hood_shown_by(struct hooded *h, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	h->last->proof = keep(h->hood, fmt, args);
	va_end(args);
	hood_command(h, "cat %s", h->last->proof);
}

const struct hood_row *hood_rows(const struct hood *hood, size_t *count)
{
	*count = hood->count;
	return hood->rows;
}

const struct hood_row *hood_find(const struct hood *hood, enum hood_part part, const char *name)
{
	for (size_t i = 0; i < hood->count; i++)
		if (hood->rows[i].part == part && strcmp(hood->rows[i].name, name) == 0)
			return &hood->rows[i];
	return NULL;
}

void hood_free(struct hood *hood)
{
	if (!hood)
		return;
	arena_fini(&hood->texts);
	free(hood->rows);
	free(hood);
}

/* ---- what /proc says ---- */

const char *hood_quote(const char *word, struct buf *into)
{
	buf_clear(into);
	redact_join(&word, 1, into);
	return buf_text(into);
}

const char *hood_read(const struct hooded *h, const char *name, struct buf *into)
{
	auto_close int fd = openat(h->proc_fd, name, O_RDONLY | O_CLOEXEC);
	char *room;
	ssize_t len;

	buf_clear(into);
	while (fd >= 0 && into->len < FILE_MAX_BYTES && (room = buf_reserve(into, 16 << 10)) &&
		(len = read(fd, room, 16 << 10)) > 0)
		into->len += (size_t)len;
	buf_addc(into, '\0');
	return buf_failed(into) ? "" : into->data;
}

void hood_status(const char *status, const char *name, char *out, size_t room)
{
	size_t len = strlen(name);

	*out = '\0';
	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			line += strspn(line, "\t ");
			snprintf(out, room, "%.*s", (int)strcspn(line, "\n"), line);
			return;
		}
	}
}

/* ---- finding the process ---- */

/* Not whatever somebody mounted over /proc; and the very process that the row names, because what
 * was opened of it stays its own. */
static int open_process(struct hooded *h, struct err *err)
{
	char path[32];
	struct statfs fs;

	snprintf(path, sizeof(path), "/proc/%d", h->pid);
	h->proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->proc_fd < 0 || fstatfs(h->proc_fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(err, ESRCH, "%s cannot be read", path);
	if (h->row && !process_is_alive(&h->row->state.init))
		return err_set(err, ESRCH, "container %s is not running", h->row->name);
	return 0;
}

static int find(
	struct hooded *h, const char *who, struct row *row, unsigned wanted, struct err *err)
{
	unsigned number;
	int failed;

	if (!who) {
		h->pid = getpid();
		return open_process(h, err);
	}
	failed = engine_find_row(h->engine, who, &number, row, err);
	if (failed)
		return failed;
	h->row = row;
	h->own_fd = launch_own_dir(h->engine, row->id, err);
	if (h->own_fd < 0)
		return h->own_fd;
	if (row_has_processes(row)) {
		h->pid = row->state.init.pid;
		return open_process(h, err);
	}
	return wanted == 1u << HOOD_RECORDS
		       ? 0
		       : err_set(err, ESRCH,
				 "container %s is not running: what the kernel kept for it went with its processes; "
				 "--part records shows what davit kept",
				 row->name);
}

static bool applies(const struct hooded *h, enum hood_part part)
{
	if (!h->row)
		return parts[part].of_host;
	return h->proc_fd >= 0 || parts[part].of_stopped;
}

static void hooded_close(struct hooded *h)
{
	own_closep(&h->proc_fd);
	own_closep(&h->own_fd);
}

int engine_hood(
	struct engine *engine, const char *who, unsigned wanted, struct hood **out, struct err *err)
{
	auto_of(hood) struct hood *hood = calloc(1, sizeof(*hood));
	struct hooded h = {.engine = engine, .proc_fd = -1, .own_fd = -1, .hood = hood};
	struct row row;
	int failed = hood ? find(&h, who, &row, wanted, err) : -ENOMEM;

	for (enum hood_part part = 0; !failed && part < HOOD_PARTS; part++)
		if (wanted & 1u << part && applies(&h, part))
			parts[part].add(&h);
	hooded_close(&h);
	if (!hood || hood->failed || hood->texts.failed)
		return err_set(err, ENOMEM, "look under the hood: out of memory");
	if (failed)
		return failed;
	*out = take(hood);
	return 0;
}
