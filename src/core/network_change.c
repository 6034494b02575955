#include "core/network_change.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/etc_networks.h"
#include "core/lifecycle.h"
#include "runtime/launch/parcel.h"
#include "util/path.h"

enum { ANSWER_MS = 10000 };

void change_fini(struct change *change)
{
	own_closep(&change->lock);
	own_closep(&change->own);
	own_closep(&change->run);
	wanted_fini(&change->wanted);
	net_unmap(&change->net);
}

int change_begin(struct engine *engine, const char *who, struct change *out, struct err *err)
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
	if (failed || !row_has_processes(&out->row) || out->wanted.mode != MODE_NETWORKS)
		return failed;
	out->run = launch_run_dir(engine, out->row.id, err);
	if (out->run < 0)
		return out->run;
	failed = net_map(out->run, "net", &out->net);
	return failed ? err_set(err, failed, "container %s: networks: %s", out->row.name,
				err_name(failed))
		      : 0;
}

int change_map_again(struct change *change, struct err *err)
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

const struct net_endpoint *change_default_endpoint(const struct net_file *file)
{
	for (const struct net_record *r = NULL; (r = net_next(file, r));)
		if (r->type == NET_ENDPOINT &&
			((const struct net_endpoint *)net_body(r))->is_default)
			return net_body(r);
	return NULL;
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
	ssize_t sent = parcel_send(fd, &frames, sizeof(frames), ports, 0);

	return sent == (ssize_t)sizeof(frames) ? 0
					       : err_set(err, sent < 0 ? (int)sent : -EPIPE,
							 "ask the container's monitor: %s",
							 err_name(sent < 0 ? (int)sent : -EPIPE));
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
	struct err ignored;

	if (!path_replace_at(change->run, "net", change->net.head, change->net.head->size, 0600))
		follow(change, &ignored);
}

/* ---- what comes, what goes ---- */

/* more: records of a lease, up and down together. */
int change_add(struct change *change, struct net_writer *more, int ports, struct err *err)
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

void change_put_unmapping(
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

int change_take(struct change *change, struct net_writer *todo, const struct net_endpoint *endpoint,
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

int change_tie_again(struct engine *engine, const char *id, struct err *err)
{
	auto_change change = {.lock = -1, .own = -1, .run = -1};
	auto_close int ports = -1;
	struct net_writer nothing;
	int failed = change_begin(engine, id, &change, err);

	if (!failed && change.run >= 0)
		failed = ports_again(engine, change.run, &ports, err);
	if (failed || ports < 0)
		return failed;
	net_begin(&nothing);
	failed = carry_out(&change, &nothing, ports, err);
	net_writer_fini(&nothing);
	return failed;
}
