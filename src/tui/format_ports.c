/* format_ports.c - ports in few columns; see format.h. */
#include <stdio.h>
#include <string.h>

#include "tui/format.h"

static bool is_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static bool same_host(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || (is_any(a) && is_any(b));
}

/* The same port at another of the host's addresses that means all of them. */
static bool told_before(const struct container_port *ports, size_t at)
{
	const struct container_port *port = &ports[at];

	for (size_t i = 0; i < at; i++)
		if (ports[i].port == port->port && ports[i].host_port == port->host_port &&
			same_host(ports[i].host, port->host) &&
			strcmp(ports[i].protocol, port->protocol) == 0)
			return true;
	return false;
}

/* How many follow one another from `at` on, each one higher than the one before. */
static size_t run_from(const struct container_port *ports, size_t count, size_t at)
{
	size_t n = 1;

	while (at + n < count && ports[at + n].port == ports[at].port + n &&
		(ports[at].host_port ? ports[at + n].host_port == ports[at].host_port + n
				     : !ports[at + n].host_port) &&
		strcmp(ports[at + n].host, ports[at].host) == 0 &&
		strcmp(ports[at + n].protocol, ports[at].protocol) == 0)
		n++;
	return n;
}

static int range(char *out, size_t room, unsigned first, size_t n)
{
	return n > 1 ? snprintf(out, room, "%u-%zu", first, first + n - 1)
		     : snprintf(out, room, "%u", first);
}

static void one(const struct container_port *port, size_t n, char *out, size_t room)
{
	char host[16], inside[16], address[56] = "";
	const char *protocol = strcmp(port->protocol, "tcp") == 0 ? "" : port->protocol;
	const char *slash = *protocol ? "/" : "";

	range(host, sizeof(host), port->host_port, n);
	range(inside, sizeof(inside), port->port, n);
	if (*port->host && !is_any(port->host))
		snprintf(address, sizeof(address),
			strchr(port->host, ':') ? "[%s]:" : "%s:", port->host);
	if (!port->host_port)
		snprintf(out, room, "(%s%s%s)", inside, slash, protocol);
	else if (port->host_port == port->port)
		snprintf(out, room, "%s%s%s%s", address, host, slash, protocol);
	else
		snprintf(out, room, "%s%s>%s%s%s", address, host, inside, slash, protocol);
}

void format_ports(const struct container_port *ports, size_t count, char *out, size_t room)
{
	size_t len = 0;

	*out = '\0';
	/* The way in first, then what nothing leads to. */
	for (int published = 1; published >= 0; published--)
		for (size_t i = 0, n; i < count; i += n) {
			char text[100];

			n = run_from(ports, count, i);
			if ((ports[i].host_port != 0) != published || told_before(ports, i))
				continue;
			one(&ports[i], n, text, sizeof(text));
			if (len + strlen(text) + 2 > room)
				return;
			len += (size_t)snprintf(
				out + len, room - len, "%s%s", len ? " " : "", text);
		}
}
