#include "core/publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/subnet.h"
#include "util/own.h"
#include "util/path.h"

enum { PUBLISH_MAX = 4096 };

void publish_list_fini(struct publish_list *list)
{
	free(list->v);
	*list = (struct publish_list){0};
}

const char *protocol_name(unsigned protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : protocol == IPPROTO_SCTP ? "sctp" : "tcp";
}

/* ---- the language ---- */

struct range {
	unsigned from, to;
};

static bool parse_number(const char *text, size_t len, unsigned *out)
{
	unsigned value = 0;

	if (!len || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = value;
	return value <= 65535;
}

static bool parse_range(const char *text, size_t len, struct range *out)
{
	const char *dash = memchr(text, '-', len);
	size_t first = dash ? (size_t)(dash - text) : len;

	if (!parse_number(text, first, &out->from))
		return false;
	out->to = out->from;
	return !dash || (parse_number(dash + 1, len - first - 1, &out->to) && out->to >= out->from);
}

static int add(struct publish_list *list, const struct publish *one, struct err *err)
{
	if (list->len == PUBLISH_MAX)
		return err_set(
			err, E2BIG, "more than %d published ports of one container", PUBLISH_MAX);
	if (list->len == list->room) {
		struct publish *more = realloc(list->v, (list->room * 2 + 8) * sizeof(*list->v));

		if (!more)
			return err_set(err, ENOMEM, "published ports: out of memory");
		list->v = more;
		list->room = list->room * 2 + 8;
	}
	list->v[list->len++] = *one;
	return 0;
}

static int parse_protocol(const char *text, struct publish *out, struct err *err)
{
	static const struct {
		const char *name;
		uint16_t number;
	} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

	for (size_t i = 0; i < array_len(protocols); i++)
		if (strcasecmp(text, protocols[i].name) == 0) {
			out->protocol = protocols[i].number;
			return 0;
		}
	return err_set(err, EINVAL, "invalid proto: %s", text);
}

/* The parts of "ADDRESS:HOST:CONTAINER", from the right: an address may hold colons in brackets. */
struct parts {
	char address[ADDRESS_TEXT + 2], host[16], container[16];
	bool has_address, has_host;
};

static bool copy_part(char *to, size_t room, const char *from, size_t len)
{
	return (size_t)snprintf(to, room, "%.*s", (int)len, from) < room;
}

static int split(const char *text, size_t len, struct parts *out, struct err *err)
{
	const char *end = text + len, *colon = memrchr(text, ':', len), *before;
	bool whole = true;

	*out = (struct parts){0};
	if (!colon || *text == '\0')
		whole = copy_part(out->container, sizeof(out->container), text, len);
	if (colon) {
		whole = copy_part(out->container, sizeof(out->container), colon + 1,
			(size_t)(end - colon - 1));
		before = memrchr(text, ':', (size_t)(colon - text));
		if (before && *text == '[' && !memchr(before, ']', (size_t)(colon - before)) &&
			before[-1] != ']')
			before = NULL;
		out->has_host = true;
		out->has_address = before != NULL;
		if (before && *text == '[' && before[-1] == ']')
			whole = whole && copy_part(out->address, sizeof(out->address), text + 1,
						 (size_t)(before - text - 2));
		else if (before)
			whole = whole && copy_part(out->address, sizeof(out->address), text,
						 (size_t)(before - text));
		before = before ? before + 1 : text;
		whole = whole &&
			copy_part(out->host, sizeof(out->host), before, (size_t)(colon - before));
	}
	return whole ? 0 : err_set(err, EINVAL, "invalid port specification: %s", text);
}

static int parse_address(const struct parts *parts, struct publish *out, struct err *err)
{
	unsigned family = 0;

	if (!parts->has_address || !*parts->address)
		return 0;
	if (!address_parse(parts->address, &family, out->host))
		return err_set(err, EINVAL, "invalid IP address: %s", parts->address);
	out->family = family;
	return 0;
}

static int add_range(const struct parts *parts, const char *text, struct publish one,
	struct publish_list *list, struct err *err)
{
	struct range inner, outer = {0, 0};
	int failed = 0;

	if (!*parts->container)
		return err_set(err, EINVAL, "no port specified: %s<empty>", text);
	if (!parse_range(parts->container, strlen(parts->container), &inner) || !inner.from)
		return err_set(err, EINVAL, "invalid containerPort: %s", parts->container);
	if (*parts->host && !parse_range(parts->host, strlen(parts->host), &outer))
		return err_set(err, EINVAL, "invalid hostPort: %s", parts->host);
	if (*parts->host && outer.to - outer.from != inner.to - inner.from &&
		inner.from != inner.to)
		return err_set(err, EINVAL,
			"Invalid ranges specified for container and host Ports: %s and %s",
			parts->container, parts->host);
	for (unsigned i = 0; !failed && i <= inner.to - inner.from; i++) {
		one.port = (uint16_t)(inner.from + i);
		one.from = (uint16_t)(inner.from == inner.to ? outer.from : outer.from + i);
		one.to = (uint16_t)(inner.from == inner.to ? outer.to : outer.from + i);
		if (!*parts->host)
			one.from = one.to = 0;
		failed = add(list, &one, err);
	}
	return failed;
}

static int parse_port(const char *text, bool published, struct publish_list *list, struct err *err)
{
	const char *slash = strrchr(text, '/');
	struct publish one = {.protocol = IPPROTO_TCP};
	struct parts parts;
	int failed = slash ? parse_protocol(slash + 1, &one, err) : 0;

	if (!failed)
		failed = split(text, slash ? (size_t)(slash - text) : strlen(text), &parts, err);
	if (!failed && !published && parts.has_host)
		failed = err_set(err, EINVAL, "invalid port format for --expose: %s", text);
	if (!failed)
		failed = parse_address(&parts, &one, err);
	return failed ? failed : add_range(&parts, text, one, list, err);
}

int publish_parse(const char *text, struct publish_list *list, struct err *err)
{
	return parse_port(text, true, list, err);
}

int expose_parse(const char *text, struct publish_list *list, struct err *err)
{
	return parse_port(text, false, list, err);
}

/* ---- the host's ports ---- */

static socklen_t socket_address(
	unsigned family, const uint8_t host[16], uint16_t port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		struct sockaddr_in6 *v6 = (void *)out;

		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, host, 16);
		return sizeof(*v6);
	}
	((struct sockaddr_in *)out)->sin_port = htons(port);
	memcpy(&((struct sockaddr_in *)out)->sin_addr, host, 4);
	return sizeof(struct sockaddr_in);
}

