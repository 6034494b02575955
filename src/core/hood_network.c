/* hood_network.c - its interfaces, who listens in it, and the way of a packet to a published
 * port. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/hood_parts.h"
#include "core/privilege.h"
#include "core/rules.h"

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

	return text ? text : "";
}

static int number_of(const cJSON *object, const char *name)
{
	return (int)cJSON_GetNumberValue(cJSON_GetObjectItem(object, name));
}

/* An ordinary user enters a network by way of the user namespace that owns it. */
static const char *enter(void)
{
	return privilege_is_rootless() ? "nsenter -U --preserve-credentials" : "nsenter";
}

/* Where davit has no rights over the host's network: the way of a packet begins with a process. */
static void add_carried_port(struct hooded *h, const cJSON *network, const cJSON *endpoint,
	const char *address, const cJSON *uplink)
{
	int pid = number_of(uplink, "Pid");

	hood_words(h,
		"davit-uplink, process %d, listens for it in the host's network and carries what "
		"comes to %s: into your own network, through the bridge %s and %s into the "
		"container.",
		pid, address, text_of(network, "Bridge"), text_of(endpoint, "Interface"));
	hood_proof(h, "/proc/%d/net/tcp", pid);
	hood_command(h, "ss -ltunp | grep pid=%d", pid);
}

static void add_port(struct hooded *h, const cJSON *network, const cJSON *endpoint,
	const cJSON *port, const cJSON *uplink)
{
	const char *address = cJSON_GetStringValue(
		cJSON_GetArrayItem(cJSON_GetObjectItem(endpoint, "Addresses"), 0));
	char name[80], room[32];
	const char *table = rules_table(h->engine, room);

	snprintf(name, sizeof(name), "port %s", text_of(port, "Host"));
	hood_add(h, HOOD_NETWORK, name, "to %s", text_of(port, "Container"));
	if (uplink) {
		add_carried_port(
			h, network, endpoint, address ? address : "the container's", uplink);
		return;
	}
	hood_words(h,
		"A packet to it meets table inet %s, which rewrites its address to %s; then "
		"it goes through the bridge %s and %s into the container.",
		table, address ? address : "the container's", text_of(network, "Bridge"),
		text_of(endpoint, "Interface"));
	hood_proof(h, "/proc/net/nf_conntrack");
	hood_command(h, "nft list table inet %s", table);
}

/* The command that looks at a network runs where it is. */
static void add_look(struct hooded *h, const cJSON *uplink, const char *command, const char *what)
{
	if (uplink)
		hood_command(h, "nsenter -t %d -U -n --preserve-credentials %s %s",
			number_of(uplink, "Space"), command, what);
	else
		hood_command(h, "%s %s", command, what);
}

static void add_way_out(struct hooded *h, const cJSON *network, const cJSON *uplink)
{
	if (!uplink || cJSON_IsTrue(cJSON_GetObjectItem(network, "Internal")))
		return;
	hood_add(h, HOOD_NETWORK, "way out", "pasta, %s", text_of(uplink, "State"));
	hood_words(h,
		"What goes to the outside leaves through the bridge %s and the link uplink0, where "
		"pasta, process %d, reads it and speaks for it with sockets of the host's.",
		text_of(network, "Bridge"), number_of(uplink, "Pasta"));
	hood_proof(h, "/proc/%d/cmdline", number_of(uplink, "Pasta"));
	add_look(h, uplink, "ip route show dev", "uplink0");
}

static void add_endpoint(
	struct hooded *h, const cJSON *network, const cJSON *endpoint, const cJSON *uplink)
{
	const cJSON *address, *port;
	char name[160];

