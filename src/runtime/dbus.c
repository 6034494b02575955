#include "runtime/dbus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { MESSAGE_MAX = 1 << 20, FIXED = 16 };
enum {
	FIELD_PATH = 1,
	FIELD_INTERFACE,
	FIELD_MEMBER,
	FIELD_ERROR,
	FIELD_REPLY,
	FIELD_DESTINATION,
	FIELD_SENDER,
	FIELD_SIGNATURE
};

/* ---- writing ---- */

static void align_to(struct buf *out, size_t align)
{
	while (out->len % align && !buf_failed(out))
		buf_addc(out, '\0');
}

void dbus_u32(struct buf *out, uint32_t value)
{
	align_to(out, 4);
	buf_add(out, &value, sizeof(value));
}

void dbus_u64(struct buf *out, uint64_t value)
{
	align_to(out, 8);
	buf_add(out, &value, sizeof(value));
}

void dbus_text(struct buf *out, const char *text)
{
	dbus_u32(out, (uint32_t)strlen(text));
	buf_add(out, text, strlen(text) + 1);
}

void dbus_signature(struct buf *out, const char *text)
{
	buf_addc(out, (char)strlen(text));
	buf_add(out, text, strlen(text) + 1);
}

void dbus_struct(struct buf *out)
{
	align_to(out, 8);
}

size_t dbus_array_begin(struct buf *out, size_t align)
{
	size_t at;

	dbus_u32(out, 0);
	at = out->len;
	align_to(out, align);
	return at;
}

/* The length leaves out the padding before the first element. */
void dbus_array_end(struct buf *out, size_t begin, size_t align)
{
	size_t first = (begin + align - 1) / align * align;
	uint32_t len = (uint32_t)(out->len - first);

	if (!buf_failed(out))
		memcpy(out->data + begin - 4, &len, sizeof(len));
}

static void add_field(struct buf *out, unsigned code, const char *signature, const char *text)
{
	if (!text)
		return;
	dbus_struct(out);
	buf_addc(out, (char)code);
	dbus_signature(out, signature);
	if (signature[0] == 'g')
		dbus_signature(out, text);
	else
		dbus_text(out, text);
}

int64_t dbus_send(int bus, const struct dbus_call *call)
{
	static uint32_t serial;
	auto_buf out = BUF_INIT;
	size_t fields;
	int rc;

	buf_add(&out, "l\1\0\1", 4); /* little endian, a call, no flags, version 1 */
	dbus_u32(&out, call->body ? (uint32_t)call->body->len : 0);
	dbus_u32(&out, ++serial);
	fields = dbus_array_begin(&out, 8);
	add_field(&out, FIELD_PATH, "o", call->path);
	add_field(&out, FIELD_INTERFACE, "s", call->interface);
	add_field(&out, FIELD_MEMBER, "s", call->member);
	add_field(&out, FIELD_DESTINATION, "s", call->destination);
	add_field(&out, FIELD_SIGNATURE, "g", call->signature);
	dbus_array_end(&out, fields, 8);
	align_to(&out, 8);
	if (call->body)
		buf_add(&out, call->body->data, call->body->len);
	if (buf_failed(&out))
		return -ENOMEM;
	rc = path_write_all(bus, out.data, out.len);
	return rc < 0 ? rc : (int64_t)serial;
}

/* ---- reading ---- */

int dbus_read_u32(const struct buf *body, size_t *at, uint32_t *out)
{
	size_t from = (*at + 3) / 4 * 4;

	if (from + 4 > body->len)
		return -EPROTO;
	memcpy(out, body->data + from, 4);
	*at = from + 4;
	return 0;
}

const char *dbus_read_text(const struct buf *body, size_t *at)
{
	uint32_t len;
	const char *text;

	if (dbus_read_u32(body, at, &len) < 0 || len >= body->len || *at + len + 1 > body->len)
		return NULL;
	text = body->data + *at;
	if (text[len] || strlen(text) != len)
		return NULL;
	*at += len + 1;
	return text;
}

