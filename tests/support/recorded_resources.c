/* recorded_resources.c - volumes, networks, the trash and the disk of the recorded world.
 *
 *     volume NAME BYTES USERS [anonymous]     network NAME DRIVER SUBNET USERS
 *     trashed NAME IMAGE BYTES AGO            go KIND BYTES AFTER NAME   of the plan of a prune
 *     answer usage|plan|picture               what was asked is answered from these
 *     answer pruned BYTES                     a prune under way has ended */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "recorded_private.h"
#include "util/own.h"

static const uint64_t second = 1000000000;

static const uint64_t now_ns = (uint64_t)RECORDED_NOW_S * 1000000000;

static int volumes(struct world *world, struct volume_entry **out, size_t *count, struct err *err)
{
	const struct recorded *recorded = recorded_of(world);

	(void)err;
	*count = recorded->volume_count;
	*out = calloc(*count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		const struct recorded_thing *thing = &recorded->volumes[i];

		snprintf((*out)[i].name, sizeof((*out)[i].name), "%s", thing->name);
		(*out)[i].mountpoint = strdup("/var/lib/davit/volumes");
		(*out)[i].created_ns = now_ns - (i + 1) * 86400 * second;
		(*out)[i].anonymous = thing->anonymous;
		(*out)[i].containers = thing->users;
	}
	return 0;
}

static int networks(struct world *world, struct network_entry **out, size_t *count, struct err *err)
{
	const struct recorded *recorded = recorded_of(world);

	(void)err;
	*count = recorded->network_count;
	*out = calloc(*count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		const struct recorded_thing *thing = &recorded->networks[i];

		snprintf((*out)[i].name, sizeof((*out)[i].name), "%s", thing->name);
		snprintf((*out)[i].id, sizeof((*out)[i].id), "%064zx", (i + 1) * 0x9e3779b9);
		snprintf((*out)[i].driver, sizeof((*out)[i].driver), "%.15s", thing->kind);
		snprintf((*out)[i].subnet, sizeof((*out)[i].subnet), "%.49s", thing->extra);
		(*out)[i].containers = thing->users;
		(*out)[i].is_builtin = strcmp(thing->name, "bridge") == 0 ||
				       strcmp(thing->name, "host") == 0 ||
				       strcmp(thing->name, "none") == 0;
	}
	return 0;
}

static int trash(struct world *world, struct trash_entry **out, size_t *count, struct err *err)
{
	const struct recorded *recorded = recorded_of(world);

	(void)err;
	*count = recorded->trash_count;
	*out = calloc(*count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		const struct recorded_thing *thing = &recorded->trash[i];

		snprintf((*out)[i].name, sizeof((*out)[i].name), "%s", thing->name);
		snprintf((*out)[i].id, sizeof((*out)[i].id), "%064zx", i + 7);
		snprintf((*out)[i].image, sizeof((*out)[i].image), "%s", thing->kind);
		(*out)[i].bytes = thing->bytes;
		(*out)[i].removed_ns = now_ns - thing->users * second;
		(*out)[i].until_ns = (*out)[i].removed_ns + 600 * second;
	}
	return 0;
}

static int volume_users(struct world *world, const char *name, struct strs *out, struct err *err)
{
	const struct recorded *recorded = recorded_of(world);

	(void)err;
	for (size_t i = 0; i < recorded->volume_count; i++)
		for (unsigned k = 0; k < recorded->volumes[i].users; k++)
			if (strcmp(recorded->volumes[i].name, name) == 0 && k < recorded->count)
				strs_add(out, recorded->rows[k].c.name);
	return 0;
}

static int inspect(
	struct world *world, bool network, const char *who, struct buf *json, struct err *err)
{
	(void)err;
	buf_addf(json, "{\n  \"Name\": \"%s\"", who);
	if (network && recorded_of(world)->count)
		buf_addf(json,
			",\n  \"Containers\": {\n    \"x\": {\n      \"Name\": \"%s\"\n    }\n  }",
			recorded_of(world)->rows[0].c.name);
	buf_adds(json, "\n}");
	return 0;
}

/* ---- questions ---- */

static int ask(struct world *world, enum recorded_topic topic, world_answer_fn *answer, void *arg)
{
	recorded_of(world)->topics[topic] = (struct recorded_question){0, answer, arg};
	return 0;
}

