#include "core/lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/netspace.h"
#include "core/network_change.h"
#include "core/network_names.h"
#include "runtime/launch/net.h"
#include "util/own.h"
#include "util/path.h"

/* One start, being prepared. */
struct leasing {
	struct engine *engine;
	const struct row *row;
	const struct wanted *wanted;
	struct network *networks; /* one an attachment */
	struct place *places;
	size_t placed;
	struct port_keeper keeper;
	struct net_writer out;
};

static void leasing_fini(struct leasing *l)
{
	free(l->networks);
	free(l->places);
	port_keeper_fini(&l->keeper);
	net_writer_fini(&l->out);
}

static int write_net(struct leasing *l, int run, struct err *err)
{
	int failed = net_end(&l->out);

	if (!failed)
		failed = path_replace_at(run, "net", l->out.bytes.data, l->out.bytes.len, 0600);
	return failed ? err_set(err, failed, "write down the container's networks: %s",
				err_name(failed))
		      : 0;
}

/* ---- another container's ---- */

static int lease_join(struct leasing *l, struct err *err)
{
	const char *who = l->wanted->attachments[0].network + strlen("container:");
	struct net_join join = {0};
	struct row other;
	unsigned number;
	int failed = engine_find_row(l->engine, who, &number, &other, err);

	if (failed)
		return failed;
	if (!row_has_processes(&other))
		return err_set(err, ESRCH, "cannot join network of a non running container: %.64s",
			other.id);
	join.pid = other.state.init.pid;
	join.start = other.state.init.start;
	snprintf(join.who, sizeof(join.who), "%.64s", other.id);
	net_put(&l->out, NET_JOIN, &join, sizeof(join));
	return 0;
}

/* ---- networks ---- */

static void names_of(const struct leasing *l, const struct attachment *attachment, struct strs *out)
{
	strs_add(out, l->row->name);
	if (*l->wanted->hostname)
		strs_add(out, l->wanted->hostname);
	for (size_t i = 0; i < attachment->aliases.len; i++)
		strs_add(out, attachment->aliases.v[i]);
}

static bool publishes(const struct wanted *wanted)
{
	return wanted->publish.len || (wanted->publish_all && wanted->expose.len);
}

static int find_networks(struct leasing *l, struct err *err)
{
	size_t count = l->wanted->count;

	l->networks = calloc(count + 1, sizeof(*l->networks));
	l->places = calloc(count + 1, sizeof(*l->places));
	if (!l->networks || !l->places)
		return err_set(err, ENOMEM, "connect the container: out of memory");
	for (size_t i = 0; i < count; i++) {
		int failed = network_find(
			l->engine, l->wanted->attachments[i].network, &l->networks[i], err);

		if (failed)
			return failed;
	}
	return 0;
}

static int lease_places(struct leasing *l, struct place **way_out, struct err *err)
{
	*way_out = NULL;
	for (size_t i = 0; i < l->wanted->count; i++) {
		struct place *place = &l->places[i];
		auto_strs names = STRS_INIT;
		int failed;

		*place = (struct place){.network = &l->networks[i],
			.attachment = &l->wanted->attachments[i],
			.number = (unsigned)i};
		if (!*way_out && place_leads_out(place->network)) {
			*way_out = place;
			place->is_default_route = true;
			place->hairpin = publishes(l->wanted);
		}
		names_of(l, place->attachment, &names);
		failed = place_lease(l->engine, l->row->id, &names, place, &l->out, err);
		if (failed)
			return failed;
		l->placed++;
	}
	return 0;
}

/* Nothing is leased before it is known that packets can leave. */
static int lead_out(struct leasing *l, struct err *err)
{
	bool leads_out = false;

	for (size_t i = 0; i < l->wanted->count; i++)
		leads_out |= place_leads_out(&l->networks[i]);
	return leads_out ? netspace_lead_out(l->engine, l->keeper.tie, err) : 0;
}

/* Those that were tied to an uplink that was killed. */
static void tie_others_again(struct engine *engine)
{
	auto_strs ids = STRS_INIT;
	int fd = openat(store_dir(engine->store, STORE_RUN), "c",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char path[80];

	engine->netspace_is_new = false;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(path, sizeof(path), "%.64s/net", entry->d_name);
		if (strlen(entry->d_name) == 64 && faccessat(fd, path, F_OK, 0) == 0)
			strs_add(&ids, entry->d_name);
	}
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < ids.len; i++) {
		struct err ignored; /* it goes on as it is */

		change_tie_again(engine, ids.v[i], &ignored);
	}
}

