/* recorded_container.c - one container of the recorded world. Words that its line may have:
 *
 *     project=P ports=TEXT networks=N ip=A user=U restart=P cpus=N limit=BYTES label=K=V
 *     cap=NAME shares=KIND=WHOSE health=healthy|unhealthy|starting probe=TEXT probecode=N rx=N tx=N
 * wr=N */
#include <errno.h>
#include <stdio.h>

#include "recorded_private.h"
#include "util/own.h"

static int facts(struct world *world, const struct container *container,
	struct container_facts **out, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, container->id);
	const struct recorded_container *told;
	struct container_facts known;

	if (*recorded->broken)
		return err_set(err, EIO, "%s", recorded->broken);
	if (row < 0)
		return err_set(err, ENOENT, "No such container: %s", container->id);
	told = &recorded->rows[row];
	known = told->facts;
	known.project = told->texts.project;
	known.ports = told->texts.ports;
	known.networks = told->texts.networks;
	known.addresses = told->texts.addresses;
	known.user = told->texts.user;
	known.restart = told->texts.restart;
	known.probe = told->texts.probe;
	known.labels = buf_text(&told->labels);
	known.mounts = told->mounts.len ? buf_text(&told->mounts) : "data:/data\n";
	known.shares = buf_text(&told->shares);
	known.has_privileges = true;
	*out = container_facts_copy(&known);
	return *out ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int pressure(struct world *world, const char *id, struct container_pressure *out)
{
	(void)world;
	(void)id;
	*out = (struct container_pressure){.cpus = 1,
		.periods = 100,
		.throttled = 14,
		.memory_peak = 498 << 20,
		.cache = 41 << 20,
		.has_stalls = true,
		.cpu = {22, 0},
		.memory = {0, 0},
		.io = {1.5, 0.5}};
	return 0;
}

static int processes(struct world *world, const char *id, struct container_process **out,
	size_t *count, struct err *err)
{
	static const struct container_process list[] = {
		{.pid = 8101,
			.container_pid = 1,
			.uid = 0,
			.threads = 1,
			.state = 'S',
			.cpu_ns = 1200000000,
			.resident_bytes = 5 << 20,
			.name = "nginx",
			.command = "nginx: master process nginx -g daemon off;"},
		{.pid = 8123,
			.ppid = 8101,
			.container_pid = 7,
			.uid = 101,
			.threads = 1,
			.state = 'S',
			.cpu_ns = 91000000000,
			.resident_bytes = 47 << 20,
			.name = "nginx",
			.command = "nginx: worker process"},
		{.pid = 8124,
			.ppid = 8101,
			.container_pid = 8,
			.uid = 101,
			.threads = 4,
			.state = 'R',
			.cpu_ns = 3000000,
			.resident_bytes = 900 << 10,
			.name = "evil",
			.command = "evil \\x1b[31mname"},
	};
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	if (row < 0 || !recorded->rows[row].c.pid)
		return err_set(err, ESRCH, "container %s is not running", id);
	*out = malloc(sizeof(list));
	if (!*out)
		return err_set(err, ENOMEM, "out of memory");
	memcpy(*out, list, sizeof(list));
	*count = array_len(list);
	for (size_t i = 0; i < *count; i++)
		(*out)[i].cpu_ns += i * (uint64_t)recorded->now_ms * 100000;
	return 0;
}

static int signal_process(struct world *world, const char *id, int pid, uint64_t started_ns,
	int signal, struct err *err)
{
	(void)id, (void)started_ns;
	buf_addf(&recorded_of(world)->acts, "signal process %d %d\n", pid, signal);
	return pid == 8124 ? err_set(err, ESRCH, "process %d has ended", pid) : 0;
}

static const char *name_of(const struct recorded *recorded, const char *id)
{
	int row = recorded_find(recorded, id);

	return row < 0 ? id : recorded->rows[row].c.name;
}

static int rename_it(struct world *world, const char *id, const char *name, uint64_t ticket)
{
	struct recorded *recorded = recorded_of(world);

	buf_addf(&recorded->acts, "rename %s %s\n", name_of(recorded, id), name);
	return recorded_pend(recorded, ticket);
}

static int update(
	struct world *world, const char *id, const struct update_request *request, uint64_t ticket)
{
	struct recorded *recorded = recorded_of(world);

	buf_addf(&recorded->acts, "update %s", name_of(recorded, id));
	if (request->memory)
		buf_addf(&recorded->acts, " memory=%lld", (long long)request->memory);
	if (request->nano_cpus)
		buf_addf(&recorded->acts, " cpus=%.2f", (double)request->nano_cpus / 1e9);
	if (request->pids_limit != INT64_MIN)
		buf_addf(&recorded->acts, " pids=%lld", (long long)request->pids_limit);
	if (request->restart)
		buf_addf(&recorded->acts, " restart=%s", request->restart);
	buf_adds(&recorded->acts, "\n");
	return recorded_pend(recorded, ticket);
}