static int usage(struct world *world, world_answer_fn *answer, void *arg)
{
	return ask(world, TOPIC_USAGE, answer, arg);
}

static int picture(struct world *world, world_answer_fn *answer, void *arg)
{
	return ask(world, TOPIC_PICTURE, answer, arg);
}

static int plan(struct world *world, bool all, world_answer_fn *answer, void *arg)
{
	buf_addf(&recorded_of(world)->acts, "plan%s\n", all ? " all" : "");
	return ask(world, TOPIC_PLAN, answer, arg);
}

static int prune(
	struct world *world, const char *kind, bool all, world_answer_fn *answer, void *arg)
{
	buf_addf(&recorded_of(world)->acts, "prune %s%s\n", kind, all ? " all" : "");
	return ask(world, TOPIC_PRUNED, answer, arg);
}

static int create(struct world *world, bool network, const char *name, uint64_t ticket)
{
	buf_addf(&recorded_of(world)->acts, "create %s %s\n", network ? "network" : "volume", name);
	return recorded_pend(recorded_of(world), ticket);
}

static int remove_it(struct world *world, bool network, const char *who, uint64_t ticket)
{
	buf_addf(&recorded_of(world)->acts, "rm %s %s\n", network ? "network" : "volume", who);
	return recorded_pend(recorded_of(world), ticket);
}

static int empty(struct world *world, const char *id, uint64_t ticket)
{
	buf_addf(&recorded_of(world)->acts, "empty %.12s\n", id ? id : "all");
	return recorded_pend(recorded_of(world), ticket);
}

const struct world_resources_ops recorded_resources_ops = {
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

void recorded_resources_forget(struct recorded *recorded, const void *arg)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (recorded->topics[i].arg == arg)
			recorded->topics[i].answer = NULL;
}

/* ---- answers ---- */

static void put_usage(const struct recorded *recorded, struct buf *out)
{
	buf_adds(out, "{\"Images\":[");
	for (size_t i = 0; i < recorded->image_count; i++)
		buf_addf(out,
			"%s{\"Id\":\"%s\",\"RepoTags\":[\"%s\"],\"Size\":%llu,\"Containers\":%u}",
			i ? "," : "", recorded->images[i].id, recorded->images[i].reference,
			(unsigned long long)recorded->images[i].size,
			recorded->images[i].containers);
	buf_adds(out, "],\"LayersSize\":734003200,\"LayersActive\":419430400,\"Containers\":[");
	for (size_t i = 0; i < recorded->count; i++)
		buf_addf(out,
			"%s{\"Id\":\"%s\",\"Name\":\"%s\",\"State\":\"%s\",\"SizeRw\":%zu,\"LogSize\":%zu}",
			i ? "," : "", recorded->rows[i].c.id, recorded->rows[i].c.name,
			container_state_name(recorded->rows[i].c.state), (i + 1) << 20,
			(i * 7 % 5) << 18);
	buf_adds(out, "],\"Volumes\":[");
	for (size_t i = 0; i < recorded->volume_count; i++)
		buf_addf(out, "%s{\"Name\":\"%s\",\"Links\":%u,\"Size\":%llu}", i ? "," : "",
			recorded->volumes[i].name, recorded->volumes[i].users,
			(unsigned long long)recorded->volumes[i].bytes);
	buf_adds(out, "],\"Trash\":[");
	for (size_t i = 0; i < recorded->trash_count; i++)
		buf_addf(out, "%s{\"Name\":\"%s\",\"Size\":%llu}", i ? "," : "",
			recorded->trash[i].name, (unsigned long long)recorded->trash[i].bytes);
	buf_adds(out, "],\"Cache\":{\"Count\":12,\"Size\":88080384,\"Reclaimable\":62914560}}");
}

