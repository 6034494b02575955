#include "core/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/module.h"
#include "core/netspace.h"
#include "core/network_own.h"
#include "core/nft/run.h"
#include "runtime/launch/net.h"
#include "util/own.h"
#include "util/path.h"

const char *rules_table(const struct engine *engine, char name[32])
{
	const char *root = store_run_root(engine->store);
	uint32_t hash = 2166136261u;

	if (str_eq(root, "/run/davit")) {
		snprintf(name, 32, "davit");
		return name;
	}
	for (const char *at = root; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	snprintf(name, 32, "davit_%08x", hash);
	return name;
}

/* ---- what we left ---- */

static int read_mark(struct engine *engine, struct rules_mark *mark)
{
	auto_close int fd = openat(
		store_dir(engine->store, STORE_RUN), "n/rules", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	memset(mark, 0, sizeof(*mark));
	if (fd < 0)
		return -errno;
	if (read(fd, mark, sizeof(*mark)) != sizeof(*mark) ||
		memcmp(mark->magic, RULES_MAGIC, sizeof(mark->magic)) != 0)
		return -ENOENT;
	return 0;
}

/* Kept open, because closing it can mean to wait (runtime/launch/net.c). */
static int ask_handle(struct engine *engine, const char *table, uint64_t *handle)
{
	if (engine->filter_fd < 0)
		engine->filter_fd = net_socket(NETLINK_NETFILTER);
	return engine->filter_fd < 0 ? engine->filter_fd
				     : table_handle(engine->filter_fd, table, handle);
}

int rules_check(struct engine *engine)
{
	struct rules_mark mark;
	uint64_t handle;
	char table[32];

	if (read_mark(engine, &mark) < 0)
		return -ENOENT;
	if (ask_handle(engine, rules_table(engine, table), &handle) < 0 || handle != mark.handle)
		return -ESTALE;
	return 0;
}

/* ---- what there is ---- */

struct world {
	struct network *networks;
	size_t count, room;
	struct net_mapping *mappings;
	size_t mapping_count, mapping_room;
	bool failed;
};

static void world_fini(struct world *world)
{
	free(world->networks);
	free(world->mappings);
}

static bool grow(void **list, size_t len, size_t *room, size_t size)
{
	void *more;

	if (len < *room)
		return true;
	more = realloc(*list, (*room * 2 + 8) * size);
	if (!more)
		return false;
	*list = more;
	*room = *room * 2 + 8;
	return true;
}

static void add_network(struct engine *engine, const char *id, void *arg)
{
	struct world *world = arg;
	struct network network;
	char path[96];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "n/%.64s/network", id);
	fd = openat(store_dir(engine->store, STORE_RUN), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &network, sizeof(network)) != sizeof(network) ||
		network.version != NETWORK_VERSION)
		return;
	if (!grow((void **)&world->networks, world->count, &world->room, sizeof(network)))
		world->failed = true;
	else
		world->networks[world->count++] = network;
}

static void add_container(struct world *world, int all, const char *id)
{
	char path[96];
	struct net_file file;

	snprintf(path, sizeof(path), "%.64s/net", id);
	if (net_map(all, path, &file) < 0)
		return;
	for (const struct net_record *r = NULL; (r = net_next(&file, r));) {
		if (r->type != NET_MAPPING)
			continue;
		if (!grow((void **)&world->mappings, world->mapping_count, &world->mapping_room,
			    sizeof(struct net_mapping)))
			world->failed = true;
		else
			memcpy(&world->mappings[world->mapping_count++], net_body(r),
				sizeof(struct net_mapping));
	}
	net_unmap(&file);
}

