/* stats.c - docker's numbers for running containers (runtime/cgroup_stat.h), with every file kept
 * open between rounds: a round over a container is a few preads.
 *
 * Whether a row is still true is a question of whether its monitor lives. That is asked of all of
 * them at once: one epoll knows every monitor's pidfd. */
#include "core/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/process.h"
#include "core/timing.h"
#include "runtime/cgroup_stat.h"
#include "util/own.h"

enum {
	NET_DEV_MAX = 16 << 10,
	ROUND_NS = 2000000, /* what is asked once a round holds for so long */
	ENDED_AT_ONCE = 16,
	FILES_EACH = 7,     /* of a container that is watched */
	FILES_LEFT = 256,   /* of those that a process may open, for everything else */
	WATCHED_LEAST = 64, /* a screen has that many in view */
	REST_MAX = 4,       /* askings in a row that are content with no CPU time used */
};

struct watched {
	char id[65];
	unsigned number;     /* its row, to be found again without reading all of them */
	uint64_t init_start; /* another start is another cgroup and another network namespace */
	uint64_t used;       /* when it was asked for last, in askings */
	struct cgroup_stat_files *files;
	struct cgroup_stat stat; /* as it was read last, */
	uint64_t received, sent; /* and bytes */
	int rests;               /* so often in a row it had done nothing since */
	int net_fd;              /* /proc/PID/net/dev */
	int monitor;             /* a pidfd; -1: it has ended, or we may not know it */
};

struct stats_cache {
	struct cgroup_host host;
	uint64_t round_ns; /* when the host was read, and who has ended */
	uint64_t asked;
	int monitors; /* epoll */
	struct watched *watched;
	size_t count, room, most;
};

static void watched_fini(struct watched *watched)
{
	cgroup_stat_close(watched->files);
	own_closep(&watched->net_fd);
	own_closep(&watched->monitor);
}

void stats_free(struct stats_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		watched_fini(&cache->watched[i]);
	cgroup_host_close(&cache->host);
	own_closep(&cache->monitors);
	free(cache->watched);
	free(cache);
}

/* Where a process may have few files, not all containers are watched at a time. */
static size_t most_watched(void)
{
	struct rlimit files;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < FILES_LEFT)
		return WATCHED_LEAST;
	most = (files.rlim_cur - FILES_LEFT) / FILES_EACH;
	return most > WATCHED_LEAST ? (size_t)most : WATCHED_LEAST;
}

static int cache_open(struct engine *engine, struct err *err)
{
	struct stats_cache *cache;
	int failed;

	if (engine->stats)
		return 0;
	cache = calloc(1, sizeof(*cache));
	if (!cache)
		return err_set(err, ENOMEM, "read statistics: out of memory");
	cache->most = most_watched();
	cache->monitors = epoll_create1(EPOLL_CLOEXEC);
	cache->host.fd = -1;
	cache->round_ns = timing_now();
	failed = cache->monitors < 0 ? err_sys(err, "read statistics")
				     : cgroup_host_open(&cache->host, err);
	if (failed)
		stats_free(cache);
	else
		engine->stats = cache;
	return failed;
}

static void forget(struct stats_cache *cache, struct watched *watched)
{
	watched_fini(watched);
	*watched = cache->watched[--cache->count];
}

static struct watched *find(struct stats_cache *cache, const char *id)
{
	for (size_t i = 0; cache && i < cache->count; i++)
		if (strcmp(cache->watched[i].id, id) == 0)
			return &cache->watched[i];
	return NULL;
}

/* ---- is what its row says still true ---- */

static void watch_monitor(struct stats_cache *cache, struct watched *watched, const struct row *row)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (watched->monitor >= 0)
		return;
	watched->monitor = process_open(&row->state.shim);
	event.data.fd = watched->monitor;
	if (watched->monitor < 0 ||
		epoll_ctl(cache->monitors, EPOLL_CTL_ADD, watched->monitor, &event) == 0)
		return;
	close(watched->monitor);
	watched->monitor = -1;
}

static void note_ended(struct stats_cache *cache, int monitor)
{
	for (size_t i = 0; i < cache->count; i++)
		if (cache->watched[i].monitor == monitor)
			cache->watched[i].monitor = -1;
	close(monitor);
}

/* Of the host's clock a round over many containers reads little more than once: a share is the
 * difference over a second. */
static int begin_round(struct stats_cache *cache)
{
	struct epoll_event ended[ENDED_AT_ONCE];
	uint64_t now = timing_now();
	int count;

	if (now - cache->round_ns < ROUND_NS)
		return 0;
	cache->round_ns = now;
	do {
		count = epoll_wait(cache->monitors, ended, ENDED_AT_ONCE, 0);
		for (int i = 0; i < count; i++)
			note_ended(cache, ended[i].data.fd);
	} while (count == ENDED_AT_ONCE);
	return cgroup_host_read(&cache->host);
}

static bool reads_as(struct engine *engine, unsigned number, const char *id, struct row *row)
{
	return roster_read(engine->roster, number, row) == 0 && strcmp(row->id, id) == 0 &&
	       row->use == ROW_USED;
}

/* Who goes through a list asks for one after another. */
static bool find_beside(struct engine *engine, const char *id, unsigned *number, struct row *row)
{
	const struct stats_cache *cache = engine->stats;
	unsigned last = cache && cache->count ? cache->watched[cache->count - 1].number : 0;

	for (*number = last > 1 ? last - 1 : 1; last && *number <= last + 1; ++*number) {
		if (!reads_as(engine, *number, id, row))
			continue;
		engine_correct_row(engine, *number, row);
		return true;
	}
	return false;
}

