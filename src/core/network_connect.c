/* network_connect.c - a container's networks and ports change, whether it runs or not.
 *
 * Of one that runs: what is new is leased, `net` is replaced by the whole as it will be (so that a
 * kill from here on leaves nothing untold), the shim carries the change out, and what the container
 * asks for is written down for its next start. What goes, goes in the other order. */
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/etc_networks.h"
#include "core/lease.h"
#include "core/network_names.h"
#include "core/network_own.h"
#include "core/op.h"
#include "core/publish.h"
#include "runtime/launch/net.h"
#include "util/own.h"
#include "util/path.h"

enum { ANSWER_MS = 10000 };

/* One container, held for a change. */
struct change {
	struct engine *engine;
	unsigned number;
	struct row row;
	int lock, own, run; /* the networks' lock; its directories, run -1 when it does not run */
	struct wanted wanted;
	struct net_file net;
};

static void change_fini(struct change *change)
{
	own_closep(&change->lock);
	own_closep(&change->own);
	own_closep(&change->run);
	wanted_fini(&change->wanted);
	net_unmap(&change->net);
}
#define auto_change __attribute__((cleanup(change_fini))) struct change

static bool is_up(const struct row *row)
{
	return row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
}

static int begin(struct engine *engine, const char *who, struct change *out, struct err *err)
{
	int failed;

	*out = (struct change){.engine = engine, .lock = -1, .own = -1, .run = -1};
	failed = engine_find_row(engine, who, &out->number, &out->row, err);
	if (!failed)
		failed = networks_lock(engine, &out->lock, err);
	if (failed)
		return failed;
	out->own = launch_own_dir(engine, out->row.id, err);
	if (out->own < 0)
		return out->own;
	failed = wanted_read(out->own, &out->wanted, err);
	if (failed || !is_up(&out->row) || out->wanted.mode != MODE_NETWORKS)
		return failed;
	out->run = launch_run_dir(engine, out->row.id, err);
	if (out->run < 0)
		return out->run;
	failed = net_map(out->run, "net", &out->net);
	return failed ? err_set(err, failed, "container %s: networks: %s", out->row.name,
				err_name(failed))
		      : 0;
}

/* ---- talking to the shim ---- */

static int send_frames(int fd, int ports, struct err *err)
{
	struct {
		struct wire_head hello_head;
		struct wire_hello hello;
		struct wire_head head;
		struct wire_network network;
	} frames = {
		.hello_head = {.len = sizeof(struct wire_hello), .type = WIRE_HELLO},
		.hello = {.version = WIRE_VERSION},
		.head = {.len = sizeof(struct wire_network), .type = WIRE_NETWORK},
		.network = {.ports = ports >= 0},
	};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {&frames, sizeof(frames)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (ports >= 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
		control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.head), &ports, sizeof(ports));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(frames)
		       ? 0
		       : err_sys(err, "ask the container's monitor");
}

