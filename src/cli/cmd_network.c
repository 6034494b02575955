/* cmd_network.c - networks are made, removed, and joined and left by containers. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/each.h"
#include "util/own.h"

/* ---- create ---- */

struct create_values {
	const char *driver;
	struct strs subnets, gateways, ranges, aux, options, labels;
	bool internal, attachable, ipv6, ipv4;
};

#define at(member) offsetof(struct create_values, member)
static const struct create_values create_defaults = {.ipv4 = true};
static const struct option create_options[] = {
	{"attachable", 0, OPTION_BOOL, NULL, "Enable manual container attachment", at(attachable)},
	{"aux-address", 0, OPTION_LIST, "map", "Auxiliary IPv4 or IPv6 addresses used by others",
		at(aux)},
	{"config-from", 0, OPTION_LATER, NULL, NULL, 0},
	{"config-only", 0, OPTION_LATER, NULL, NULL, 0},
	{"driver", 'd', OPTION_STRING, NULL, "Driver to manage the Network (default \"bridge\")",
		at(driver)},
	{"gateway", 0, OPTION_LIST, NULL, "IPv4 or IPv6 Gateway for the subnet", at(gateways)},
	{"ingress", 0, OPTION_LATER, NULL, NULL, 0},
	{"internal", 0, OPTION_BOOL, NULL, "Restrict external access to the network", at(internal)},
	{"ip-range", 0, OPTION_LIST, NULL, "Allocate container ip from a sub-range", at(ranges)},
	{"ipam-driver", 0, OPTION_LATER, NULL, NULL, 0},
	{"ipam-opt", 0, OPTION_LATER, NULL, NULL, 0},
	{"ipv4", 0, OPTION_BOOL, NULL, "Enable IPv4 address assignment", at(ipv4)},
	{"ipv6", 0, OPTION_BOOL, NULL, "Enable IPv6 address assignment", at(ipv6)},
	{"label", 0, OPTION_LABELS, NULL, "Set metadata on a network", at(labels)},
	{"opt", 'o', OPTION_LIST, "map", "Set driver specific options", at(options)},
	{"scope", 0, OPTION_LATER, NULL, NULL, 0},
	{"subnet", 0, OPTION_LIST, NULL, "Subnet in CIDR format that represents a network segment",
		at(subnets)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const create_tables[] = {create_options, NULL};

struct creating {
	struct cli *cli;
	struct network_request request;
};

static struct op *start_create(void *context, op_done_fn done, void *arg)
{
	const struct creating *creating = context;

	return engine_network_create(creating->cli->engine, &creating->request, done, arg);
}

/* Values may come with commas between them, as docker has it. */
static void split(const struct strs *from, struct strs *to)
{
	for (size_t i = 0; i < from->len; i++) {
		auto_free char *copy = strdup(from->v[i]);

		for (char *rest = copy, *one; rest && (one = strsep(&rest, ","));)
			strs_add(to, one);
	}
}

static int create(struct cli *cli, void *data, const struct operands *operands)
{
	const struct create_values *values = data;
	struct creating creating = {.cli = cli};
	struct network_request *request = &creating.request;
	struct err err;
	char id[65];
	int code;

	if (!cli_open(cli))
		return 1;
	network_request_init(request);
	request->name = operands->v[0];
	request->driver = values->driver;
	request->internal = values->internal;
	request->attachable = values->attachable;
	request->ipv6 = values->ipv6;
	request->no_ipv4 = !values->ipv4;
	split(&values->subnets, &request->subnets);
	split(&values->gateways, &request->gateways);
	split(&values->ranges, &request->ip_ranges);
	strs_copy(&request->aux_addresses, &values->aux);
	strs_copy(&request->options, &values->options);
	strs_copy(&request->labels, &values->labels);
	code = one_op(cli, start_create, &creating, NULL, id, &err);
	network_request_fini(request);
	if (code < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s\n", id);
	return 0;
}

const struct command command_network_create = {
	.names = {"network create"},
	.usage = "[OPTIONS] NETWORK",
	.summary = "Create a network",
	.syntax = {.tables = create_tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct create_values),
	.defaults = &create_defaults,
	.run = create,
};

/* ---- rm ---- */

struct force_values {
	bool force;
};

static const struct option rm_options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Do not error if the network does not exist",
		offsetof(struct force_values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const rm_tables[] = {rm_options, NULL};

static struct op *start_rm(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	return engine_network_remove(
		engine, who, ((const struct force_values *)values)->force, done, arg);
}

static int rm(struct cli *cli, void *data, const struct operands *operands)
{
	const struct each_verb verb = {.start = start_rm, .values = data};

	return each_name(cli, operands, &verb);
}

const struct command command_network_rm = {
	.names = {"network rm", "network remove"},
	.usage = "NETWORK [NETWORK...]",
	.summary = "Remove one or more networks",
	.syntax = {.tables = rm_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct force_values),
	.run = rm,
};

/* ---- connect ---- */

struct connect_values {
	const char *ip, *ip6, *mac;
	struct strs aliases;
};

static const struct option connect_options[] = {
	{"alias", 0, OPTION_LIST, NULL, "Add network-scoped alias for the container",
		offsetof(struct connect_values, aliases)},
	{"driver-opt", 0, OPTION_LATER, NULL, NULL, 0},
	{"gw-priority", 0, OPTION_LATER, NULL, NULL, 0},
	{"ip", 0, OPTION_STRING, NULL, "IPv4 address (e.g., \"172.30.100.104\")",
		offsetof(struct connect_values, ip)},
	{"ip6", 0, OPTION_STRING, NULL, "IPv6 address (e.g., \"2001:db8::33\")",
		offsetof(struct connect_values, ip6)},
	{"link", 0, OPTION_LATER, NULL, NULL, 0},
	{"link-local-ip", 0, OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const connect_tables[] = {connect_options, NULL};

struct joining {
	struct cli *cli;
	const char *attachment, *container;
	bool force;
};

static struct op *start_connect(void *context, op_done_fn done, void *arg)
{
	const struct joining *joining = context;

	return engine_network_connect(
		joining->cli->engine, joining->attachment, joining->container, done, arg);
}

static int connect_one(struct cli *cli, void *data, const struct operands *operands)
{
	const struct connect_values *values = data;
	auto_buf text = BUF_INIT;
	struct joining joining = {.cli = cli, .container = operands->v[1]};
	struct err err;

	buf_addf(&text, "name=%s", operands->v[0]);
	if (values->ip)
		buf_addf(&text, ",ip=%s", values->ip);
	if (values->ip6)
		buf_addf(&text, ",ip6=%s", values->ip6);
	for (size_t i = 0; i < values->aliases.len; i++)
		buf_addf(&text, ",alias=%s", values->aliases.v[i]);
	joining.attachment = buf_text(&text);
	if (!cli_open(cli))
		return 1;
	return one_op(cli, start_connect, &joining, NULL, NULL, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_network_connect = {
	.names = {"network connect"},
	.usage = "[OPTIONS] NETWORK CONTAINER",
	.summary = "Connect a container to a network",
	.syntax = {.tables = connect_tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct connect_values),
	.run = connect_one,
};

/* ---- disconnect ---- */

static const struct option disconnect_options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Force the container to disconnect from a network",
		offsetof(struct force_values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const disconnect_tables[] = {disconnect_options, NULL};

static struct op *start_disconnect(void *context, op_done_fn done, void *arg)
{
	const struct joining *joining = context;

	return engine_network_disconnect(joining->cli->engine, joining->attachment,
		joining->container, joining->force, done, arg);
}

static int disconnect_one(struct cli *cli, void *data, const struct operands *operands)
{
	struct joining joining = {.cli = cli,
		.attachment = operands->v[0],
		.container = operands->v[1],
		.force = ((const struct force_values *)data)->force};
	struct err err;

	if (!cli_open(cli))
		return 1;
	return one_op(cli, start_disconnect, &joining, NULL, NULL, &err) < 0 ? cli_fail(&err, 1)
									     : 0;
}

const struct command command_network_disconnect = {
	.names = {"network disconnect"},
	.usage = "[OPTIONS] NETWORK CONTAINER",
	.summary = "Disconnect a container from a network",
	.syntax = {.tables = disconnect_tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct force_values),
	.run = disconnect_one,
};