/* A row keeps its number for as long as the container is there, and is true while its monitor
 * lives. */
static int find_row(struct engine *engine, const struct watched *watched, const char *id,
	unsigned *number, struct row *row, struct err *err)
{
	*number = watched ? watched->number : 0;
	if (watched && reads_as(engine, *number, id, row)) {
		if (watched->monitor < 0)
			engine_correct_row(engine, *number, row);
		return 0;
	}
	if (find_beside(engine, id, number, row))
		return 0;
	return engine_find_row(engine, id, number, row, err);
}

/* ---- watching ---- */

static int make_room(struct stats_cache *cache, struct err *err)
{
	size_t room = cache->room ? 2 * cache->room : 16;
	struct watched *grown, *oldest = cache->watched;

	if (cache->count >= cache->most) {
		for (size_t i = 1; i < cache->count; i++)
			if (cache->watched[i].used < oldest->used)
				oldest = &cache->watched[i];
		forget(cache, oldest);
	}
	if (cache->count < cache->room)
		return 0;
	grown = realloc(cache->watched, room * sizeof(*grown));
	if (!grown)
		return err_set(err, ENOMEM, "read statistics: out of memory");
	cache->watched = grown;
	cache->room = room;
	return 0;
}

static struct watched *add(
	struct engine *engine, unsigned number, const struct row *row, struct err *err)
{
	struct stats_cache *cache = engine->stats;
	const struct cgroup_layout *layout;
	struct watched *watched;
	char path[GROUPS_PATH_SIZE];

	if (make_room(cache, err) < 0)
		return NULL;
	watched = &cache->watched[cache->count];
	*watched = (struct watched){.number = number,
		.init_start = row->state.init.start,
		.rests = REST_MAX,
		.net_fd = -1,
		.monitor = -1};
	snprintf(watched->id, sizeof(watched->id), "%.64s", row->id);
	groups_of(engine, row->id, path);
	if (groups_layout(engine, &layout, err) < 0 ||
		cgroup_stat_open(layout, path, CGROUP_STAT_USE, &watched->files, err) < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", row->state.init.pid);
	watched->net_fd = open(path, O_RDONLY | O_CLOEXEC);
	cache->count++;
	return watched;
}

/* Lines of "name: received …8 fields… sent …"; loopback is not traffic. */
static void read_network(struct watched *watched)
{
	char text[NET_DEV_MAX], *line, *rest;
	int fd = watched->net_fd;
	ssize_t len = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	watched->received = watched->sent = 0;
	if (len <= 0)
		return;
	text[len] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');
		unsigned long long received, sent;

		line += strspn(line, " ");
		if (!colon || strncmp(line, "lo:", 3) == 0)
			continue;
		if (sscanf(colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &received, &sent) !=
			2)
			continue;
		watched->received += received;
		watched->sent += sent;
	}
}

/* Its files, of the life that it lives now. */
static int watch(struct engine *engine, const char *id, struct watched **out, struct err *err)
{
	struct watched *watched = find(engine->stats, id);
	struct row row;
	unsigned number;
	int failed = find_row(engine, watched, id, &number, &row, err);

	*out = NULL;
	if (watched && (failed || !row_has_processes(&row) ||
			       watched->init_start != row.state.init.start)) {
		forget(engine->stats, watched);
		watched = NULL;
	}
	if (failed || !row_has_processes(&row))
		return failed;
	if (!watched && !(watched = add(engine, number, &row, err)))
		return err->code;
	watch_monitor(engine->stats, watched, &row);
	watched->used = ++engine->stats->asked;
	*out = watched;
	return 0;
}

/* Most containers of most hosts wait for something, and are asked for their CPU time alone. */
static int read_figures(struct watched *watched)
{
	bool moved = ++watched->rests > REST_MAX;
	int failed = moved ? cgroup_stat_read(watched->files, &watched->stat)
			   : cgroup_stat_reread(watched->files, &watched->stat, &moved);

	if (failed || !moved)
		return failed;
	watched->rests = 0;
	read_network(watched);
	return 0;
}

int engine_stats(
	struct engine *engine, const char *id, struct container_stats *out, struct err *err)
{
	const struct cgroup_stat *stat;
	struct watched *watched;
	int failed = cache_open(engine, err);

	*out = (struct container_stats){0};
	if (!failed && begin_round(engine->stats) < 0)
		failed = err_sys(err, "/proc/stat");
	if (!failed)
		failed = watch(engine, id, &watched, err);
	if (failed || !watched)
		return failed;
	if (read_figures(watched) < 0) {
		forget(engine->stats, watched); /* it ended just now */
		return 0;
	}
	stat = &watched->stat;
	*out = (struct container_stats){
		.valid = true,
		.cpu_ns = stat->cpu_ns,
		.system_ns = engine->stats->host.system_ns,
		.processors = engine->stats->host.online,
		.memory = stat->memory_used,
		.memory_limit = stat->memory_limit,
		.pids = stat->pids,
		.read_bytes = stat->read_bytes,
		.written_bytes = stat->written_bytes,
		.received_bytes = watched->received,
		.sent_bytes = watched->sent,
	};
	return 0;
}
