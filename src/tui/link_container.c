/* link_container.c - one container, as the engine knows it: see world_container.h. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/link_record.h"
#include "util/json.h"

/* ---- facts ---- */

void container_facts_fini(struct container_facts *facts)
{
	free(facts->labels);
	free(facts->mounts);
	free(facts->shares);
}

static void copy(const cJSON *object, const char *key, char *out, size_t room)
{
	const char *text = json_str(object, key);

	snprintf(out, room, "%s", text ? text : "");
}

static int64_t number(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
}

static void add_word(char *list, size_t room, const char *word)
{
	size_t len = strlen(list);

	if (*word)
		snprintf(list + len, room - len, "%s%s", len ? " " : "", word);
}

static void read_networks(const cJSON *inspect, struct container_facts *out)
{
	const cJSON *network;
	const char *mode = json_str(json_object(inspect, "HostConfig"), "NetworkMode");

	cJSON_ArrayForEach(
		network, json_object(json_object(inspect, "NetworkSettings"), "Networks")) {
		const char *address = json_str(network, "IPAddress");
		const char *wide = json_str(network, "GlobalIPv6Address");

		add_word(out->networks, sizeof(out->networks), network->string);
		add_word(out->addresses, sizeof(out->addresses), address ? address : "");
		add_word(out->addresses, sizeof(out->addresses), wide ? wide : "");
	}
	if (!*out->networks && mode)
		snprintf(out->networks, sizeof(out->networks), "%.24s", mode);
}

static void read_limits(const cJSON *host, struct container_facts *out)
{
	int64_t quota = number(host, "CpuQuota"), period = number(host, "CpuPeriod");
	const cJSON *restart = json_object(host, "RestartPolicy");

	out->cpus = (double)number(host, "NanoCpus") / 1e9;
	if (out->cpus <= 0 && quota > 0)
		out->cpus = (double)quota / (period > 0 ? (double)period : 100000);
	out->memory = number(host, "Memory");
	out->memory_swap = number(host, "MemorySwap");
	out->memory_reservation = number(host, "MemoryReservation");
	out->cpu_shares = number(host, "CpuShares");
	out->pids_limit = number(host, "PidsLimit");
	copy(host, "CpusetCpus", out->cpuset, sizeof(out->cpuset));
	copy(restart, "Name", out->restart, sizeof(out->restart));
	if (number(restart, "MaximumRetryCount"))
		snprintf(out->restart, sizeof(out->restart), "on-failure:%lld",
			(long long)number(restart, "MaximumRetryCount"));
}

/* The last answer's first line that says something. */
static void read_probe(const cJSON *inspect, struct container_facts *out)
{
	const cJSON *log = json_array(json_object(json_object(inspect, "State"), "Health"), "Log");
	const cJSON *last = cJSON_GetArrayItem(log, cJSON_GetArraySize(log) - 1);
	const char *text = json_str(last, "Output");

	if (!last)
		return;
	out->probed = true;
	out->probe_code = (int)number(last, "ExitCode");
	text = text ? text : "";
	text += strspn(text, " \t\r\n");
	snprintf(out->probe, sizeof(out->probe), "%.*s", (int)strcspn(text, "\r\n"), text);
}

static void read_labels(const cJSON *inspect, struct container_facts *out)
{
	const cJSON *labels = json_object(json_object(inspect, "Config"), "Labels"), *label;
	const char *project = json_str(labels, "com.docker.compose.project");
	struct buf text = BUF_INIT;

	cJSON_ArrayForEach(label, labels) {
		if (cJSON_IsString(label))
			buf_addf(&text, "%s=%s\n", label->string, label->valuestring);
	}
	out->labels = buf_failed(&text) ? NULL : text.data;
	if (!project)
		project = json_str(labels, "davit.group");
	snprintf(out->project, sizeof(out->project), "%s", project ? project : "");
}

static void read_mounts(const cJSON *inspect, struct container_facts *out)
{
	struct buf text = BUF_INIT;
	const cJSON *mount;

	cJSON_ArrayForEach(mount, json_array(inspect, "Mounts")) {
		const char *name = json_str(mount, "Name");
		const char *source = name && *name ? name : json_str(mount, "Source");
		const char *target = json_str(mount, "Destination");

		buf_addf(&text, "%s:%s\n", source ? source : "", target ? target : "");
	}
	out->mounts = buf_failed(&text) ? NULL : text.data;
}

static void read_ports(
	struct engine *engine, const struct container *container, struct container_facts *out)
{
	auto_free struct container_port *ports = NULL;
	size_t count;
	struct err err;