static void add_containers(struct engine *engine, struct world *world)
{
	int fd = openat(store_dir(engine->store, STORE_RUN), "c",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (strlen(entry->d_name) == 64)
			add_container(world, dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
}

/* ---- writing ---- */

static bool is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return access(path, F_OK) == 0;
}

/* What a bridge passes among its own ports can come by our chain too, and is none of our business.
 */
static void note_links(struct rules_mark *mark)
{
	struct if_nameindex *links = if_nameindex();
	unsigned used = 0;

	for (struct if_nameindex *at = links; at && at->if_index && used < RULES_LINKS; at++)
		if (!str_eq(at->if_name, "lo") && !is_bridge(at->if_name))
			snprintf(mark->links[used++], sizeof(mark->links[0]), "%s", at->if_name);
	if_freenameindex(links);
}

static void note_forwarding(struct rules_mark *mark)
{
	mark->forwarding_was_off |= host_sysctl_is("net/ipv4/ip_forward", "0");
	mark->forwarding6_was_off |= host_sysctl_is("net/ipv6/conf/all/forwarding", "0");
	note_links(mark);
}

static int run_text(const struct buf *text, struct err *err)
{
	int (*run)(const char *, struct err *);
	void *found;
	int failed = module_symbol("nft", "davit_nft_run", &found, err);

	if (failed)
		return err_in(err, "networks need libnftables; without it there is --network none");
	if (buf_failed(text))
		return err_set(err, ENOMEM, "write davit's rules: out of memory");
	memcpy(&run, &found, sizeof(run));
	return run(buf_text(text), err);
}

static int leave_mark(
	struct engine *engine, struct rules_mark *mark, const char *table, struct err *err)
{
	auto_close int dir = networks_run_dir(engine, err);
	int failed = ask_handle(engine, table, &mark->handle);

	if (!failed) {
		memcpy(mark->magic, RULES_MAGIC, sizeof(mark->magic));
		failed = path_replace_at(dir, "rules", mark, sizeof(*mark), 0600);
	}
	return failed ? err_set(err, failed, "write davit's rules: %s", err_name(failed)) : 0;
}

bool rules_keep_clients(struct engine *engine)
{
	struct rules_mark mark;

	return netspace_is_own(engine) && read_mark(engine, &mark) == 0 && mark.keeps_clients;
}

/* A transaction of its own: without it there are networks all the same. */
static bool try_clients(const char *table)
{
	auto_buf text = BUF_INIT;
	struct err err;

	rules_clients_text(&text, table);
	return run_text(&text, &err) == 0;
}

int rules_write(struct engine *engine, struct err *err)
{
	__attribute__((cleanup(world_fini))) struct world world = {0};
	auto_buf text = BUF_INIT;
	struct rules_mark mark;
	char table[32];
	int failed;

	if (read_mark(engine, &mark) < 0 && !netspace_is_own(engine))
		note_forwarding(
			&mark); /* in a namespace of our own nobody else is to be kept apart */
	networks_each_known(engine, add_network, &world);
	add_containers(engine, &world);
	if (world.failed)
		return err_set(err, ENOMEM, "write davit's rules: out of memory");
	rules_text(&text, rules_table(engine, table), world.networks, world.count, world.mappings,
		world.mapping_count, &mark);
	failed = run_text(&text, err);
	if (failed == -EOPNOTSUPP)
		return err_in(err,
			"this kernel lacks nftables' NAT; without it there is --network none and --network host");
	mark.keeps_clients = !failed && netspace_is_own(engine) && try_clients(table);
	return failed ? failed : leave_mark(engine, &mark, table, err);
}

enum { REMOVE_TRIES = 5, REMOVE_PAUSE_US = 20000 };

void rules_remove(struct engine *engine)
{
	auto_buf text = BUF_INIT;
	struct rules_mark mark;
	char table[32];
	struct err err;

	/* Who was killed on the way may have made the table, and no mark. */
	if (read_mark(engine, &mark) < 0 &&
		faccessat(store_dir(engine->store, STORE_RUN), "n", F_OK, 0) < 0)
		return;
	rules_table(engine, table);
	/* Adding it first makes deleting it fine where somebody else did. */
	buf_addf(&text, "add table inet %s\ndelete table inet %s\n", table, table);
	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (run_text(&text, &err) == 0) {
			unlinkat(store_dir(engine->store, STORE_RUN), "n/rules", 0);
			return;
		}
		usleep(REMOVE_PAUSE_US); /* others change theirs */
	}
}
