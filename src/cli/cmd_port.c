#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "util/own.h"

/* "80", "80/udp" */
static bool parse(const char *text, unsigned *port, const char **protocol)
{
	char *end;

	*port = (unsigned)strtoul(text, &end, 10);
	*protocol = *end == '/' ? end + 1 : "tcp";
	return end != text && *port && *port <= 65535 && (!*end || (*end == '/' && end[1]));
}

static void put_host(struct buf *out, const struct container_port *port)
{
	buf_addf(out, strchr(port->host, ':') ? "[%s]:%u\n" : "%s:%u\n", port->host,
		port->host_port);
}

static int show(struct cli *cli, const struct operands *operands, const struct container_port *list,
	size_t count)
{
	const char *wanted = operands->len > 1 ? operands->v[1] : NULL, *protocol = NULL;
	unsigned port = 0;
	size_t shown = 0;

	if (wanted && !parse(wanted, &port, &protocol)) {
		cli_say("invalid port: %s", wanted);
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (!list[i].host_port ||
			(wanted &&
				(list[i].port != port || strcmp(list[i].protocol, protocol) != 0)))
			continue;
		if (!wanted)
			buf_addf(&cli->out.text, "%u/%s -> ", list[i].port, list[i].protocol);
		put_host(&cli->out.text, &list[i]);
		shown++;
	}
	if (wanted && !shown) {
		cli_say("no public port '%s' published for %s", wanted, operands->v[0]);
		return 1;
	}
	return 0;
}

static int port(struct cli *cli, void *values, const struct operands *operands)
{
	auto_free struct container_port *list = NULL;
	struct container container;
	size_t count = 0;
	struct err err;

	(void)values;
	if (!cli_open(cli))
		return 1;
	if (engine_container(cli->engine, operands->v[0], &container, &err) < 0 ||
		engine_container_ports(cli->engine, &container, &list, &count, &err) < 0)
		return cli_fail(&err, 1);
	return show(cli, operands, list, count);
}

const struct command command_port = {
	.names = {"port", "container port"},
	.usage = "CONTAINER [PRIVATE_PORT[/PROTO]]",
	.summary = "List port mappings or a specific mapping for the container",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 2,
	.run = port,
};