static bool receive(int fd, void *to, size_t len)
{
	for (size_t have = 0; have < len;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (poll(&wait, 1, ANSWER_MS) <= 0)
			return false;
		got = read(fd, (char *)to + have, len - have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

static int hear_done(int fd, struct err *err)
{
	char payload[1024];
	struct wire_head head;
	struct wire_done done;

	while (receive(fd, &head, sizeof(head)) && head.len <= sizeof(payload) &&
		receive(fd, payload, head.len)) {
		if (head.type != WIRE_DONE || head.len < sizeof(done))
			continue;
		memcpy(&done, payload, sizeof(done));
		return done.code < 0
			       ? err_set(err, done.code, "%.*s", (int)(head.len - sizeof(done)),
					 payload + sizeof(done))
			       : 0;
	}
	return err_set(err, ESRCH, "the container's monitor went away");
}

static int carry_out(struct change *change, struct net_writer *what, int ports, struct err *err)
{
	auto_close int fd = -1;
	int failed = net_end(what);

	if (!failed)
		failed = path_replace_at(
			change->run, "net-change", what->bytes.data, what->bytes.len, 0600);
	if (failed)
		return err_set(err, failed, "container %s: networks: %s", change->row.name,
			err_name(failed));
	failed = lifecycle_connect(change->engine, change->number, &change->row, &fd, err);
	if (!failed)
		failed = send_frames(fd, ports, err);
	if (!failed)
		failed = hear_done(fd, err);
	unlinkat(change->run, "net-change", 0);
	return failed;
}

/* ---- the file ---- */

/* What a running container's file still says; how it came there is done. */
static bool outlasts(const struct net_record *record)
{
	return record->type >= NET_UNFILTER;
}

static bool is_done_once(const struct net_record *record, void *arg)
{
	(void)arg;
	return record->type < NET_UNFILTER;
}

static bool stays(const struct net_record *record, void *arg)
{
	(void)arg;
	return outlasts(record);
}

static int put_net(struct change *change, struct net_writer *net, struct err *err)
{
	int failed = net_end(net);

	if (!failed)
		failed = path_replace_at(change->run, "net", net->bytes.data, net->bytes.len, 0600);
	return failed ? err_set(err, failed, "container %s: networks: %s", change->row.name,
				err_name(failed))
		      : 0;
}

static int follow(struct change *change, struct err *err)
{
	return etc_follow_networks(change->engine, change->row.id, change->own, change->run, err);
}

static void put_back(struct change *change)
{
	if (!path_replace_at(change->run, "net", change->net.head, change->net.head->size, 0600))
		follow(change, NULL);
}

/* more: records of a lease, up and down together. */
static int add_to_running(
	struct change *change, struct net_writer *more, int ports, struct err *err)
{
	struct net_writer net, todo;
	struct net_file whole;
	int failed = net_end(more);

	if (!failed)
		failed = net_check(more->bytes.data, more->bytes.len, &whole);
	if (failed)
		return err_set(err, failed, "container %s: networks: %s", change->row.name,
			err_name(failed));
	net_begin(&net);
	net_begin(&todo);
	net_copy(&net, &change->net, stays, NULL);
	net_copy(&net, &whole, stays, NULL);
	net_copy(&todo, &whole, is_done_once, NULL);
	failed = put_net(change, &net, err);
	if (!failed)
		failed = follow(change, err);
	if (!failed)
		failed = carry_out(change, &todo, ports, err);
	if (failed)
		put_back(change);
	net_writer_fini(&net);
	net_writer_fini(&todo);
	return failed;
}

/* ---- connect ---- */

static int check_mode(const struct change *change, struct err *err)
{
	switch (change->wanted.mode) {
	case MODE_HOST:
		return err_set(err, EINVAL,
			"cannot connect container to host network - container must be created in host network mode, and then to no other network");
	case MODE_CONTAINER:
		return err_set(err, EINVAL,
			"container sharing network namespace with another container or host cannot be connected to any other network");
	case MODE_NONE:
		return err_set(err, EINVAL,
			"container cannot be connected to multiple networks with one of the networks in private (none) mode");
	default:
		return 0;
	}
}

static bool names_network(const struct attachment *attachment, const struct network *network)
{
	return str_eq(attachment->network, network->name) ||
	       strncmp(network->id, attachment->network, strlen(attachment->network)) == 0;
}

static unsigned free_number(const struct net_file *file)
{
	for (unsigned n = 0;; n++) {
		char name[16];
		bool taken = false;

		snprintf(name, sizeof(name), "eth%u", n);
		for (const struct net_record *r = NULL; (r = net_next(file, r));)
			taken |= r->type == NET_ENDPOINT &&
				 str_eq(((const struct net_endpoint *)net_body(r))->inside, name);
		if (!taken)
			return n;
	}
}

static const struct net_endpoint *default_endpoint(const struct net_file *file)
{
	for (const struct net_record *r = NULL; (r = net_next(file, r));)
		if (r->type == NET_ENDPOINT &&
			((const struct net_endpoint *)net_body(r))->is_default)
			return net_body(r);
	return NULL;
}

static int connect_running(struct change *change, const struct network *network,
	const struct attachment *attachment, struct err *err)
{
	struct place place = {
		.network = network, .attachment = attachment, .number = free_number(&change->net)};
	struct net_writer more;
	struct port_keeper keeper;
	auto_strs names = STRS_INIT;
	int failed;

	/* Ports lead in where the way out is. */
	place.is_default_route = !default_endpoint(&change->net) && place_leads_out(network);
	place.hairpin = place.is_default_route &&
			(change->wanted.publish.len || change->wanted.publish_all);
	strs_add(&names, change->row.name);
	if (*change->wanted.hostname)
		strs_add(&names, change->wanted.hostname);
	for (size_t i = 0; i < attachment->aliases.len; i++)
		strs_add(&names, attachment->aliases.v[i]);
	net_begin(&more);
	port_keeper_init(&keeper);
	failed = place_lease(change->engine, change->row.id, &names, &place, &more, err);
	if (!failed) {
		if (place.hairpin)
			failed = ports_lease(change->engine, &change->wanted, network,
				&place.endpoint, &keeper, &more, err);
		if (!failed)
			failed = add_to_running(change, &more, keeper.queue[0], err);
		if (failed)
			place_give_back(change->engine, change->row.id, &place);
	}
	net_writer_fini(&more);
	port_keeper_fini(&keeper);
	return failed;
}

static int remember(struct change *change, struct attachment *attachment, struct err *err)
{
	struct wanted *wanted = &change->wanted;
	struct attachment *more = realloc(wanted->attachments, (wanted->count + 1) * sizeof(*more));

	if (!more)
		return err_set(err, ENOMEM, "connect: out of memory");
	wanted->attachments = more;
	more[wanted->count++] = *attachment;
	*attachment = (struct attachment){0}; /* it is wanted's now */
	return wanted_write(change->own, wanted, err);
}

static void announce(struct change *change, const struct network *network, const char *action)
{
	journal_add(change->engine->journal, EVENT_NETWORK, action, network->id,
		(const char *const[]){
			"container", change->row.id, "name", network->name, "type", "bridge", NULL},
		NULL);
}

static int find_bridge(struct engine *engine, const char *who, struct network *out, struct err *err)
{
	int failed = network_find(engine, who, out, err);

	if (!failed && out->kind == NETWORK_HOST)
		return err_set(err, EINVAL,
			"cannot connect container to host network - container must be created in host network mode");
	if (!failed && out->kind == NETWORK_NONE)
		return err_set(err, EINVAL,
			"container cannot be connected to multiple networks with one of the networks in private (none) mode");
	return failed;
}

static int connect_to(struct change *change, const struct network *network,
	struct attachment *attachment, struct err *err)
{
	int failed = check_mode(change, err);

	for (size_t i = 0; !failed && i < change->wanted.count; i++)
		if (names_network(&change->wanted.attachments[i], network))
			failed = err_set(err, EEXIST,
				"endpoint with name %s already exists in network %s",
				change->row.name, network->name);
	if (!failed)
		failed = attachment_check(attachment, network, err);
	if (!failed && change->run >= 0)
		failed = connect_running(change, network, attachment, err);
	if (!failed)
		failed = remember(change, attachment, err);
	if (!failed)
		announce(change, network, "connect");
	return failed;
}

static int connect_op(struct op *op, struct err *err)
{
	struct attachment attachment;
	struct network network;
	auto_change change = {.lock = -1, .own = -1, .run = -1};
	int failed = attachment_parse(op->name, &attachment, err);

	if (failed)
		return failed;
	failed = find_bridge(op->engine, attachment.network, &network, err);
	if (!failed)
		failed = begin(op->engine, op->who, &change, err);
	if (!failed)
		failed = connect_to(&change, &network, &attachment, err);
	attachment_fini(&attachment);
	return failed;
}

struct op *engine_network_connect(struct engine *engine, const char *attachment,
	const char *container, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = connect_op};
	struct op *op = op_new(container);

	if (op)
		op->name = strdup(attachment);
	return op_start(engine, &verb, op, done, arg);
}

/* ---- disconnect ---- */

/* What belongs to one endpoint, and goes with it. */
struct going {
	const struct net_endpoint *endpoint;
	const char *table;
	struct net_writer *todo;
};

static bool leads_to(const struct net_mapping *mapping, const struct net_endpoint *endpoint)
{
	if (!mapping->host_port)
		return false;
	return mapping->family == AF_INET6 ? memcmp(mapping->to, endpoint->address6, 16) == 0
					   : memcmp(mapping->to, endpoint->address4, 4) == 0;
}

static void put_unmapping(
	const char *table, const struct net_mapping *mapping, struct net_writer *out)
{
	struct net_port port = {.family = mapping->family,
		.protocol = mapping->protocol,
		.port = mapping->host_port};
	auto_buf message = BUF_INIT;
	struct element element;

	memcpy(port.address, mapping->host, 16);
	rules_element(&element, table, mapping);
	message_element(&message, &element, false);
	net_put(out, NET_UNFILTER, message.data, message.len);
	buf_clear(&message);
	if (mapping->protocol == IPPROTO_UDP) {
		message_forget(
			&message, mapping->family, mapping->to, mapping->port, mapping->protocol);
		net_put(out, NET_FORGET, message.data, message.len);
	}
	net_put(out, NET_UNPORT, &port, sizeof(port));
}

static void put_link_gone(const struct net_endpoint *endpoint, struct net_writer *out)
{
	struct net_inside inside = {.patches = 1};
	auto_buf message = BUF_INIT;

	memcpy(inside.name, endpoint->inside, sizeof(inside.name));
	message_link_gone(&message, 0, &inside.patch_at[0]);
	net_put2(out, NET_INSIDE, &inside, sizeof(inside), message.data, message.len);
}

/* The way out leads through another of its networks now, if one has a way out. */
static void put_new_route(struct change *change, const struct net_endpoint *gone,
	const char **inside, struct net_writer *out)
{
	*inside = NULL;
	for (const struct net_record *r = NULL;
		gone->is_default && (r = net_next(&change->net, r));) {
		const struct net_endpoint *e = net_body(r);
		struct network network;
		struct net_inside to = {0};
		auto_buf message = BUF_INIT;
		uint8_t gateway[16] = {0};

		if (r->type != NET_ENDPOINT || e == gone ||
			network_look(change->engine, e->network_id, &network, NULL) < 0 ||
			!place_leads_out(&network))
			continue;
		memcpy(gateway, e->gateway4, 4);
		memcpy(to.name, e->inside, sizeof(to.name));
		if (e->prefix4)
			message_default_route(&message, AF_INET, gateway);
		if (e->prefix6)
			message_default_route(&message, AF_INET6, e->gateway6);
		net_put2(out, NET_INSIDE, &to, sizeof(to), message.data, message.len);
		*inside = e->inside;
		return;
	}
}

static bool is_same(const struct net_record *record, const struct net_file *others)
{
	for (const struct net_record *r = NULL; (r = net_next(others, r));)
		if (r->type == record->type && r->len == record->len &&
			memcmp(net_body(r), net_body(record), r->len) == 0)
			return true;
	return false;
}

/* Everything that stays and is not in `gone`, nor a mapping or an endpoint of what goes. */
static void copy_rest(struct change *change, const struct net_file *gone,
	const struct net_endpoint *endpoint,
	bool (*is_gone)(const struct net_mapping *, const void *), const void *arg,
	const char *way_out, struct net_writer *net)
{
	for (const struct net_record *r = NULL; (r = net_next(&change->net, r));) {
		const void *body = net_body(r);

		if (!outlasts(r) || is_same(r, gone) || body == endpoint)
			continue;
		if (r->type == NET_MAPPING && is_gone(body, arg))
			continue;
		if (r->type == NET_PORT) {
			const struct net_port *port = body;
			bool goes = false;

			for (const struct net_record *u = NULL; (u = net_next(gone, u));)
				goes |= u->type == NET_UNPORT &&
					memcmp(net_body(u), port, sizeof(*port)) == 0;
			if (goes)
				continue;
		}
		net_put(net, r->type, body, r->len);
		if (r->type == NET_ENDPOINT && way_out &&
			str_eq(((const struct net_endpoint *)body)->inside, way_out)) {
			char *at = net->bytes.data + net->bytes.len - ((r->len + 7) & ~(size_t)7);

			at[offsetof(struct net_endpoint, is_default)] = 1;
		}
	}
}

static bool is_of_endpoint(const struct net_mapping *mapping, const void *endpoint)
{
	return leads_to(mapping, endpoint);
}

static int finish_taking(struct change *change, struct net_writer *todo,
	const struct net_endpoint *endpoint,
	bool (*is_gone)(const struct net_mapping *, const void *), const void *arg,
	const char *way_out, struct err *err)
{
	struct net_writer net;
	struct net_file gone;
	int failed = carry_out(change, todo, -1, err);

	if (failed)
		return failed;
	net_check(todo->bytes.data, todo->bytes.len, &gone);
	net_begin(&net);
	copy_rest(change, &gone, endpoint, is_gone, arg, way_out, &net);
	failed = put_net(change, &net, err);
	if (!failed)
		failed = follow(change, err);
	net_writer_fini(&net);
	return failed;
}

static int disconnect_running(
	struct change *change, const struct net_endpoint *endpoint, struct err *err)
{
	struct net_writer todo;
	const char *way_out;
	char table[32];
	int failed;

	rules_table(change->engine, table);
	net_begin(&todo);
	for (const struct net_record *r = NULL; (r = net_next(&change->net, r));) {
		if (r->type == NET_MAPPING && leads_to(net_body(r), endpoint))
			put_unmapping(table, net_body(r), &todo);
		if (r->type == NET_NAME && str_eq(((const struct net_name *)net_body(r))->network,
						   endpoint->network_id))
			net_put(&todo, NET_NAME, net_body(r), r->len);
	}
	put_link_gone(endpoint, &todo);
	put_new_route(change, endpoint, &way_out, &todo);
	failed = finish_taking(change, &todo, endpoint, is_of_endpoint, endpoint, way_out, err);
	net_writer_fini(&todo);
	return failed;
}

static int forget_attachment(
	struct change *change, const struct network *network, bool *found, struct err *err)
{
	struct wanted *wanted = &change->wanted;

	*found = false;
	for (size_t i = 0; i < wanted->count; i++) {
		if (!names_network(&wanted->attachments[i], network))
			continue;
		*found = true;
		attachment_fini(&wanted->attachments[i]);
		memmove(&wanted->attachments[i], &wanted->attachments[i + 1],
			(wanted->count - i - 1) * sizeof(*wanted->attachments));
		wanted->count--;
		break;
	}
	return *found ? wanted_write(change->own, wanted, err) : 0;
}

static const struct net_endpoint *endpoint_on(
	const struct net_file *file, const struct network *network)
{
	for (const struct net_record *r = NULL; (r = net_next(file, r));)
		if (r->type == NET_ENDPOINT &&
			str_eq(((const struct net_endpoint *)net_body(r))->network_id, network->id))
			return net_body(r);
	return NULL;
}

static int disconnect_op(struct op *op, struct err *err)
{
	const struct net_endpoint *endpoint = NULL;
	struct network network;
	auto_change change = {.lock = -1, .own = -1, .run = -1};
	bool found;
	int failed = network_look(op->engine, op->name, &network, err);

	if (!failed)
		failed = begin(op->engine, op->who, &change, err);
	if (!failed && change.wanted.mode == MODE_HOST)
		failed = err_set(err, EINVAL,
			"cannot disconnect container from host network - container was created in host network mode");
	if (!failed && change.run >= 0)
		endpoint = endpoint_on(&change.net, &network);
	if (!failed && endpoint)
		failed = disconnect_running(&change, endpoint, err);
	if (!failed)
		failed = forget_attachment(&change, &network, &found, err);
	if (!failed && !found && !endpoint)
		failed = err_set(err, ENOENT, "container %s is not connected to network %s",
			change.row.id, network.name);
	if (!failed)
		announce(&change, &network, "disconnect");
	return failed;
}

struct op *engine_network_disconnect(struct engine *engine, const char *network,
	const char *container, bool force, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = disconnect_op};
	struct op *op = op_new(container);

	if (op) {
		op->name = strdup(network);
		op->force = force;
	}
	return op_start(engine, &verb, op, done, arg);
}

/* ---- publish ---- */

static bool means(const struct publish *p, const struct publish *other)
{
	return p->port == other->port && p->protocol == other->protocol &&
	       (!other->from || (p->from == other->from && p->to == other->to)) &&
	       (!other->family ||
		       (p->family == other->family && memcmp(p->host, other->host, 16) == 0));
}

static bool is_meant(const struct net_mapping *mapping, const void *arg)
{
	const struct publish_list *list = arg;

	for (size_t i = 0; i < list->len; i++) {
		const struct publish *p = &list->v[i];

		if (mapping->host_port && mapping->port == p->port &&
			mapping->protocol == p->protocol &&
			(!p->from ||
				(mapping->host_port >= p->from && mapping->host_port <= p->to)) &&
			(!p->family || (mapping->family == p->family &&
					       memcmp(mapping->host, p->host, 16) == 0)))
			return true;
	}
	return false;
}

static void put_publish(struct strs *out, const struct publish *p)
{
	char host[ADDRESS_TEXT + 3] = "", ports[16] = "", text[ADDRESS_TEXT];

	if (p->family)
		snprintf(host, sizeof(host), p->family == AF_INET6 ? "[%s]:" : "%s:",
			address_text(p->family, p->host, text));
	if (p->from && p->from != p->to)
		snprintf(ports, sizeof(ports), "%u-%u:", p->from, p->to);
	else if (p->from)
		snprintf(ports, sizeof(ports), "%u:", p->from);
	else if (p->family)
		snprintf(ports, sizeof(ports), ":");
	strs_addf(out, "%s%s%u/%s", host, ports, p->port, protocol_name(p->protocol));
}

/* A range of which one goes becomes what is left of it, one by one. */
static int forget_published(
	struct wanted *wanted, const struct publish_list *removed, size_t *found, struct err *err)
{
	struct strs rest = STRS_INIT;

	*found = 0;
	for (size_t i = 0; i < wanted->publish.len; i++) {
		__attribute__((cleanup(publish_list_fini))) struct publish_list list = {0};
		size_t gone = 0;

		publish_parse(wanted->publish.v[i], &list, NULL);
		for (size_t k = 0; k < list.len; k++)
			for (size_t m = 0; m < removed->len; m++)
				gone += means(&list.v[k], &removed->v[m]);
		*found += gone;
		if (!gone) {
			strs_add(&rest, wanted->publish.v[i]);
			continue;
		}
		for (size_t k = 0; k < list.len; k++) {
			bool goes = false;

			for (size_t m = 0; m < removed->len; m++)
				goes |= means(&list.v[k], &removed->v[m]);
			if (!goes)
				put_publish(&rest, &list.v[k]);
		}
	}
	if (strs_failed(&rest)) {
		strs_fini(&rest);
		return err_set(err, ENOMEM, "published ports: out of memory");
	}
	strs_fini(&wanted->publish);
	wanted->publish = rest;
	return 0;
}

static int unpublish_running(
	struct change *change, const struct publish_list *removed, struct err *err)
{
	struct net_writer todo;
	char table[32];
	int failed;

	rules_table(change->engine, table);
	net_begin(&todo);
	for (const struct net_record *r = NULL; (r = net_next(&change->net, r));)
		if (r->type == NET_MAPPING && is_meant(net_body(r), removed))
			put_unmapping(table, net_body(r), &todo);
	failed =
		todo.records ? finish_taking(change, &todo, NULL, is_meant, removed, NULL, err) : 0;
	net_writer_fini(&todo);
	return failed;
}

static int publish_running(struct change *change, const struct publish_list *added, struct err *err)
{
	const struct net_endpoint *endpoint = default_endpoint(&change->net);
	struct port_keeper keeper;
	struct net_writer more;
	struct network network;
	auto_buf message = BUF_INIT;
	int failed;

	if (!endpoint)
		return err_set(err, EINVAL,
			"container %s: a port is published through a network that leads out, and it has none",
			change->row.name);
	failed = network_find(change->engine, endpoint->network_id, &network, err);
	port_keeper_init(&keeper);
	net_begin(&more);
	message_hairpin(&message, endpoint->link);
	net_put(&more, NET_OUTSIDE, message.data, message.len);
	for (size_t i = 0; !failed && i < added->len; i++)
		failed = port_lease(
			change->engine, &added->v[i], &network, endpoint, &keeper, &more, err);
	if (!failed)
		failed = add_to_running(change, &more, keeper.queue[0], err);
	net_writer_fini(&more);
	port_keeper_fini(&keeper);
	return failed;
}

static int parse_list(const struct strs *texts, struct publish_list *out, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < texts->len; i++)
		failed = publish_parse(texts->v[i], out, err);
	return failed;
}

