#include "core/network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/netlink.h"
#include "core/netspace.h"
#include "core/network_names.h"
#include "core/network_own.h"
#include "util/own.h"
#include "util/path.h"

/* ---- the run root's part ---- */

int networks_run_dir(struct engine *engine, struct err *err)
{
	int run = store_dir(engine->store, STORE_RUN), fd;

	fd = openat(run, "n", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if ((mkdirat(run, "n", 0700) < 0 && errno != EEXIST) ||
		(fd = openat(run, "n", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
		(mkdirat(fd, "by-name", 0700) < 0 && errno != EEXIST)) {
		own_closep(&fd);
		return err_sys(err, "make %s/n", store_run_root(engine->store));
	}
	return fd;
}

int networks_lock(struct engine *engine, int *lock, struct err *err)
{
	auto_close int dir = networks_run_dir(engine, err), fd = -1;

	if (dir < 0)
		return dir;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "lock the networks");
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, "lock the networks");
	*lock = take_fd(&fd);
	return 0;
}

void networks_each_known(struct engine *engine, network_known_fn each, void *arg)
{
	int fd = networks_run_dir(engine, NULL);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (strlen(entry->d_name) == 64)
			each(engine, entry->d_name, arg);
	if (dir)
		closedir(dir);
	else
		own_closep(&fd);
}

static int read_ready(struct engine *engine, const char *id, struct network *out)
{
	char path[96];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "n/%.64s/network", id);
	fd = openat(store_dir(engine->store, STORE_RUN), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (read(fd, out, sizeof(*out)) != sizeof(*out) || out->version != NETWORK_VERSION)
		return -EPROTO;
	return 0;
}

/* ---- the bridge ---- */

bool host_sysctl_write(const char *path, const char *value)
{
	char name[128];
	auto_close int fd = -1;

	snprintf(name, sizeof(name), "/proc/sys/%s", path);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

bool host_sysctl_is(const char *path, const char *value)
{
	char name[128];
	auto_buf text = BUF_INIT;

	snprintf(name, sizeof(name), "/proc/sys/%s", path);
	return path_read_at(AT_FDCWD, name, 64, &text) == 0 &&
	       strncmp(buf_text(&text), value, strlen(value)) == 0;
}

static void alias_of(const struct network *network, char alias[128])
{
	snprintf(alias, 128, "davit network %s", network->id);
}

/* Somebody else's link of the same name is never touched. */
static int check_ours(const struct network *network, struct err *err)
{
	char alias[128], wanted[128];

	alias_of(network, wanted);
	if (link_alias(network->bridge, alias) == 0 && str_eq(alias, wanted))
		return 0;
	return err_set(err, EEXIST,
		"network %s: a link %s exists on this host and is not davit's: remove it, or create the network with another com.docker.network.bridge.name",
		network->name, network->bridge);
}

static int address_bridge(const struct network *network, struct err *err)
{
	const struct subnet *subnets[] = {&network->v4, &network->v6};
	auto_buf messages = BUF_INIT;
	int failed;

	for (size_t i = 0; i < array_len(subnets); i++)
		if (subnets[i]->family && !address_is_zero(subnets[i]->gateway))
			message_address(&messages, subnets[i]->family, subnets[i]->gateway,
				subnets[i]->prefix, link_index(network->bridge), NULL);
	failed = messages.len ? netlink_do(NETLINK_ROUTE, &messages) : 0;
	return failed && failed != -EEXIST
		       ? err_set(err, failed, "network %s: give %s its address: %s", network->name,
				 network->bridge, err_name(failed))
		       : 0;
}

/* Wishes: a kernel without IPv6 lacks half of them. route_localnet is what lets 127.0.0.1:PORT of
 * the host lead into a container; the guard chain keeps everybody else from using it. */
static void tune_bridge(const struct network *network)
{
	char path[96];

	snprintf(path, sizeof(path), "net/ipv4/conf/%s/route_localnet", network->bridge);
	host_sysctl_write(path, "1");
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/accept_ra", network->bridge);
	host_sysctl_write(path, "0");
	/* Nobody answers on a bridge for the second that its own address is in doubt. */
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/accept_dad", network->bridge);
	host_sysctl_write(path, "0");
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/dad_transmits", network->bridge);
	host_sysctl_write(path, "0");
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/disable_ipv6", network->bridge);
	host_sysctl_write(path, network->v6.family ? "0" : "1");
}

static int make_bridge(const struct network *network, struct err *err)
{
	auto_buf messages = BUF_INIT;
	uint8_t mac[6] = {0x02, 0x42};
	struct link_end link = {.name = network->bridge, .mac = mac, .mtu = network->mtu};
	char alias[128];
	int failed;

	for (int i = 0; i < 4; i++) /* from the id: the same one after every boot */
		sscanf(network->id + 2 * i, "%2hhx", &mac[2 + i]);
	alias_of(network, alias);
	message_bridge(&messages, &link, alias);
	failed = netlink_do(NETLINK_ROUTE, &messages);
	if (failed == -EEXIST)
		return check_ours(network, err);
	if (failed == -EOPNOTSUPP || failed == -ENODEV)
		return err_set(err, ENOTSUP,
			"network %s: this kernel has no bridges (module \"bridge\"); without them there is --network none and --network host",
			network->name);
	if (failed)
		return err_set(err, failed, "network %s: make the bridge %s: %s", network->name,
			network->bridge, err_name(failed));
	return 0;
}

static int settle_bridge(const struct network *network, struct err *err)
{
	int failed =
		link_index(network->bridge) ? check_ours(network, err) : make_bridge(network, err);

	if (failed)
		return failed;
	tune_bridge(network);
	return address_bridge(network, err);
}

/* ---- settling: from a record to something to connect to ---- */

static int write_ready(int all, int dir, const struct network *network, struct err *err)
{
	char link[160], target[80];
	int failed = names_create(dir, network, err);

	if (!failed)
		failed = path_replace_at(dir, "network", network, sizeof(*network), 0600);
	if (failed)
		return err_set(err, failed, "network %s: %s", network->name, err_name(failed));
	snprintf(link, sizeof(link), "by-name/%s", network->name);
	snprintf(target, sizeof(target), "../%s", network->id);
	unlinkat(all, link, 0);
	return symlinkat(target, all, link) < 0 && errno != EEXIST
		       ? err_sys(err, "network %s", network->name)
		       : 0;
}

int network_settle(struct engine *engine, const struct network *network, struct err *err)
{
	auto_close int all = networks_run_dir(engine, err), dir = -1;
	int failed;

	if (all < 0)
		return all;
	failed = network->kind == NETWORK_BRIDGE ? settle_bridge(network, err) : 0;
	if (failed)
		return failed;
	if (mkdirat(all, network->id, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "network %s", network->name);
	dir = openat(all, network->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? err_sys(err, "network %s", network->name)
		       : write_ready(all, dir, network, err);
}

static int remove_bridge(void *arg)
{
	const struct network *network = arg;
	auto_buf messages = BUF_INIT;
	unsigned index = link_index(network->bridge);

	if (network->kind != NETWORK_BRIDGE || !index || check_ours(network, NULL) < 0)
		return 0;
	message_link_gone(&messages, index, NULL);
	return netlink_do(NETLINK_ROUTE, &messages);
}

void network_unsettle(struct engine *engine, const struct network *network)
{
	auto_close int all = networks_run_dir(engine, NULL);
	char link[160];

	netspace_do(engine, remove_bridge, (void *)network, NULL);
	snprintf(link, sizeof(link), "by-name/%s", network->name);
	unlinkat(all, link, 0);
	path_remove_at(all, network->id);
}

static int remove_rules(void *engine)
{
	rules_remove(engine);
	return 0;
}

void network_tear_down(struct engine *engine)
{
	auto_free struct network *list = NULL;
	auto_close int lock = -1;
	size_t count;
	struct err err;

	if (networks_lock(engine, &lock, &err) < 0 || records_list(engine, &list, &count, &err) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		network_unsettle(engine, &list[i]);
	netspace_do(engine, remove_rules, engine, NULL);
}

/* Forwarding is what a network with a way out needs; that it was off is remembered, so that the
 * host routes nothing but ours. */
static void switch_forwarding_on(const struct network *list, size_t count)
{
	bool any6 = false;

	if (host_sysctl_is("net/ipv4/ip_forward", "0"))
		host_sysctl_write("net/ipv4/ip_forward", "1");
	for (size_t i = 0; i < count; i++)
		any6 |= list[i].v6.family != 0;
	if (any6 && host_sysctl_is("net/ipv6/conf/all/forwarding", "0"))
		host_sysctl_write("net/ipv6/conf/all/forwarding", "1");
}

/* A call in the network's namespace. */
struct errand {
	struct engine *engine;
	const struct network *network;
	const char *who;
	struct network *out;
	bool *restored;
	struct err *err;
};

static int bring_up(void *arg)
{
	const struct errand *e = arg;
	int failed = network_settle(e->engine, e->network, e->err);

	if (!failed)
		failed = rules_write(e->engine, e->err);
	if (!failed)
		switch_forwarding_on(e->network, 1);
	return failed;
}

/* Where nobody needs the namespace now, its first container brings up all there is. */
int network_bring_up(struct engine *engine, const struct network *network, struct err *err)
{
	struct errand errand = {.engine = engine, .network = network, .err = err};

	return netspace_is_up(engine) ? netspace_do(engine, bring_up, &errand, err) : 0;
}

static int settle_all(struct engine *engine, struct err *err)
{
	auto_free struct network *list = NULL;
	auto_close int lock = -1;
	size_t count;
	int failed = networks_lock(engine, &lock, err);

	if (!failed)
		failed = records_list(engine, &list, &count, err);
	for (size_t i = 0; !failed && i < count; i++) {
		struct err why = {0};

		/* One that cannot be made ready (its bridge's name is taken) does not keep the
		 * others from it; whoever asks for it hears why. */
		if (network_settle(engine, &list[i], &why) < 0 && list[i].is_default)
			failed = err_set(err, why.code, "%s", why.text);
	}
	if (!failed)
		failed = rules_write(engine, err);
	if (!failed)
		switch_forwarding_on(list, count);
	return failed;
}

/* ---- finding ---- */

int network_among(const struct network *list, size_t count, const char *who, struct network *out,
	struct err *err)
{
	const struct network *found = NULL;
	size_t len = strlen(who);

	if (!len)
		return err_set(err, EINVAL, "invalid network name or ID: value is empty");
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i].name, who) || str_eq(list[i].id, who)) {
			*out = list[i];
			return 0;
		}
	for (size_t i = 0; i < count; i++) {
		if (strncmp(list[i].id, who, len) != 0)
			continue;
		if (found)
			return err_set(err, EEXIST,
				"network %s is ambiguous (2 matches found on ID prefix)", who);
		found = &list[i];
	}
	if (!found)
		return err_set(err, ENOENT, "network %s not found", who);
	*out = *found;
	return 0;
}

int network_list(struct engine *engine, struct network **out, size_t *count, struct err *err)
{
	return records_list(engine, out, count, err);
}

int network_look(struct engine *engine, const char *who, struct network *out, struct err *err)
{
	auto_free struct network *list = NULL;
	size_t count;
	int failed = records_list(engine, &list, &count, err);

	return failed ? failed : network_among(list, count, who, out, err);
}

/* By its name through the symlink, which is what nearly everybody gives. */
static int find_ready(struct engine *engine, const char *who, struct network *out)
{
	char path[160], target[80];
	ssize_t len;

	if (strlen(who) == 64 && read_ready(engine, who, out) == 0)
		return 0;
	if (strchr(who, '/') || strlen(who) >= sizeof(out->name))
		return -ENOENT;
	snprintf(path, sizeof(path), "n/by-name/%s", who);
	len = readlinkat(store_dir(engine->store, STORE_RUN), path, target, sizeof(target) - 1);
	if (len < 3 + 64)
		return -ENOENT;
	target[len] = '\0';
	return read_ready(engine, target + 3, out);
}

static int find_somehow(
	struct engine *engine, const char *who, struct network *out, struct err *err)
{
	struct network recorded;
	int failed = find_ready(engine, who, out);

	if (!failed)
		return 0;
	failed = network_look(engine, who, &recorded, err);
	if (failed || find_ready(engine, recorded.id, out) == 0)
		return failed;
	failed = network_settle(engine, &recorded, err); /* says what is in its way */
	if (!failed)
		*out = recorded;
	return failed;
}

static int restore(void *arg);

static int find(void *arg)
{
	const struct errand *e = arg;
	int state = rules_check(e->engine), failed = 0;

	if (state == -ENOENT)
		failed = settle_all(e->engine, e->err);
	else if (state)
		failed = restore(arg);
	if (!failed)
		failed = find_somehow(e->engine, e->who, e->out, e->err);
	if (!failed && e->out->kind == NETWORK_BRIDGE && !link_index(e->out->bridge))
		failed = settle_all(e->engine, e->err);
	return failed;
}

/* Records that are always there are made here, from where the host's routes are seen. */
static int need_own(struct engine *engine, struct err *err)
{
	auto_free struct network *list = NULL;
	size_t count;
	int failed = netspace_is_own(engine) ? netspace_need(engine, err) : 0;

	return !failed && netspace_is_own(engine) ? records_list(engine, &list, &count, err)
						  : failed;
}

int network_find(struct engine *engine, const char *who, struct network *out, struct err *err)
{
	struct errand errand = {.engine = engine, .who = who, .out = out, .err = err};
	int failed = need_own(engine, err);

	return failed ? failed : netspace_do(engine, find, &errand, err);
}

bool engine_network_was_restored(const struct engine *engine)
{
	return engine->rules_were_restored;
}

static int restore(void *arg)
{
	const struct errand *e = arg;
	struct engine *engine = e->engine;
	struct err *err = e->err;
	auto_close int lock = -1;
	int state = rules_check(engine), failed;

	if (state != -ESTALE)
		return state == -ENOENT ? 0 : state; /* nothing of ours was there */
	failed = networks_lock(engine, &lock, err);
	if (failed || rules_check(engine) == 0) /* another davit was faster */
		return failed;
	failed = rules_write(engine, err);
	if (failed)
		return failed;
	if (e->restored)
		*e->restored = true;
	engine->rules_were_restored = true;
	journal_add(engine->journal, EVENT_NETWORK, "restore", NETWORK_DEFAULT,
		(const char *const[]){
			"reason", "somebody flushed davit's table of the packet filter", NULL},
		NULL);
	return 0;
}

int engine_network_restore(struct engine *engine, bool *restored, struct err *err)
{
	struct errand errand = {.engine = engine, .restored = restored, .err = err};

	if (restored)
		*restored = false;
	return netspace_is_up(engine) ? netspace_do(engine, restore, &errand, err) : 0;
}