	if (container->has_ports &&
		engine_container_ports(engine, container, &ports, &count, &err) == 0)
		format_ports(ports, count, out->ports, sizeof(out->ports));
}

static void read_privileges(struct engine *engine, const char *id, struct container_facts *out)
{
	struct container_privileges privileges;
	struct buf text = BUF_INIT;
	struct err err;

	if (engine_container_privileges(engine, id, &privileges, &err) < 0)
		return;
	for (unsigned i = 0; i < CONTAINER_NAMESPACES; i++)
		if (*privileges.shares[i])
			buf_addf(&text, "%s=%s\n", container_namespace_name(i),
				privileges.shares[i]);
	out->shares = buf_failed(&text) ? NULL : text.data;
	out->caps = privileges.caps;
	out->has_privileges = true;
}

static int facts(struct world *world, const struct container *container,
	struct container_facts *out, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	cJSON *inspect;

	*out = (struct container_facts){0};
	if (!engine)
		return link_no_engine(err);
	if (engine_container_describe(engine, container, &inspect, err) < 0)
		return err->code;
	copy(json_object(inspect, "Config"), "User", out->user, sizeof(out->user));
	read_labels(inspect, out);
	read_mounts(inspect, out);
	read_networks(inspect, out);
	read_limits(json_object(inspect, "HostConfig"), out);
	read_probe(inspect, out);
	cJSON_Delete(inspect);
	read_ports(engine, container, out);
	read_privileges(engine, container->id, out);
	return 0;
}

static int pressure(struct world *world, const char *id, struct container_pressure *out)
{
	struct err err;

	return engine_container_pressure(link_of(world)->engine, id, out, &err);
}

/* ---- processes ---- */

static int processes(struct world *world, const char *id, struct container_process **out,
	size_t *count, struct err *err)
{
	return engine_container_processes(link_of(world)->engine, id, out, count, err);
}

static int signal_process(struct world *world, const char *id, int pid, uint64_t started_ns,
	int signal, struct err *err)
{
	return engine_process_signal(link_of(world)->engine, id, pid, started_ns, signal, err);
}

/* ---- changing ---- */

static int rename_it(struct world *world, const char *id, const char *name, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);
	struct container room;

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, EVENT_CONTAINER, "rename", id, link_record_name(link, id, &room),
		"rename %s %s", room.name, name);
	link_record_undo(deed, "rename %s %s", id, room.name);
	return link_deed_begun(deed, engine_rename(link->engine, id, name, link_deed_done, deed));
}

static int update(
	struct world *world, const char *id, const struct update_request *request, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);
	struct container room;

	if (!deed)
		return -ENOMEM;
	link_record_as(deed, EVENT_CONTAINER, "update", id, link_record_name(link, id, &room),
		"update %s", room.name);
	return link_deed_begun(
		deed, engine_update(link->engine, id, request, link_deed_done, deed));
}

static int tag(struct world *world, const char *who, const char *name, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	link_record_tag(deed, who, name);
	return link_deed_begun(
		deed, engine_image_tag(link->engine, who, name, link_deed_done, deed));
}

/* create → start → made */
static void on_made(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;

	if (!deed->record.id)
		deed->record.id = strdup(deed->id);
	link_record_add(deed, result);
	if (deed->made)
		deed->made(deed->made_arg, deed->id, result->err);
	link_deed_free(deed);
}

static void on_created(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;

	if (!result->err)
		snprintf(deed->id, sizeof(deed->id), "%s", result->id);
	deed->op = result->err || !deed->starts
			   ? NULL
			   : engine_start(deed->link->engine, deed->id, on_made, deed);
	if (!deed->op)
		on_made(deed, result);
}

static int create(struct world *world, const struct container_request *request, bool start,
	world_made_fn *made, void *arg)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, 0);

	if (!deed)
		return -ENOMEM;
	deed->made = made;
	deed->made_arg = arg;
	deed->starts = start;
	link_record_as(deed, EVENT_CONTAINER, start ? "run" : "create", NULL, request->name,
		"%s %s%s %s", start ? "run -d" : "create", request->name ? "--name " : "",
		request->name ? request->name : "", request->image);
	return link_deed_begun(deed, engine_create(link->engine, request, on_created, deed));
}

const struct world_container_ops link_container_ops = {
	.facts = facts,
	.pressure = pressure,
	.processes = processes,
	.signal_process = signal_process,
	.rename = rename_it,
	.update = update,
	.create = create,
	.tag = tag,
};
