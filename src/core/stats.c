/* stats.c - docker's numbers for running containers (runtime/cgroup_stat.h), with every file kept
 * open between rounds: a round over a container is a few preads. */
#include "core/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/timing.h"
#include "runtime/cgroup_stat.h"
#include "util/own.h"

enum { NET_DEV_MAX = 16 << 10, HOST_NS = 2000000 };

struct watched {
	char id[65];
	unsigned number;     /* its row, to be found again without reading all of them */
	uint64_t init_start; /* another start is another cgroup and another network namespace */
	struct cgroup_stat_files *files;
	int net_fd; /* /proc/PID/net/dev */
};

struct stats_cache {
	struct cgroup_host host;
	uint64_t host_ns; /* when it was read */
	struct watched *watched;
	size_t count, room;
};

static void watched_fini(struct watched *watched)
{
	cgroup_stat_close(watched->files);
	own_closep(&watched->net_fd);
}

void stats_free(struct stats_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		watched_fini(&cache->watched[i]);
	cgroup_host_close(&cache->host);
	free(cache->watched);
	free(cache);
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
	failed = cgroup_host_open(&cache->host, err);
	if (failed)
		free(cache);
	else
		engine->stats = cache;
	return failed;
}

static void forget(struct stats_cache *cache, struct watched *watched)
{
	watched_fini(watched);
	*watched = cache->watched[--cache->count];
}

static struct watched *find(struct stats_cache *cache, const struct row *row)
{
	for (size_t i = 0; i < cache->count; i++) {
		if (strcmp(cache->watched[i].id, row->id) != 0)
			continue;
		if (cache->watched[i].init_start == row->state.init.start)
			return &cache->watched[i];
		forget(cache, &cache->watched[i]);
		return NULL;
	}
	return NULL;
}

/* Who goes through a list asks for one after another. */
static bool find_beside(struct engine *engine, const char *id, unsigned *number, struct row *row)
{
	const struct stats_cache *cache = engine->stats;
	unsigned last = cache && cache->count ? cache->watched[cache->count - 1].number : 0;

	for (*number = last > 1 ? last - 1 : 1; last && *number <= last + 1; ++*number) {
		if (roster_read(engine->roster, *number, row) < 0 || strcmp(row->id, id) != 0 ||
			row->use != ROW_USED)
			continue;
		engine_correct_row(engine, *number, row);
		return true;
	}
	return false;
}

/* A row keeps its number for as long as the container is there. */
static int find_row(
	struct engine *engine, const char *id, unsigned *number, struct row *row, struct err *err)
{
	const struct stats_cache *cache = engine->stats;

	for (size_t i = 0; cache && i < cache->count; i++) {
		*number = cache->watched[i].number;
		if (strcmp(cache->watched[i].id, id) != 0)
			continue;
		if (roster_read(engine->roster, *number, row) < 0 || strcmp(row->id, id) != 0 ||
			row->use != ROW_USED)
			break;
		engine_correct_row(engine, *number, row);
		return 0;
	}
	if (find_beside(engine, id, number, row))
		return 0;
	return engine_find_row(engine, id, number, row, err);
}

static struct watched *add(
	struct engine *engine, unsigned number, const struct row *row, struct err *err)
{
	struct stats_cache *cache = engine->stats;
	const struct cgroup_layout *layout;
	struct watched *watched;
	char path[GROUPS_PATH_SIZE];

	if (cache->count == cache->room) {
		size_t room = cache->room ? 2 * cache->room : 16;
		struct watched *grown = realloc(cache->watched, room * sizeof(*grown));

		if (!grown) {
			err_set(err, ENOMEM, "read statistics: out of memory");
			return NULL;
		}
		cache->watched = grown;
		cache->room = room;
	}
	watched = &cache->watched[cache->count];
	*watched = (struct watched){
		.number = number, .init_start = row->state.init.start, .net_fd = -1};
	snprintf(watched->id, sizeof(watched->id), "%.64s", row->id);
	groups_of(engine, row->id, path);
	if (groups_layout(engine, &layout, err) < 0 ||
		cgroup_stat_open(layout, path, &watched->files, err) < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", row->state.init.pid);
	watched->net_fd = open(path, O_RDONLY | O_CLOEXEC);
	cache->count++;
	return watched;
}

/* Lines of "name: received …8 fields… sent …"; loopback is not traffic. */
static void read_network(int fd, struct container_stats *out)
{
	char text[NET_DEV_MAX], *line, *rest;
	ssize_t len = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

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
		out->received_bytes += received;
		out->sent_bytes += sent;
	}
}

/* Of the host's clock a round over many containers reads little more than once: a share is the
 * difference over a second. */
static int read_host(struct stats_cache *cache)
{
	uint64_t now = timing_now();

	if (now - cache->host_ns < HOST_NS)
		return 0;
	cache->host_ns = now;
	return cgroup_host_read(&cache->host);
}

int engine_stats(
	struct engine *engine, const char *id, struct container_stats *out, struct err *err)
{
	struct cgroup_stat stat;
	struct watched *watched;
	struct row row;
	unsigned number;
	int failed = find_row(engine, id, &number, &row, err);

	*out = (struct container_stats){0};
	if (failed || !row_has_processes(&row))
		return failed;
	failed = cache_open(engine, err);
	if (failed)
		return failed;
	watched = find(engine->stats, &row);
	if (!watched && !(watched = add(engine, number, &row, err)))
		return err->code;
	if (read_host(engine->stats) < 0 || cgroup_stat_read(watched->files, &stat) < 0) {
		forget(engine->stats, watched); /* it ended just now */
		return 0;
	}
	*out = (struct container_stats){
		.valid = true,
		.cpu_ns = stat.cpu_ns,
		.system_ns = engine->stats->host.system_ns,
		.processors = engine->stats->host.online,
		.memory = stat.memory_used,
		.memory_limit = stat.memory_limit,
		.pids = stat.pids,
		.read_bytes = stat.read_bytes,
		.written_bytes = stat.written_bytes,
	};
	read_network(watched->net_fd, out);
	return 0;
}