static int read_all(int bus, int seconds, struct buf *out, size_t len)
{
	char *room = buf_reserve(out, len);

	for (size_t done = 0; room && done < len;) {
		struct pollfd ready = {.fd = bus, .events = POLLIN};
		ssize_t got;

		if (poll(&ready, 1, seconds * 1000) == 0)
			return -ETIMEDOUT;
		got = read(bus, room + done, len - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EPIPE;
		done += (size_t)got;
	}
	out->len += room ? len : 0;
	return room ? 0 : -ENOMEM;
}

static void copy_name(char *to, size_t room, const char *name)
{
	snprintf(to, room, "%s", name ? name : "");
}

/* One (code, variant). Only what a reader asks for; of a type that is not known the rest is left.
 */
static int read_field(const struct buf *head, size_t *at, struct dbus_message *out)
{
	unsigned code, kind;

	*at = (*at + 7) / 8 * 8;
	if (*at + 4 > head->len)
		return -EPROTO;
	code = (unsigned char)head->data[*at];
	kind = (unsigned char)head->data[*at + 2];
	if (head->data[*at + 1] != 1 || head->data[*at + 3])
		return -EPROTO;
	*at += 4;
	if (kind == 'u') {
		uint32_t value;
		int rc = dbus_read_u32(head, at, &value);

		if (rc == 0 && code == FIELD_REPLY)
			out->answers = value;
		return rc;
	}
	if (kind == 'g') {
		*at += (*at < head->len ? (unsigned char)head->data[*at] : 0) + 2u;
		return *at <= head->len ? 0 : -EPROTO;
	}
	if (kind != 's' && kind != 'o')
		return -EPROTO;
	const char *text = dbus_read_text(head, at);

	if (!text)
		return -EPROTO;
	if (code == FIELD_MEMBER)
		copy_name(out->member, sizeof(out->member), text);
	if (code == FIELD_ERROR)
		copy_name(out->error, sizeof(out->error), text);
	return 0;
}

static int read_sizes(const struct buf *fixed, uint32_t *body, uint32_t *fields)
{
	size_t at = 4;
	uint32_t serial;

	if (fixed->data[0] != 'l' || fixed->data[3] != 1 || dbus_read_u32(fixed, &at, body) < 0 ||
		dbus_read_u32(fixed, &at, &serial) < 0 || dbus_read_u32(fixed, &at, fields) < 0)
		return -EPROTO;
	return *body > MESSAGE_MAX || *fields > MESSAGE_MAX ? -EPROTO : 0;
}

int dbus_receive(int bus, int seconds, struct dbus_message *out)
{
	auto_buf head = BUF_INIT;
	uint32_t body = 0, fields = 0;
	size_t at = FIXED;
	int rc = read_all(bus, seconds, &head, FIXED);

	*out = (struct dbus_message){0};
	if (rc == 0)
		rc = read_sizes(&head, &body, &fields);
	if (rc < 0)
		return rc;
	out->type = (unsigned char)head.data[1];
	rc = read_all(bus, seconds, &head, (fields + 7) / 8 * 8);
	if (rc == 0 && body)
		rc = read_all(bus, seconds, &out->body, body);
	while (rc == 0 && at < FIXED + fields)
		rc = read_field(&head, &at, out);
	if (rc < 0)
		buf_fini(&out->body);
	return rc;
}

/* ---- the bus ---- */

static const char *system_socket(void)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	return address && str_has_prefix(address, "unix:path=") ? address + 10
								: "/run/dbus/system_bus_socket";
}

static int connect_bus(const char *path)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len;

	if (fd < 0)
		return -errno;
	len = strcspn(path, ",;");
	if (len >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, len);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : take_fd(&fd);
}

/* SASL's EXTERNAL: the kernel tells the bus who we are; we only name it. */
static int authenticate(int bus, uint32_t who)
{
	char uid[16], text[80] = "AUTH EXTERNAL ", answer[256];
	size_t len = strlen(text);
	struct pollfd ready = {.fd = bus, .events = POLLIN};
	ssize_t got;
	int rc;

	snprintf(uid, sizeof(uid), "%u", who);
	for (size_t i = 0; uid[i]; i++, len += 2)
		snprintf(text + len, sizeof(text) - len, "%02x", (unsigned char)uid[i]);
	snprintf(text + len, sizeof(text) - len, "\r\n");
	rc = path_write_all(bus, "", 1);
	if (rc == 0)
		rc = path_write_all(bus, text, strlen(text));
	if (rc < 0)
		return rc;
	got = poll(&ready, 1, 10000) == 1 ? read(bus, answer, sizeof(answer) - 1) : -1;
	if (got < 3 || memcmp(answer, "OK ", 3) != 0)
		return -EACCES;
	return path_write_all(bus, "BEGIN\r\n", 7);
}

static int say_hello(int bus)
{
	const struct dbus_call hello = {.destination = "org.freedesktop.DBus",
		.path = "/org/freedesktop/DBus",
		.interface = "org.freedesktop.DBus",
		.member = "Hello"};
	int64_t call = dbus_send(bus, &hello);
	struct dbus_message answer;
	int rc = 0;

	while (call > 0 && (rc = dbus_receive(bus, 10, &answer)) == 0) {
		buf_fini(&answer.body);
		if (answer.type == 2 && answer.answers == (uint32_t)call)
			return 0;
		if (answer.type == 3)
			return -EACCES;
	}
	return call < 0 ? (int)call : rc;
}

int dbus_open(const struct dbus_bus *given, struct err *err)
{
	auto_close int bus = connect_bus(given ? given->socket : system_socket());
	int rc = bus < 0 ? bus : authenticate(bus, given ? given->uid : geteuid());

	if (rc == 0)
		rc = say_hello(bus);
	if (rc < 0)
		return err_set(
			err, rc, "%s D-Bus: %s", given ? "your" : "the system's", err_name(rc));
	return take_fd(&bus);
}
