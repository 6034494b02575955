#include "shim/dns_config.h"

#include <arpa/inet.h>
#include <string.h>

struct line {
	const char *at;
	size_t len;
};

/* The next word of the line into `to`; false: there is none, or it is too long. */
static bool word(struct line *line, char *to, size_t room)
{
	size_t len = 0;

	while (len < line->len && line->at[len] != ' ')
		len++;
	if (!len || len >= room)
		return false;
	memcpy(to, line->at, len);
	to[len] = '\0';
	len += len < line->len;
	line->at += len;
	line->len -= len;
	return true;
}

static void add_network(struct dns_config *config, struct line *line)
{
	char *id = config->network[config->networks % RESOLVER_NETWORKS];

	if (config->networks >= RESOLVER_NETWORKS || !word(line, id, sizeof(config->network[0])))
		return;
	/* A name of a directory: hexadecimal digits cannot lead anywhere else. */
	if (strspn(id, "0123456789abcdef") == strlen(id))
		config->networks++;
}

static void add_server(struct dns_config *config, struct line *line)
{
	struct dns_server *server = &config->server[config->servers % RESOLVER_SERVERS];
	char address[INET6_ADDRSTRLEN], how[8];

	if (config->servers >= RESOLVER_SERVERS || !word(line, address, sizeof(address)))
		return;
	memset(server, 0, sizeof(*server));
	if (inet_pton(AF_INET, address, &server->address.v4.sin_addr) == 1) {
		server->address.v4.sin_family = AF_INET;
		server->address.v4.sin_port = htons(RESOLVER_PORT);
		server->len = sizeof(server->address.v4);
	} else if (inet_pton(AF_INET6, address, &server->address.v6.sin6_addr) == 1) {
		server->address.v6.sin6_family = AF_INET6;
		server->address.v6.sin6_port = htons(RESOLVER_PORT);
		server->len = sizeof(server->address.v6);
	} else {
		return;
	}
	server->from_host = word(line, how, sizeof(how)) && !strcmp(how, "host");
	config->servers++;
}

static void read_line(struct dns_config *config, struct line *line)
{
	char what[16];

	if (!word(line, what, sizeof(what)))
		return;
	if (!strcmp(what, "network"))
		add_network(config, line);
	else if (!strcmp(what, "server"))
		add_server(config, line);
	else if (!strcmp(what, "closed"))
		config->closed = true;
}

bool dns_config_read(struct dns_config *config, const char *bytes, size_t len)
{
	size_t at = sizeof(RESOLVER_HEAD) - 1;

	memset(config, 0, sizeof(*config));
	if (len < at || memcmp(bytes, RESOLVER_HEAD, at) != 0)
		return false;
	while (at < len) {
		const char *end = memchr(bytes + at, '\n', len - at);
		struct line line = {bytes + at, end ? (size_t)(end - bytes) - at : len - at};

		at += line.len + 1;
		read_line(config, &line);
	}
	return true;
}