static void add_words(struct buf *out, const char *option, const struct strs *words)
{
	for (size_t i = 0; i < words->len; i++)
		buf_addf(out, " %s%s", option, words->v[i]);
}

static int create(struct world *world, const struct container_request *request, bool start,
	world_made_fn *made, void *arg)
{
	struct recorded *recorded = recorded_of(world);

	buf_addf(&recorded->acts, "%s %s", start ? "run" : "create", request->image);
	if (request->name)
		buf_addf(&recorded->acts, " name=%s", request->name);
	add_words(&recorded->acts, "env=", &request->env);
	add_words(&recorded->acts, "port=", &request->publish);
	add_words(&recorded->acts, "volume=", &request->binds);
	add_words(&recorded->acts, "", &request->command);
	buf_adds(&recorded->acts, "\n");
	recorded->made = made;
	recorded->made_arg = arg;
	return 0;
}

static int tag(struct world *world, const char *who, const char *name, uint64_t ticket)
{
	buf_addf(&recorded_of(world)->acts, "tag %.24s %s\n", who, name);
	return recorded_pend(recorded_of(world), ticket);
}

const struct world_container_ops recorded_container_ops = {
	.facts = facts,
	.pressure = pressure,
	.processes = processes,
	.signal_process = signal_process,
	.rename = rename_it,
	.update = update,
	.create = create,
	.tag = tag,
};

/* ---- what the test tells ---- */

static void set_health(struct recorded_container *row, const char *value)
{
	row->c.health = strcmp(value, "healthy") == 0     ? CONTAINER_HEALTH_HEALTHY
			: strcmp(value, "unhealthy") == 0 ? CONTAINER_HEALTH_UNHEALTHY
							  : CONTAINER_HEALTH_STARTING;
}

static uint64_t cap_bit(const char *wanted)
{
	const char *name;

	for (unsigned i = 0; (name = container_cap_name(i)); i++)
		if (strcmp(name, wanted) == 0)
			return UINT64_C(1) << i;
	return 0;
}

void recorded_container_word(struct recorded_container *row, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t room;
	} texts[] = {
		{"project", row->texts.project, sizeof(row->texts.project)},
		{"ports", row->texts.ports, sizeof(row->texts.ports)},
		{"networks", row->texts.networks, sizeof(row->texts.networks)},
		{"ip", row->texts.addresses, sizeof(row->texts.addresses)},
		{"user", row->texts.user, sizeof(row->texts.user)},
		{"restart", row->texts.restart, sizeof(row->texts.restart)},
		{"probe", row->texts.probe, sizeof(row->texts.probe)},
	};

	for (size_t i = 0; i < array_len(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			snprintf(texts[i].to, texts[i].room, "%s", value);
	if (strcmp(key, "health") == 0)
		set_health(row, value);
	else if (strcmp(key, "probe") == 0)
		row->facts.probed = true;
	else if (strcmp(key, "probecode") == 0)
		row->facts.probe_code = atoi(value);
	else if (strcmp(key, "streak") == 0)
		row->c.failing_streak = (unsigned)atoi(value);
	else if (strcmp(key, "cpus") == 0)
		row->facts.cpus = strtod(value, NULL);
	else if (strcmp(key, "limit") == 0)
		row->facts.memory = strtoll(value, NULL, 10);
	else if (strcmp(key, "label") == 0)
		buf_addf(&row->labels, "%s\n", value);
	else if (strcmp(key, "mount") == 0)
		buf_addf(&row->mounts, "%s\n", value);
	else if (strcmp(key, "shares") == 0)
		buf_addf(&row->shares, "%s\n", value);
	else if (strcmp(key, "cap") == 0)
		row->facts.caps |= cap_bit(value);
	else if (strcmp(key, "rx") == 0)
		row->received = strtod(value, NULL);
	else if (strcmp(key, "tx") == 0)
		row->sent = strtod(value, NULL);
	else if (strcmp(key, "wr") == 0)
		row->written = strtod(value, NULL);
}

void recorded_container_fini(struct recorded_container *row)
{
	buf_fini(&row->labels);
	buf_fini(&row->shares);
	buf_fini(&row->mounts);
}

void recorded_container_made(struct recorded *recorded, const struct err *err)
{
	world_made_fn *made = take(recorded->made);

	if (made)
		made(recorded->made_arg, err ? "" : recorded->rows[0].c.id, err);
}