static int lease_networks(struct leasing *l, struct err *err)
{
	struct place *way_out;
	int failed = port_keeper_tie(l->engine, &l->keeper, err);

	if (!failed && l->engine->netspace_is_new)
		tie_others_again(l->engine);
	if (!failed)
		failed = find_networks(l, err);
	if (!failed)
		failed = lead_out(l, err);
	if (!failed)
		failed = lease_places(l, &way_out, err);
	if (!failed)
		failed = ports_lease(l->engine, l->wanted, way_out ? way_out->network : NULL,
			way_out ? &way_out->endpoint : NULL, &l->keeper, &l->out, err);
	return failed;
}

int network_lease(struct engine *engine, const struct row *row, const struct wanted *wanted,
	int run, int *ports, struct err *err)
{
	__attribute__((cleanup(leasing_fini))) struct leasing l = {
		.engine = engine, .row = row, .wanted = wanted};
	int failed;

	*ports = -1;
	port_keeper_init(&l.keeper);
	net_begin(&l.out);
	if (wanted->mode == MODE_HOST || wanted->mode == MODE_NONE)
		return 0;
	failed = wanted->mode == MODE_CONTAINER ? lease_join(&l, err) : lease_networks(&l, err);
	if (!failed)
		failed = write_net(&l, run, err);
	if (failed) {
		for (size_t i = 0; i < l.placed; i++)
			place_give_back(engine, row->id, &l.places[i]);
		return failed;
	}
	*ports = take_fd(&l.keeper.queue[0]);
	return 0;
}

struct undoing {
	int run;
	const struct net_file *file;
};

static int undo(void *arg)
{
	const struct undoing *u = arg;
	auto_close int filter = -1;

	net_undo(u->run, u->file, &filter);
	return 0;
}

void network_release(struct engine *engine, const char *id, bool thorough)
{
	auto_close int run = -1;
	struct net_file file;
	char path[80];

	snprintf(path, sizeof(path), "c/%.64s", id);
	run = openat(store_dir(engine->store, STORE_RUN), path,
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run >= 0 && net_map(run, "net", &file) == 0) {
		struct undoing undoing = {run, &file};

		/* Where the namespace is gone, so are its rules; names are in files. */
		if (netspace_is_up(engine))
			netspace_do(engine, undo, &undoing, NULL);
		else
			undo(&undoing);
		net_unmap(&file);
		unlinkat(run, "net", 0);
	}
	if (thorough)
		names_give_back_all(engine, id);
}

/* ---- reading ---- */

void endpoints_fini(struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->len; i++)
		strs_fini(&endpoints->v[i].aliases);
	free(endpoints->v);
	*endpoints = (struct endpoints){0};
}

static int add_endpoint(struct endpoints *out, const struct net_record *record)
{
	const struct net_endpoint *e = net_body(record);
	const char *alias = (const char *)(e + 1), *end = (const char *)e + record->len;
	struct endpoint *more = realloc(out->v, (out->len + 1) * sizeof(*more)), *to;

	if (!more)
		return -ENOMEM;
	out->v = more;
	to = &out->v[out->len++];
	*to = (struct endpoint){.is_default_bridge = str_eq(e->network, NETWORK_DEFAULT),
		.is_default_route = e->is_default};
	snprintf(to->network_id, sizeof(to->network_id), "%.64s", e->network_id);
	snprintf(to->network, sizeof(to->network), "%s", e->network);
	memcpy(to->address4, e->address4, 4);
	memcpy(to->address6, e->address6, 16);
	memcpy(to->gateway4, e->gateway4, 4);
	memcpy(to->gateway6, e->gateway6, 16);
	for (; alias < end; alias += strlen(alias) + 1)
		strs_add(&to->aliases, alias);
	return strs_failed(&to->aliases) ? -ENOMEM : 0;
}

int network_endpoints(struct engine *engine, const char *id, struct endpoints *out, struct err *err)
{
	struct net_file file;
	char path[80];
	int failed;

	*out = (struct endpoints){0};
	snprintf(path, sizeof(path), "c/%.64s/net", id);
	failed = net_map(store_dir(engine->store, STORE_RUN), path, &file);
	if (failed)
		return failed == -ENOENT ? 0
					 : err_set(err, failed, "container %.12s: networks: %s", id,
						   err_name(failed));
	for (const struct net_record *r = NULL; !failed && (r = net_next(&file, r));)
		if (r->type == NET_ENDPOINT)
			failed = add_endpoint(out, r);
	net_unmap(&file);
	if (failed) {
		endpoints_fini(out);
		return err_set(err, ENOMEM, "container %.12s: networks: out of memory", id);
	}
	return 0;
}