/* What reaches a UDP socket is dropped before it costs memory. */
static int open_socket(unsigned family, unsigned protocol)
{
	static struct sock_filter drop_all[] = {{BPF_RET | BPF_K, 0, 0, 0}};
	struct sock_fprog filter = {1, drop_all};
	int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, one = 1;
	int fd = socket((int)family, type | SOCK_CLOEXEC, (int)protocol);

	if (fd >= 0 && protocol == IPPROTO_UDP)
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	if (fd >= 0 && family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return fd;
}

/* A port that only connections of the past still hold is free for us: those we lead away have no
 * socket here. */
static int bind_port(unsigned family, unsigned protocol, const uint8_t host[16], uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(family, host, port, &address);
	int one = 1;

	for (int patient = 0; patient < 2; patient++) {
		auto_close int fd = open_socket(family, protocol);

		if (fd < 0)
			return -errno;
		if (patient)
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, (void *)&address, len) == 0)
			return take_fd(&fd);
		if (errno != EADDRINUSE || protocol != IPPROTO_TCP)
			return -errno;
	}
	return -EADDRINUSE;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (void *)&address, &len) < 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

static unsigned first_free_port(void)
{
	auto_buf text = BUF_INIT;

	return path_read_at(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 32, &text) <
			       0
		       ? 1024
		       : (unsigned)strtoul(buf_text(&text), NULL, 10);
}

static int refuse(const struct publish *publish, unsigned family, const uint8_t host[16],
	unsigned port, int code, struct err *err)
{
	char text[ADDRESS_TEXT], shown[ADDRESS_TEXT + 2];

	address_text(family, host, text);
	snprintf(shown, sizeof(shown), family == AF_INET6 ? "[%s]" : "%s", text);
	if (code == -EADDRINUSE && publish->from != publish->to)
		return err_set(err, code,
			"Bind for %s:%u-%u failed: all ports are already allocated", shown,
			publish->from, publish->to);
	if (code == -EADDRINUSE)
		return err_set(
			err, code, "Bind for %s:%u failed: port is already allocated", shown, port);
	if (code == -EPROTONOSUPPORT)
		return err_set(err, code, "publish port %u/%s: this kernel has no such protocol",
			port, protocol_name(publish->protocol));
	if (code == -EACCES)
		return err_set(err, code,
			"Bind for %s:%u failed: ports below %u are root's: publish a higher one, or have the host's root run: sysctl net.ipv4.ip_unprivileged_port_start=%u",
			shown, port, first_free_port(), port);
	return err_set(err, code, "Bind for %s:%u failed: %s", shown, port, err_name(code));
}

int port_reserve(const struct publish *publish, unsigned family, const uint8_t host[16],
	uint16_t *port, int *socket, struct err *err)
{
	int fd = -EADDRINUSE;
	unsigned at = *port ? *port : publish->from, last = *port ? *port : publish->to;

	for (; fd == -EADDRINUSE && at <= last; at++)
		fd = bind_port(family, publish->protocol, host, (uint16_t)at);
	if (fd < 0)
		return refuse(publish, family, host, at - 1, fd, err);
	*port = port_of(fd);
	*socket = fd;
	return 0;
}
