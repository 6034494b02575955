/* network_connect.c - a container is put on a network and taken off it, whether it runs or not. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/netspace.h"
#include "core/network_change.h"
#include "core/network_names.h"
#include "core/op.h"
#include "core/publish.h"

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
	place.is_default_route = !change_default_endpoint(&change->net) && place_leads_out(network);
	place.hairpin = place.is_default_route &&
			(change->wanted.publish.len || change->wanted.publish_all);
	strs_add(&names, change->row.name);
	if (*change->wanted.hostname)
		strs_add(&names, change->wanted.hostname);
	for (size_t i = 0; i < attachment->aliases.len; i++)
		strs_add(&names, attachment->aliases.v[i]);
	net_begin(&more);
	port_keeper_init(&keeper);
	failed = port_keeper_tie(change->engine, &keeper, err);
	if (!failed && place_leads_out(network))
		failed = netspace_lead_out(change->engine, keeper.tie, err);
	if (!failed)
		failed = place_lease(change->engine, change->row.id, &names, &place, &more, err);
	if (!failed) {
		if (place.hairpin)
			failed = ports_lease(change->engine, &change->wanted, network,
				&place.endpoint, &keeper, &more, err);
		if (!failed)
			failed = change_add(change, &more, keeper.queue[0], err);
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
		failed = change_begin(op->engine, op->who, &change, err);
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

static bool leads_to(const struct net_mapping *mapping, const struct net_endpoint *endpoint)
{
	if (!mapping->host_port)
		return false;
	return mapping->family == AF_INET6 ? memcmp(mapping->to, endpoint->address6, 16) == 0
					   : memcmp(mapping->to, endpoint->address4, 4) == 0;
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

static bool is_of_endpoint(const struct net_mapping *mapping, const void *endpoint)
{
	return leads_to(mapping, endpoint);
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
		if (r->type == NET_MAPPING && leads_to(net_body(r), endpoint)) {
			netspace_unpublish(change->engine, net_body(r));
			change_put_unmapping(table, net_body(r), &todo);
		}
		if (r->type == NET_NAME && str_eq(((const struct net_name *)net_body(r))->network,
						   endpoint->network_id))
			net_put(&todo, NET_NAME, net_body(r), r->len);
	}
	put_link_gone(endpoint, &todo);
	put_new_route(change, endpoint, &way_out, &todo);
	failed = change_take(change, &todo, endpoint, is_of_endpoint, endpoint, way_out, err);
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
		failed = change_begin(op->engine, op->who, &change, err);
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
