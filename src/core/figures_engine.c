/* figures_engine.c - reads what the engine consists of now: its processes, its containers. */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/figures_own.h"
#include "util/redact.h"

enum { PROC_FILE_MAX = 1 << 20 };

/* ---- processes ---- */

bool figures_read_proc(const char *path, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct statfs fs;
	char *room;
	ssize_t len;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	while (out->len < PROC_FILE_MAX && (room = buf_reserve(out, 16 << 10)) &&
		(len = read(fd, room, 16 << 10)) > 0)
		out->len += (size_t)len;
	buf_addc(out, '\0');
	return !buf_failed(out);
}

static uint64_t proportional_size(int pid)
{
	auto_buf text = BUF_INIT;
	unsigned long long kb = 0;
	const char *line;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	if (figures_read_proc(path, &text) && (line = strstr(text.data, "\nPss:")))
		sscanf(line, "\nPss: %llu", &kb);
	return kb * 1024;
}

static struct figure_process figures_process(int pid)
{
	return (struct figure_process){pid, pid ? proportional_size(pid) : 0};
}

struct figure_pair figures_pair(const struct row *row)
{
	bool runs = row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
	struct figure_pair pair = {.paused = row->state.status == ROW_PAUSED};
	auto_buf command = BUF_INIT;

	snprintf(pair.id, sizeof(pair.id), "%.64s", row->id);
	snprintf(pair.name, sizeof(pair.name), "%s", row->name);
	snprintf(pair.image, sizeof(pair.image), "%s", row->image);
	redact_line(row->command, &command);
	snprintf(pair.command, sizeof(pair.command), "%s", buf_text(&command));
	if (runs) {
		pair.shim = figures_process(row->state.shim.pid);
		pair.init = figures_process(row->state.init.pid);
	}
	return pair;
}

/* Whoever holds serve.lock, as the kernel tells it. */
static struct figure_process find_serve(struct engine *engine)
{
	auto_buf text = BUF_INIT;
	char wanted[64];
	struct stat st;
	const char *line;
	int pid = 0;

	if (fstatat(store_dir(engine->store, STORE_RUN), "serve.lock", &st, AT_SYMLINK_NOFOLLOW) <
			0 ||
		!figures_read_proc("/proc/locks", &text))
		return (struct figure_process){0};
	snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ", major(st.st_dev), minor(st.st_dev),
		(unsigned long long)st.st_ino);
	line = strstr(text.data, wanted);
	while (line && line > text.data && line[-1] != '\n')
		line--;
	if (line)
		sscanf(line, "%*u: FLOCK %*s %*s %d", &pid);
	return figures_process(pid > 0 ? pid : 0);
}

/* ---- the engine ---- */

void figures_census(struct engine *engine, const char *only, struct census *census)
{
	struct roster_scan scan;
	struct row *row;

	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan))) {
		bool runs;

		engine_correct_row(engine, scan.number, row);
		if (row->use != ROW_USED)
			continue;
		runs = row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
		census->containers++;
		census->running += runs;
		if (runs && census->shown < PAIRS_SHOWN && (!only || str_eq(only, row->id)))
			census->pairs[census->shown++] = figures_pair(row);
	}
}

int figures_draw_engine(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct census census = {0};
	auto_free struct image_entry *images = NULL;
	struct container only;
	size_t n = 0;

	if (*object && engine_container(engine, object, &only, err) < 0)
		return err->code;
	if (engine_images(engine, &images, &n, err) < 0)
		return err->code;
	figures_census(engine, *object ? only.id : NULL, &census);
	figure_of_engine(figure, &(struct figure_engine_facts){
					 .root = store_root(engine->store),
					 .run_root = store_run_root(engine->store),
					 .driver = store_driver_name(engine->store),
					 .davit = figures_process(getpid()),
					 .serve = find_serve(engine),
					 .pairs = census.pairs,
					 .count = census.shown,
					 .running = census.running,
					 .containers = census.containers,
					 .images = n,
				 });
	return 0;
}