static const char picture_text[] =
	"{\"Networks\":[{\"Name\":\"bridge\",\"Bridge\":\"davit0\",\"Up\":true,"
	"\"Subnets\":[\"172.17.0.0/16\"],\"Internal\":false,\"Endpoints\":["
	"{\"Container\":\"shop/web\",\"Interface\":\"eth0\",\"Addresses\":[\"172.17.0.2\"],"
	"\"Ports\":[{\"Host\":\"0.0.0.0:8080\",\"Container\":\"80/tcp\"}]},"
	"{\"Container\":\"shop/db\",\"Interface\":\"eth0\",\"Addresses\":[\"172.17.0.3\"],"
	"\"Ports\":[]}]},{\"Name\":\"inner\",\"Bridge\":\"davit1\",\"Up\":true,"
	"\"Subnets\":[\"172.18.0.0/16\"],\"Internal\":true,\"Endpoints\":[]}],"
	"\"Forwarding\":{\"IPv4\":true,\"IPv6\":false},"
	"\"Blocks\":[\"the host's packet filter drops what is forwarded\"]}";

static void answer(struct recorded *recorded, char *rest)
{
	char *what = strsep(&rest, " ");
	enum recorded_topic topic = strcmp(what, "usage") == 0     ? TOPIC_USAGE
				    : strcmp(what, "plan") == 0    ? TOPIC_PLAN
				    : strcmp(what, "picture") == 0 ? TOPIC_PICTURE
								   : TOPIC_PRUNED;
	struct op_result result = {0};
	auto_buf text = BUF_INIT;

	if (topic == TOPIC_USAGE)
		put_usage(recorded, &text);
	else if (topic == TOPIC_PLAN)
		buf_adds(&text, buf_text(&recorded->plan));
	else if (topic == TOPIC_PICTURE)
		buf_adds(&text, picture_text);
	else
		result.bytes = strtoull(rest ? rest : "0", NULL, 10);
	result.lines = buf_text(&text);
	if (recorded->topics[topic].answer)
		take(recorded->topics[topic].answer)(recorded->topics[topic].arg, &result);
}

/* ---- what the test tells ---- */

static struct recorded_thing *next_thing(
	struct recorded_thing list[THINGS_MAX], size_t *count, const char *name)
{
	struct recorded_thing *thing = &list[(*count)++];

	snprintf(thing->name, sizeof(thing->name), "%s", name);
	recorded_unescape(thing->name);
	return thing;
}

static void tell_volume(struct recorded *recorded, char *rest)
{
	struct recorded_thing *thing =
		next_thing(recorded->volumes, &recorded->volume_count, strsep(&rest, " "));

	thing->bytes = strtoull(strsep(&rest, " "), NULL, 10);
	thing->users = (unsigned)strtoul(strsep(&rest, " "), NULL, 10);
	thing->anonymous = rest != NULL;
}

static void tell_network(struct recorded *recorded, char *rest)
{
	struct recorded_thing *thing =
		next_thing(recorded->networks, &recorded->network_count, strsep(&rest, " "));

	snprintf(thing->kind, sizeof(thing->kind), "%s", strsep(&rest, " "));
	snprintf(thing->extra, sizeof(thing->extra), "%s", strsep(&rest, " "));
	if (strcmp(thing->extra, "-") == 0)
		thing->extra[0] = '\0';
	thing->users = (unsigned)strtoul(rest, NULL, 10);
}

static void tell_trashed(struct recorded *recorded, char *rest)
{
	struct recorded_thing *thing =
		next_thing(recorded->trash, &recorded->trash_count, strsep(&rest, " "));

	snprintf(thing->kind, sizeof(thing->kind), "%s", strsep(&rest, " "));
	thing->bytes = strtoull(strsep(&rest, " "), NULL, 10);
	thing->users = (unsigned)strtoul(rest, NULL, 10); /* seconds ago */
}

bool recorded_resources_tell(struct recorded *recorded, const char *verb, char *rest)
{
	const struct world_listener *listener = &recorded->world.listener;

	if (strcmp(verb, "volume") == 0)
		tell_volume(recorded, rest);
	else if (strcmp(verb, "network") == 0)
		tell_network(recorded, rest);
	else if (strcmp(verb, "trashed") == 0)
		tell_trashed(recorded, rest);
	else if (strcmp(verb, "go") == 0)
		buf_addf(&recorded->plan, "%s\n", rest);
	else if (strcmp(verb, "answer") == 0)
		answer(recorded, rest);
	else
		return false;
	if (listener->self && strcmp(verb, "answer") != 0)
		listener->changed(listener->self, WORLD_RESOURCES);
	return true;
}
