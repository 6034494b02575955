/* link_resources.c - world_resources.h on the engine. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "tui/link_record.h"
#include "util/strs.h"

/* ---- reading ---- */

static int volumes(struct world *world, struct volume_entry **out, size_t *count, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_volumes(link->engine, out, count, err) : link_no_engine(err);
}

static int networks(struct world *world, struct network_entry **out, size_t *count, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_networks(link->engine, out, count, err) : link_no_engine(err);
}

static int trash(struct world *world, struct trash_entry **out, size_t *count, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_trash(link->engine, out, count, err) : link_no_engine(err);
}

static int volume_users(struct world *world, const char *name, struct strs *out, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	auto_strs ids = STRS_INIT;
	int failed = engine_volume_users(engine, name, &ids, err);

	for (size_t i = 0; i < ids.len; i++) {
		struct container container;
		struct err ignored;

		if (engine_container(engine, ids.v[i], &container, &ignored) == 0)
			strs_add(out, container.name);
		else
			strs_addf(out, "%.12s (in the trash)", ids.v[i]);
	}
	return failed;
}

static int inspect(
	struct world *world, bool network, const char *who, struct buf *json, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	struct cJSON *object;
	int failed = network ? engine_network_inspect(engine, who, &object, err)
			     : engine_volume_inspect(engine, who, &object, err);

	return failed ? failed : link_put_json(object, json, err);
}

/* ---- asking ---- */

static int usage(struct world *world, world_answer_fn *answer, void *arg)
{
	struct link *link = link_of(world);
	struct deed *deed = link->engine ? link_deed_new(link, 0) : NULL;

	return deed ? link_answer(
			      deed, engine_usage(link->engine, link_answered, deed), answer, arg)
		    : -ENOMEM;
}

static int picture(struct world *world, world_answer_fn *answer, void *arg)
{
	struct link *link = link_of(world);
	struct deed *deed = link->engine ? link_deed_new(link, 0) : NULL;

	return deed ? link_answer(deed,
			      engine_network_picture(link->engine, NULL, link_answered, deed),
			      answer, arg)
		    : -ENOMEM;
}

static int plan(struct world *world, bool all, world_answer_fn *answer, void *arg)
{
	const struct prune_request request = {.all = all};
	struct link *link = link_of(world);
	struct deed *deed = link->engine ? link_deed_new(link, 0) : NULL;

	return deed ? link_answer(deed,
			      engine_prune_plan(link->engine, &request, link_answered, deed),
			      answer, arg)
		    : -ENOMEM;
}

static struct op *prune_trash(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	(void)request;
	return engine_trash_empty(engine, NULL, done, arg);
}

static const struct pruner {
	const char *kind, *command, *all; /* all: what it is called with every one of them */
	enum event_type type;
	struct op *(*prune)(struct engine *engine, const struct prune_request *request,
		op_done_fn done, void *arg);
} pruners[] = {
	{"container", "container prune -f", "", EVENT_CONTAINER, engine_prune},
	{"trash", "trash empty -f", "", EVENT_CONTAINER, prune_trash},
	{"network", "network prune -f", "", EVENT_NETWORK, engine_network_prune},
	{"volume", "volume prune -f", " -a", EVENT_VOLUME, engine_volume_prune},
	{"image", "image prune -f", " -a", EVENT_IMAGE, engine_image_prune},
	{"cache", "builder prune -f", " -a", EVENT_BUILD, engine_build_cache_prune},
};

static int prune(
	struct world *world, const char *kind, bool all, world_answer_fn *answer, void *arg)
{
	const struct prune_request request = {.all = all};
	struct link *link = link_of(world);

	for (size_t i = 0; i < array_len(pruners); i++) {
		const struct pruner *pruner = &pruners[i];
		struct deed *deed;

		if (!str_eq(pruner->kind, kind))
			continue;
		deed = link_deed_new(link, 0);
		if (!deed)
			return -ENOMEM;
		link_record_as(deed, pruner->type, "prune", NULL, kind, "%s%s", pruner->command,
			all ? pruner->all : "");
		return link_answer(deed, pruner->prune(link->engine, &request, link_answered, deed),
			answer, arg);
	}
	return -ENOMEM;
}

/* ---- changing ---- */

static struct op *begin_create(
	struct engine *engine, bool network, const char *name, struct deed *deed)
{
	const struct volume_request volume = {.name = name};
	struct network_request request;
	struct op *op;

	if (!network)
		return engine_volume_create(engine, &volume, link_deed_done, deed);
	network_request_init(&request);
	request.name = name;
	op = engine_network_create(engine, &request, link_deed_done, deed);
	network_request_fini(&request);
	return op;
}

static int create(struct world *world, bool network, const char *name, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, network ? EVENT_NETWORK : EVENT_VOLUME, "create", NULL, name,
		"%s create %s", network ? "network" : "volume", name);
	return link_deed_begun(deed, begin_create(link->engine, network, name, deed));
}

static int remove_it(struct world *world, bool network, const char *who, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);
	struct op *op;

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, network ? EVENT_NETWORK : EVENT_VOLUME, "remove", NULL, who,
		"%s rm %s", network ? "network" : "volume", who);
	op = network ? engine_network_remove(link->engine, who, false, link_deed_done, deed)
		     : engine_volume_remove(link->engine, who, false, link_deed_done, deed);
	return link_deed_begun(deed, op);
}

static int empty(struct world *world, const char *id, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, EVENT_CONTAINER, "empty", id, NULL, "trash empty %s%.12s",
		id ? "" : "-f", id ? id : "");
	return link_deed_begun(deed, engine_trash_empty(link->engine, id, link_deed_done, deed));
}

const struct world_resources_ops link_resources_ops = {
	.volumes = volumes,
	.networks = networks,
	.trash = trash,
	.volume_users = volume_users,
	.inspect = inspect,
	.usage = usage,
	.picture = picture,
	.plan = plan,
	.prune = prune,
	.create = create,
	.remove = remove_it,
	.empty = empty,
};
