/* link_container.c - one container, as the engine knows it: see world_container.h. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/link_record.h"
#include "util/json.h"

/* ---- facts ---- */

/* While they are read: what the facts point to is here, or in the inspect object. */
struct reading {
	struct container_facts facts;
	struct buf networks, addresses, labels, mounts, shares;
	char ports[160], restart[32], probe[200];
};

static void reading_fini(struct reading *reading)
{
	buf_fini(&reading->networks);
	buf_fini(&reading->addresses);
	buf_fini(&reading->labels);
	buf_fini(&reading->mounts);
	buf_fini(&reading->shares);
}

static int64_t number(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
}

static void add_word(struct buf *list, const char *word)
{
	if (word && *word)
		buf_addf(list, "%s%s", list->len ? " " : "", word);
}

static void read_networks(const cJSON *inspect, struct reading *r)
{
	const cJSON *network;
	const char *mode = json_str(json_object(inspect, "HostConfig"), "NetworkMode");

	cJSON_ArrayForEach(
		network, json_object(json_object(inspect, "NetworkSettings"), "Networks")) {
		add_word(&r->networks, network->string);
		add_word(&r->addresses, json_str(network, "IPAddress"));
		add_word(&r->addresses, json_str(network, "GlobalIPv6Address"));
	}
	if (!r->networks.len && mode)
		buf_addf(&r->networks, "%.24s", mode);
	r->facts.networks = buf_text(&r->networks);
	r->facts.addresses = buf_text(&r->addresses);
}

static void read_restart(const cJSON *policy, struct reading *r)
{
	int64_t most = number(policy, "MaximumRetryCount");

	r->facts.restart = json_str(policy, "Name");
	if (!most)
		return;
	snprintf(r->restart, sizeof(r->restart), "on-failure:%lld", (long long)most);
	r->facts.restart = r->restart;
}

static void read_limits(const cJSON *host, struct container_facts *out)
{
	int64_t quota = number(host, "CpuQuota"), period = number(host, "CpuPeriod");

	out->cpus = (double)number(host, "NanoCpus") / 1e9;
	if (out->cpus <= 0 && quota > 0)
		out->cpus = (double)quota / (period > 0 ? (double)period : 100000);
	out->memory = number(host, "Memory");
	out->memory_swap = number(host, "MemorySwap");
	out->memory_reservation = number(host, "MemoryReservation");
	out->cpu_shares = number(host, "CpuShares");
	out->pids_limit = number(host, "PidsLimit");
	out->cpuset = json_str(host, "CpusetCpus");
}

/* The last answer's first line that says something. */
static void read_probe(const cJSON *inspect, struct reading *r)
{
	const cJSON *log = json_array(json_object(json_object(inspect, "State"), "Health"), "Log");
	const cJSON *last = cJSON_GetArrayItem(log, cJSON_GetArraySize(log) - 1);
	const char *text = json_str(last, "Output");

	if (!last)
		return;
	r->facts.probed = true;
	r->facts.probe_code = (int)number(last, "ExitCode");
	text = text ? text : "";
	text += strspn(text, " \t\r\n");
	snprintf(r->probe, sizeof(r->probe), "%.*s", (int)strcspn(text, "\r\n"), text);
	r->facts.probe = r->probe;
}

static void read_labels(const cJSON *inspect, struct reading *r)
{
	const cJSON *labels = json_object(json_object(inspect, "Config"), "Labels"), *label;

	cJSON_ArrayForEach(label, labels) {
		if (cJSON_IsString(label))
			buf_addf(&r->labels, "%s=%s\n", label->string, label->valuestring);
	}
	r->facts.labels = buf_text(&r->labels);
	r->facts.project = json_str(labels, "com.docker.compose.project");
	if (!r->facts.project)
		r->facts.project = json_str(labels, "davit.group");
}

static void read_mounts(const cJSON *inspect, struct reading *r)
{
	const cJSON *mount;

	cJSON_ArrayForEach(mount, json_array(inspect, "Mounts")) {
		const char *name = json_str(mount, "Name");
		const char *source = name && *name ? name : json_str(mount, "Source");
		const char *target = json_str(mount, "Destination");

		buf_addf(&r->mounts, "%s:%s\n", source ? source : "", target ? target : "");
	}
	r->facts.mounts = buf_text(&r->mounts);
}

static void read_ports(struct engine *engine, const struct container *container, struct reading *r)
{
	auto_free struct container_port *ports = NULL;
	size_t count;
	struct err err;

	if (!container->has_ports ||
		engine_container_ports(engine, container, &ports, &count, &err) < 0)
		return;
	format_ports(ports, count, r->ports, sizeof(r->ports));
	r->facts.ports = r->ports;
}

static void read_privileges(struct engine *engine, const char *id, struct reading *r)
{
	struct container_privileges privileges;
	struct err err;

	if (engine_container_privileges(engine, id, &privileges, &err) < 0)
		return;
	for (unsigned i = 0; i < CONTAINER_NAMESPACES; i++)
		if (*privileges.shares[i])
			buf_addf(&r->shares, "%s=%s\n", container_namespace_name(i),
				privileges.shares[i]);
	r->facts.shares = buf_text(&r->shares);
	r->facts.caps = privileges.caps;
	r->facts.has_privileges = true;
}

static bool ran_out(const struct reading *r)
{
	return buf_failed(&r->networks) || buf_failed(&r->addresses) || buf_failed(&r->labels) ||
	       buf_failed(&r->mounts) || buf_failed(&r->shares);
}

static int facts(struct world *world, const struct container *container,
	struct container_facts **out, struct err *err)
{
	__attribute__((cleanup(reading_fini))) struct reading reading = {0};
	struct engine *engine = link_of(world)->engine;
	struct container_facts *copy;
	cJSON *inspect;

	if (!engine)
		return link_no_engine(err);
	if (engine_container_describe(engine, container, &inspect, err) < 0)
		return err->code;
	reading.facts.user = json_str(json_object(inspect, "Config"), "User");
	read_labels(inspect, &reading);
	read_mounts(inspect, &reading);
	read_networks(inspect, &reading);
	read_limits(json_object(inspect, "HostConfig"), &reading.facts);
	read_restart(json_object(json_object(inspect, "HostConfig"), "RestartPolicy"), &reading);
	read_probe(inspect, &reading);
	read_ports(engine, container, &reading);
	read_privileges(engine, container->id, &reading);
	copy = ran_out(&reading) ? NULL : container_facts_copy(&reading.facts);
	cJSON_Delete(inspect);
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	*out = copy;
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
