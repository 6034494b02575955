#include "core/etc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch_resolver.h"
#include "util/own.h"
#include "util/path.h"

enum { FILE_MAX = 1 << 20 }; /* of what a container may make of its files before we leave them */

#define HOST_CONF "/etc/resolv.conf"
/* What systemd-resolved knows about the servers behind its stub. */
#define REAL_CONF "/run/systemd/resolve/resolv.conf"

/* ---- reading and writing ---- */

static int put(int dir, const char *name, const struct buf *text, mode_t mode, struct err *err)
{
	int failed = buf_failed(text) ? -ENOMEM
				      : path_create_at(dir, name, buf_text(text), text->len, mode);

	return failed ? err_set(err, failed, "write %s: %s", name, err_name(failed)) : 0;
}

/* The same file: a container has it mounted. Its readers never find it empty. */
static int put_in_place(int dir, const char *name, const struct buf *text, struct err *err)
{
	auto_close int fd = -1;

	if (buf_failed(text))
		return err_set(err, ENOMEM, "write %s: out of memory", name);
	fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || pwrite(fd, buf_text(text), text->len, 0) != (ssize_t)text->len ||
		ftruncate(fd, (off_t)text->len) < 0)
		return err_sys(err, "write %s", name);
	return 0;
}

static void read_host_file(const char *path, struct buf *out)
{
	if (path_read_at(AT_FDCWD, path, FILE_MAX, out) < 0)
		buf_clear(out);
}

/* ---- resolv.conf ---- */

static enum etc_place place_of(const struct etc_wanted *wanted, const struct etc_networks *networks)
{
	bool named = false, open = false;

	if (wanted->is_host)
		return ETC_HOST;
	for (size_t i = 0; i < networks->count; i++) {
		named |= networks->links[i].is_named;
		open |= !networks->links[i].is_internal;
	}
	if (!named)
		return networks->count ? ETC_DEFAULT : ETC_ISOLATED;
	return open ? ETC_NAMED : ETC_INTERNAL;
}

static void resolve(enum etc_place place, const struct etc_wanted *wanted,
	struct etc_resolving *out, struct buf *text)
{
	auto_buf host = BUF_INIT, real = BUF_INIT;

	read_host_file(HOST_CONF, &host);
	if (strstr(buf_text(&host), ETC_STUB))
		read_host_file(REAL_CONF, &real);
	etc_resolve(place, wanted, buf_text(&host), buf_text(&real), out);
	/* As it is, comments and all, where the container is on the host's network. */
	if (place == ETC_HOST && !wanted->dns.len && !wanted->search.len && !wanted->options.len)
		buf_add(text, buf_text(&host), host.len);
	else
		resolv_conf_write(&out->conf, text);
}

static int follow_resolv_conf(int own, const struct buf *text, bool is_host, struct err *err)
{
	auto_buf now = BUF_INIT;
	int failed = path_read_at(own, "resolv.conf", FILE_MAX, &now);

	/* The host's was copied when the container was made, and belongs to it since. */
	if (failed || is_host || !resolv_conf_is_untouched(buf_text(&now)) ||
		str_eq(buf_text(&now), buf_text(text)))
		return 0;
	return put_in_place(own, "resolv.conf", text, err);
}

/* ---- the resolver ---- */

static int follow_resolver(int run, const struct etc_networks *networks,
	const struct etc_resolving *resolving, struct err *err)
{
	auto_buf text = BUF_INIT, now = BUF_INIT;
	int failed;

	if (!resolving->own) {
		if (unlinkat(run, RESOLVER_FILE, 0) < 0 && errno != ENOENT)
			return err_sys(err, "remove the resolver's configuration");
		return 0;
	}
	buf_adds(&text, RESOLVER_HEAD);
	for (size_t i = 0; i < networks->count; i++)
		if (networks->links[i].is_named)
			buf_addf(&text, "network %s\n", networks->links[i].network_id);
	for (size_t i = 0; i < resolving->servers.len; i++)
		buf_addf(&text, "server %s\n", resolving->servers.v[i]);
	if (resolving->closed)
		buf_adds(&text, "closed\n");
	if (buf_failed(&text) || strs_failed(&resolving->servers))
		return err_set(err, ENOMEM, "configure the resolver: out of memory");
	/* One that changed nothing must not end the resolver that goes by it. */
	if (!path_read_at(run, RESOLVER_FILE, RESOLVER_MAX_BYTES, &now) &&
		str_eq(buf_text(&now), buf_text(&text)))
		return 0;
	failed = path_replace_at(run, RESOLVER_FILE, buf_text(&text), text.len, 0600);
	return failed ? err_set(err, failed, "configure the resolver: %s", err_name(failed)) : 0;
}

