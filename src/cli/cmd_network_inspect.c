#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "util/json.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	const char *format;
	bool tree, verbose;
};

static const struct option options[] = {
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template of each object",
		offsetof(struct values, format)},
	{"tree", 0, OPTION_BOOL, NULL,
		"Draw who is on which network, which port leads where, and what is in the way",
		offsetof(struct values, tree)},
	{"verbose", 'v', OPTION_BOOL, NULL, "Verbose output for diagnostics",
		offsetof(struct values, verbose)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* ---- the picture ---- */

static void put_list(struct buf *out, const cJSON *list, const char *between)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		buf_addf(out, "%s%s", item == list->child ? "" : between,
			cJSON_GetStringValue(item) ? cJSON_GetStringValue(item) : "");
}

static void draw_endpoint(struct buf *out, const cJSON *endpoint, bool last)
{
	const cJSON *ports = cJSON_GetObjectItemCaseSensitive(endpoint, "Ports"), *port;
	const cJSON *aliases = cJSON_GetObjectItemCaseSensitive(endpoint, "Aliases");

	buf_addf(out, "%s %s  ", last ? "└─" : "├─", json_str_or(endpoint, "Container", ""));
	put_list(out, cJSON_GetObjectItemCaseSensitive(endpoint, "Addresses"), ", ");
	buf_addf(out, "  (%s)", json_str_or(endpoint, "Interface", ""));
	if (aliases && aliases->child) {
		buf_adds(out, "  also called ");
		put_list(out, aliases, ", ");
	}
	buf_addc(out, '\n');
	cJSON_ArrayForEach(port, ports)
		buf_addf(out, "%s  %s %s -> %s\n", last ? "  " : "│ ", port->next ? "├─" : "└─",
			json_str_or(port, "Host", ""), json_str_or(port, "Container", ""));
}

static void draw_network(struct buf *out, const cJSON *network)
{
	const cJSON *endpoints = cJSON_GetObjectItemCaseSensitive(network, "Endpoints"), *one;

	buf_addf(out, "%s  %s  ", json_str_or(network, "Name", ""),
		json_str_or(network, "Bridge", ""));
	put_list(out, cJSON_GetObjectItemCaseSensitive(network, "Subnets"), ", ");
	buf_addf(out, "  %s\n",
		!json_is_true(network, "Up")          ? "(not in use since the host started)"
		: json_is_true(network, "Internal")   ? "(internal: nothing leads out)"
		: json_is_true(network, "Masquerade") ? "(leads out, masqueraded)"
						      : "(leads out, routed)");
	cJSON_ArrayForEach(one, endpoints)
		draw_endpoint(out, one, !one->next);
	if (!endpoints || !endpoints->child)
		buf_adds(out, "└─ nobody\n");
}

static int number_of(const cJSON *object, const char *name)
{
	return (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* Of an ordinary user's networks: who leads out of them and in. */
static void draw_uplink(struct buf *out, const cJSON *uplink)
{
	const char *state = json_str_or(uplink, "State", "none");

	if (!uplink)
		return;
	if (str_eq(state, "none")) {
		buf_adds(out, "outside     nothing, until a container is on a network\n");
		return;
	}
	if (str_eq(state, "up"))
		buf_addf(out, "outside     pasta, process %d", number_of(uplink, "Pasta"));
	else
		buf_addf(out, "outside     pasta, %s%s%s", state,
			*json_str_or(uplink, "Error", "") ? ": " : "",
			json_str_or(uplink, "Error", ""));
	buf_addf(out, "; published ports: davit-uplink, process %d\n", number_of(uplink, "Pid"));
}

static void draw(struct buf *out, const cJSON *tree)
{
	const cJSON *forwarding = cJSON_GetObjectItemCaseSensitive(tree, "Forwarding"), *one;
	const cJSON *blocks = cJSON_GetObjectItemCaseSensitive(tree, "Blocks");

	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(tree, "Networks"))
		draw_network(out, one);
	buf_addf(out, "forwarding  IPv4 %s, IPv6 %s\n",
		json_is_true(forwarding, "IPv4") ? "on" : "off",
		json_is_true(forwarding, "IPv6") ? "on" : "off");
	draw_uplink(out, cJSON_GetObjectItemCaseSensitive(tree, "Uplink"));
	cJSON_ArrayForEach(one, blocks)
		buf_addf(out, "in the way  %s\n",
			cJSON_GetStringValue(one) ? cJSON_GetStringValue(one) : "");
	if (!blocks || !blocks->child)
		buf_adds(out, "in the way  nothing\n");
}

static int show_tree(struct cli *cli, const struct operands *operands)
{
	struct err err;

	if (!cli_open(cli))
		return 1;
	for (int i = 0; i < (operands->len ? operands->len : 1); i++) {
		struct cJSON *tree = NULL;

		if (engine_network_tree(
			    cli->engine, operands->len ? operands->v[i] : NULL, &tree, &err) < 0)
			return cli_fail(&err, 1);
		draw(&cli->out.text, tree);
		cJSON_Delete(tree);
	}
	return 0;
}

/* ---- docker's objects ---- */

static int find(struct cli *cli, const void *none, const char *who, cJSON **out, struct err *err)
{
	(void)none;
	return engine_network_inspect(cli->engine, who, out, err);
}

static int inspect(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(form) struct form *form = NULL;
	struct err err;

	if (values->tree)
		return show_tree(cli, operands);
	if (!operands->len)
		return cli_misused(cli, 1, "'davit network inspect' requires at least 1 argument");
	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	return cli_open(cli) ? form_put_found(form, cli, find, NULL, operands) : 1;
}

const struct command command_network_inspect = {
	.names = {"network inspect"},
	.usage = "[OPTIONS] NETWORK [NETWORK...]",
	.summary = "Display detailed information on one or more networks",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.most = -1,
	.values_size = sizeof(struct values),
	.run = inspect,
};
