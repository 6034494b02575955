/* hood_records.c - what davit keeps of it on the disk, and its monitor. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/hood_parts.h"

/* A JSON file, without the values of names that sound like secrets' (util/redact.h). */
#define SECRET_NAME                                                                                \
	"[A-Za-z0-9_.-]*(pass|pwd|pw|secret|token|key|private|credential|cookie|auth|dsn|_sid|"    \
	"access_id)[A-Za-z0-9_.-]*"
#define REST_OF_STRING "([^\"\\]|\\\\.)*"
/* NAME=value, an option and the word behind it, and the password of an address. */
#define HIDE_SECRETS                                                                               \
	"sed -E 's/(" SECRET_NAME ")=" REST_OF_STRING "/\\1=.../Ig; "                              \
	"s/(\"--?" SECRET_NAME "\",\")" REST_OF_STRING "/\\1.../Ig; "                              \
	"s,(://[^/@\":]*:)[^/\"]*@,\\1...@,g'"

static const struct {
	const char *name, *words, *command; /* command: followed by the container; NULL: cat */
} files[] = {
	{"config.json", "What is to run, as the OCI runtime specification has it.", NULL},
	{"plan", "The same as the list of steps that made it; davit explain shows it.",
		"davit explain"},
	{"launched", "The list as it was at the last launch, which an update has changed since.",
		"davit explain"},
	{"trace", "When each of these steps began and ended.", "davit explain"},
	{"log", "What it wrote, byte for byte.", "davit logs"},
	{"log.index", "When and by which stream, so that any moment of the log is found at once.",
		"davit logs --timestamps"},
	{"last", "How it ended the last time: what a reboot is told.",
		"davit inspect -f '{{json .State}}'"},
	{"upper", "Its writable layer: every file it made, changed or deleted.", "davit diff"},
};

static void add_file(struct hooded *h, size_t i)
{
	const char *root = store_root(h->engine->store);
	struct stat st;

	if (fstatat(h->own_fd, files[i].name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		hood_add(h, HOOD_RECORDS, files[i].name, "a directory");
	else
		hood_add(h, HOOD_RECORDS, files[i].name, "%lld bytes", (long long)st.st_size);
	hood_words(h, "%s", files[i].words);
	hood_shown_by(h, "%s/containers/%s/%s", root, h->row->id, files[i].name);
	if (strcmp(files[i].name, "config.json") == 0)
		hood_command(
			h, HIDE_SECRETS " %s/containers/%s/%s", root, h->row->id, files[i].name);
	if (files[i].command)
		hood_command(h, "%s %s", files[i].command, h->row->name);
}

static void add_monitor(struct hooded *h)
{
	int pid = h->row->state.shim.pid;

	if (h->proc_fd < 0 || pid <= 0)
		return;
	hood_add(h, HOOD_RECORDS, "monitor", "process %d", pid);
	hood_words(
		h, "davit-shim: the parent of its first process; writes the log, records the end.");
	hood_proof(h, "/proc/%d/status", pid);
	hood_command(h, "ps -o pid,ppid,rss,args -p %d,%d", pid, h->pid);
}

void hood_records(struct hooded *h)
{
	add_monitor(h);
	for (size_t i = 0; i < array_len(files); i++)
		add_file(h, i);
	if (h->row->state.finished_ns) {
		hood_add(h, HOOD_RECORDS, "last end", "exit code %d%s", h->row->state.exit_code,
			h->row->state.flags & ROW_OOM ? ", out of memory" : "");
		hood_words(h, "%s",
			h->row->state.error[0] ? h->row->state.error : "As its monitor saw it.");
		hood_command(h, "davit inspect -f '{{json .State}}' %s", h->row->name);
	}
}