/* ---- hosts ---- */

static bool is_zero(const uint8_t *address, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (address[i])
			return false;
	return true;
}

static void list_addresses(const struct etc_networks *networks, struct strs *out)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < networks->count; i++) {
		const struct etc_link *link = &networks->links[i];

		if (!is_zero(link->v4, 4) && inet_ntop(AF_INET, link->v4, text, sizeof(text)))
			strs_add(out, text);
		if (!is_zero(link->v6, 16) && inet_ntop(AF_INET6, link->v6, text, sizeof(text)))
			strs_add(out, text);
	}
}

static int follow_hosts(int own, const struct etc_wanted *wanted,
	const struct etc_networks *networks, struct err *err)
{
	auto_buf now = BUF_INIT, text = BUF_INIT;
	auto_strs addresses = STRS_INIT;

	if (etc_wants_gateway(wanted) && !networks->gateway.v4[0] && !networks->gateway.v6[0])
		return err_set(err, EINVAL,
			"unable to derive the IP value for host-gateway: the default bridge has no address");
	/* Unreadable, or of a size that no hosts file has: it is the container's own affair. */
	if (path_read_at(own, "hosts", FILE_MAX, &now) < 0)
		return 0;
	list_addresses(networks, &addresses);
	if (strs_failed(&addresses))
		return err_set(err, ENOMEM, "write hosts: out of memory");
	etc_hosts_follow(buf_text(&now), wanted, &networks->gateway, &addresses, &text);
	return !buf_failed(&text) && str_eq(buf_text(&text), buf_text(&now))
		       ? 0
		       : put_in_place(own, "hosts", &text, err);
}

/* ---- all of it ---- */

int etc_read(int own, struct etc_wanted *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(own, "etc", FILE_MAX, &text);

	if (failed)
		return err_set(err, failed, "read what the container's /etc is made from: %s",
			err_name(failed));
	return etc_wanted_read(buf_text(&text), out) < 0
		       ? err_set(err, ENOMEM, "read etc: out of memory")
		       : 0;
}

static int create_hosts(int own, const struct etc_wanted *wanted, struct err *err)
{
	auto_buf text = BUF_INIT;

	/* As docker: the host's, unless something is added to it. */
	if (wanted->is_host && !wanted->hosts.len)
		read_host_file("/etc/hosts", &text);
	if (!text.len)
		etc_hosts_fixed(wanted, &text);
	return put(own, "hosts", &text, 0644, err);
}

static int create_resolv_conf(int own, const struct etc_wanted *wanted, struct err *err)
{
	struct etc_resolving resolving;
	auto_buf text = BUF_INIT;

	resolve(wanted->is_host ? ETC_HOST : ETC_ISOLATED, wanted, &resolving, &text);
	etc_resolving_fini(&resolving);
	return put(own, "resolv.conf", &text, 0644, err);
}

int etc_create(int own, const struct etc_wanted *wanted, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed;

	etc_wanted_write(wanted, &text);
	failed = put(own, "etc", &text, 0600, err);
	if (failed)
		return failed;
	buf_clear(&text);
	buf_addf(&text, "%s\n", wanted->hostname);
	failed = put(own, "hostname", &text, 0644, err);
	if (!failed)
		failed = create_hosts(own, wanted, err);
	return failed ? failed : create_resolv_conf(own, wanted, err);
}

int etc_follow(int own, int run, const struct etc_wanted *wanted,
	const struct etc_networks *networks, struct err *err)
{
	struct etc_resolving resolving;
	auto_buf text = BUF_INIT;
	int failed = 0;

	resolve(place_of(wanted, networks), wanted, &resolving, &text);
	if (!wanted->is_host || wanted->hosts.len)
		failed = follow_hosts(own, wanted, networks, err);
	if (!failed)
		failed = follow_resolv_conf(own, &text, wanted->is_host, err);
	if (!failed)
		failed = follow_resolver(run, networks, &resolving, err);
	etc_resolving_fini(&resolving);
	return failed;
}