	snprintf(name, sizeof(name), "network %s", text_of(network, "Name"));
	hood_add(h, HOOD_NETWORK, name, "%s", text_of(endpoint, "Interface"));
	hood_words(h,
		"A cable with two ends: this one is plugged into the bridge %s, the other is "
		"inside.",
		text_of(network, "Bridge"));
	hood_proof(h, "/sys/class/net/%s", text_of(endpoint, "Interface"));
	add_look(h, uplink, "ip -d link show", text_of(endpoint, "Interface"));
	cJSON_ArrayForEach(address, cJSON_GetObjectItem(endpoint, "Addresses")) {
		hood_add(h, HOOD_NETWORK, "address", "%s", cJSON_GetStringValue(address));
		hood_words(h, "What others on %s reach it by.", text_of(network, "Name"));
		hood_proof(h, "/proc/%d/net/fib_trie", h->pid);
		hood_command(h, "%s -t %d -n ip address", enter(), h->pid);
	}
	cJSON_ArrayForEach(port, cJSON_GetObjectItem(endpoint, "Ports"))
		add_port(h, network, endpoint, port, uplink);
	add_way_out(h, network, uplink);
}

static void add_networks(struct hooded *h)
{
	const cJSON *network, *endpoint;
	cJSON *tree = NULL;
	struct err err;

	if (engine_network_tree(h->engine, NULL, &tree, &err) < 0)
		return;
	cJSON_ArrayForEach(network, cJSON_GetObjectItem(tree, "Networks"))
		cJSON_ArrayForEach(endpoint, cJSON_GetObjectItem(network, "Endpoints"))
			if (strcmp(text_of(endpoint, "Id"), h->row->id) == 0)
				add_endpoint(
					h, network, endpoint, cJSON_GetObjectItem(tree, "Uplink"));
	cJSON_Delete(tree);
}

/* "  eth0: 1234 5 0 0 0 0 0 0 567 8 …" */
static void add_interfaces(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	char *rest, *line;

	hood_read(h, "net/dev", &text);
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		unsigned long long received, sent;
		char device[32], name[48];

		if (sscanf(line, " %31[^:]: %llu %*u %*u %*u %*u %*u %*u %*u %llu", device,
			    &received, &sent) != 3)
			continue;
		snprintf(name, sizeof(name), "interface %s", device);
		hood_add(h, HOOD_NETWORK, name, "%llu bytes in, %llu out", received, sent);
		hood_words(h, "As its processes see it.");
		hood_shown_by(h, "/proc/%d/net/dev", h->pid);
	}
}

/* Of the kernel's hexadecimal digits: an IPv4 address is a word of the machine's. */
static void say_address(const char *digits, char out[48])
{
	unsigned a, b, c, d;

	if (strspn(digits, "0") == strlen(digits))
		snprintf(out, 48, "on all its addresses");
	else if (strlen(digits) == 8 && sscanf(digits, "%2x%2x%2x%2x", &d, &c, &b, &a) == 4)
		snprintf(out, 48, "on %u.%u.%u.%u", a, b, c, d);
	else
		snprintf(out, 48, "on one of its addresses");
}

/* A listening socket's line: "0: 00000000:0050 00000000:0000 0A …" */
static void add_listeners(struct hooded *h, const char *file, const char *protocol)
{
	auto_buf text = BUF_INIT;
	char *rest, *line, path[32];

	snprintf(path, sizeof(path), "net/%s", file);
	hood_read(h, path, &text);
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		char address[40], name[40], where[48];
		unsigned port, state;

		if (sscanf(line, " %*u: %39[0-9A-F]:%x %*[0-9A-F]:%*x %x", address, &port,
			    &state) != 3 ||
			state != 0x0a)
			continue;
		snprintf(name, sizeof(name), "listens on %u/%s", port, protocol);
		say_address(address, where);
		hood_add(h, HOOD_NETWORK, name, "%s", where);
		hood_words(h, "%s",
			str_eq(where, "on 127.0.0.11")
				? "Its monitor answers here what names mean; no process inside does."
				: "A process inside waits for connections here.");
		hood_proof(h, "/proc/%d/%s", h->pid, path);
		hood_command(h, "%s -t %d -n ss -ltnp", enter(), h->pid);
	}
}

void hood_network(struct hooded *h)
{
	add_networks(h);
	add_interfaces(h);
	add_listeners(h, "tcp", "tcp");
	add_listeners(h, "tcp6", "tcp6");
}