static int map_again(struct change *change, struct err *err)
{
	int failed;

	if (change->run < 0)
		return 0;
	net_unmap(&change->net);
	failed = net_map(change->run, "net", &change->net);
	return failed ? err_set(err, failed, "container %s: networks: %s", change->row.name,
				err_name(failed))
		      : 0;
}

static int change_ports(
	struct change *change, const struct strs *add, const struct strs *removed, struct err *err)
{
	__attribute__((cleanup(publish_list_fini))) struct publish_list in = {0}, out = {0};
	size_t found = 0;
	int failed = parse_list(add, &in, err);

	if (!failed)
		failed = parse_list(removed, &out, err);
	if (!failed && change->wanted.mode != MODE_NETWORKS)
		failed = err_set(err, EINVAL,
			"conflicting options: port publishing and the network mode of container %s",
			change->row.name);
	if (!failed && out.len)
		failed = forget_published(&change->wanted, &out, &found, err);
	if (!failed && out.len && !found)
		failed = err_set(err, ENOENT, "container %s does not publish %s", change->row.name,
			removed->v[0]);
	if (!failed && out.len && change->run >= 0)
		failed = unpublish_running(change, &out, err);
	if (!failed)
		failed = map_again(change, err);
	if (!failed && in.len && change->run >= 0)
		failed = publish_running(change, &in, err);
	if (failed)
		return failed;
	strs_copy(&change->wanted.publish, add);
	return wanted_write(change->own, &change->wanted, err);
}

static int publish_op(struct op *op, struct err *err)
{
	auto_change change;
	int failed = begin(op->engine, op->who, &change, err);

	return failed ? failed : change_ports(&change, &op->options, &op->labels, err);
}

struct op *engine_container_publish(struct engine *engine, const char *who, const struct strs *add,
	const struct strs *remove, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "update", .prepare = publish_op};
	struct op *op = op_new(who);

	if (op) { /* lists of an op, whatever they are called there */
		strs_copy(&op->options, add);
		strs_copy(&op->labels, remove);
	}
	return op_start(engine, &verb, op, done, arg);
}
