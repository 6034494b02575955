/* network_ports.c - a container's published ports change, whether it runs or not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/netspace.h"
#include "core/network_change.h"
#include "core/network_names.h"
#include "core/op.h"
#include "core/publish.h"

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
		if (r->type == NET_MAPPING && is_meant(net_body(r), removed)) {
			netspace_unpublish(change->engine, net_body(r));
			change_put_unmapping(table, net_body(r), &todo);
		}
	failed = todo.records ? change_take(change, &todo, NULL, is_meant, removed, NULL, err) : 0;
	net_writer_fini(&todo);
	return failed;
}

static int publish_running(struct change *change, const struct publish_list *added, struct err *err)
{
	const struct net_endpoint *endpoint = change_default_endpoint(&change->net);
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
	if (!failed)
		failed = port_keeper_tie(change->engine, &keeper, err);
	net_begin(&more);
	message_hairpin(&message, endpoint->link);
	net_put(&more, NET_OUTSIDE, message.data, message.len);
	for (size_t i = 0; !failed && i < added->len; i++)
		failed = port_lease(
			change->engine, &added->v[i], &network, endpoint, &keeper, &more, err);
	if (!failed)
		failed = change_add(change, &more, keeper.queue[0], err);
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
		failed = change_map_again(change, err);
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
	int failed = change_begin(op->engine, op->who, &change, err);

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
