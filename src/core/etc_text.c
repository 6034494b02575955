/* A nameserver at a loopback address is the host's: from a container's network it is somebody else.
 *
 *   - systemd-resolved keeps the servers behind its stub in a file of their own: when the stub is
 *     all that the host has, that file is taken instead.
 *   - On the default bridge, loopback servers are left out as docker does. When none is left,
 *     docker writes a public company's servers; a container of ours gets a resolver of its own,
 *     which asks the host's through a socket in the host's namespace. What the host can resolve, it
 *     can, and nobody new hears of it.
 *   - The resolver of a named network asks them so too. */
#include "core/etc_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/launch_resolver.h"
#include "util/own.h"

/* ---- what was asked for ---- */

void etc_wanted_fini(struct etc_wanted *wanted)
{
	strs_fini(&wanted->dns);
	strs_fini(&wanted->search);
	strs_fini(&wanted->options);
	strs_fini(&wanted->hosts);
}

static void put_lines(struct buf *out, const char *word, const struct strs *values)
{
	for (size_t i = 0; i < values->len; i++)
		buf_addf(out, "%s %s\n", word, values->v[i]);
}

void etc_wanted_write(const struct etc_wanted *wanted, struct buf *out)
{
	buf_addf(out, "hostname %s\n", wanted->hostname);
	if (wanted->domainname[0])
		buf_addf(out, "domainname %s\n", wanted->domainname);
	if (wanted->is_host)
		buf_adds(out, "network host\n");
	put_lines(out, "dns", &wanted->dns);
	put_lines(out, "search", &wanted->search);
	put_lines(out, "option", &wanted->options);
	put_lines(out, "host", &wanted->hosts);
}

/* "WORD VALUE" */
static void take_line(struct etc_wanted *out, char *line)
{
	char *value = strchr(line, ' ');

	if (!value)
		return;
	*value++ = '\0';
	if (str_eq(line, "hostname"))
		snprintf(out->hostname, sizeof(out->hostname), "%s", value);
	else if (str_eq(line, "domainname"))
		snprintf(out->domainname, sizeof(out->domainname), "%s", value);
	else if (str_eq(line, "network"))
		out->is_host = str_eq(value, "host");
	else if (str_eq(line, "dns"))
		strs_add(&out->dns, value);
	else if (str_eq(line, "search"))
		strs_add(&out->search, value);
	else if (str_eq(line, "option"))
		strs_add(&out->options, value);
	else if (str_eq(line, "host"))
		strs_add(&out->hosts, value);
}

int etc_wanted_read(const char *text, struct etc_wanted *out)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *line;

	*out = (struct etc_wanted){0};
	while ((line = strsep(&rest, "\n")) != NULL)
		take_line(out, line);
	if (copy && !strs_failed(&out->dns) && !strs_failed(&out->search) &&
		!strs_failed(&out->options) && !strs_failed(&out->hosts))
		return 0;
	etc_wanted_fini(out);
	return -ENOMEM;
}

/* ---- hosts ---- */

#define GATEWAY ":host-gateway"

bool etc_wants_gateway(const struct etc_wanted *wanted)
{
	for (size_t i = 0; i < wanted->hosts.len; i++)
		if (str_has_suffix(wanted->hosts.v[i], GATEWAY))
			return true;
	return false;
}

static void put_host(struct buf *out, const char *address, const char *host)
{
	if (*address)
		buf_addf(out, "%s\t%.*s\n", address, (int)strcspn(host, ":"), host);
}

void etc_hosts_fixed(const struct etc_wanted *wanted, struct buf *out)
{
	buf_adds(out, "127.0.0.1\tlocalhost\n"
		      "::1\tlocalhost ip6-localhost ip6-loopback\n"
		      "fe00::\tip6-localnet\n"
		      "ff00::\tip6-mcastprefix\n"
		      "ff02::1\tip6-allnodes\n"
		      "ff02::2\tip6-allrouters\n");
	for (size_t i = 0; i < wanted->hosts.len; i++) {
		const char *host = wanted->hosts.v[i], *colon = strchr(host, ':');

		if (colon && !str_has_suffix(host, GATEWAY))
			put_host(out, colon + 1, host);
	}
}

/* "web.example.com web": a name given with its domain is found by both. */
static void own_names(const struct etc_wanted *wanted, char out[200])
{
	char full[sizeof(wanted->hostname) + sizeof(wanted->domainname) + 1];
	size_t bare;

	snprintf(full, sizeof(full), "%s%s%s", wanted->hostname, wanted->domainname[0] ? "." : "",
		wanted->domainname);
	bare = strcspn(full, ".");
	snprintf(out, 200, "%s%s%.*s", full, full[bare] ? " " : "", full[bare] ? (int)bare : 0,
		full);
}

static size_t line_len(const char *text)
{
	size_t len = strcspn(text, "\n");

	return len + (text[len] == '\n');
}

static bool has_line(const char *lines, const char *line, size_t len)
{
	for (; *lines; lines += line_len(lines))
		if (line_len(lines) == len && !memcmp(lines, line, len))
			return true;
	return false;
}

static bool is_named(const char *names, size_t len, const char *ours, size_t ours_len)
{
	return len == ours_len && !memcmp(names, ours, len);
}

static bool is_ours(const char *line, const struct etc_wanted *wanted, const char *own)
{
	size_t address = strcspn(line, "\t\n"), len;
	const char *names = line + address + (line[address] == '\t');

	len = strcspn(names, "\n");
	if (line[address] != '\t' || is_named(names, len, own, strlen(own)))
		return line[address] == '\t';
	for (size_t i = 0; i < wanted->hosts.len; i++) {
		const char *host = wanted->hosts.v[i];

		if (str_has_suffix(host, GATEWAY) && is_named(names, len, host, strcspn(host, ":")))
			return true;
	}
	return false;
}

static void following(const struct etc_wanted *wanted, const struct etc_gateway *gateway,
	const struct strs *addresses, const char *own, struct buf *out)
{
	for (size_t i = 0; i < wanted->hosts.len; i++) {
		const char *host = wanted->hosts.v[i];

		if (!str_has_suffix(host, GATEWAY))
			continue;
		put_host(out, gateway->v4, host);
		put_host(out, gateway->v6, host);
	}
	for (size_t i = 0; i < addresses->len; i++)
		buf_addf(out, "%s\t%s\n", addresses->v[i], own);
}

void etc_hosts_follow(const char *text, const struct etc_wanted *wanted,
	const struct etc_gateway *gateway, const struct strs *addresses, struct buf *out)
{
	auto_buf now = BUF_INIT;
	char own[200];

	own_names(wanted, own);
	following(wanted, gateway, addresses, own, &now);
	for (const char *line = text; *line; line += line_len(line))
		if (!is_ours(line, wanted, own) || has_line(buf_text(&now), line, line_len(line)))
			buf_add(out, line, line_len(line));
	if (out->len && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
	for (const char *line = buf_text(&now); *line; line += line_len(line))
		if (!has_line(text, line, line_len(line)))
			buf_add(out, line, line_len(line));
}

/* ---- resolv.conf ---- */

void resolv_conf_fini(struct resolv_conf *conf)
{
	strs_fini(&conf->servers);
	strs_fini(&conf->search);
	strs_fini(&conf->options);
}

static void take_words(struct strs *to, char *rest)
{
	char *word;

	while ((word = strsep(&rest, " \t")) != NULL)
		if (*word)
			strs_add(to, word);
}

static void take_conf_line(struct resolv_conf *out, char *line)
{
	char *rest = line + strspn(line, " \t");
	char *word = strsep(&rest, " \t");

	if (!word || !rest || *word == '#' || *word == ';')
		return;
	if (str_eq(word, "nameserver")) {
		rest += strspn(rest, " \t");
		rest[strcspn(rest, " \t#;")] = '\0';
		strs_add(&out->servers, rest);
	} else if (str_eq(word, "search") || str_eq(word, "domain")) {
		strs_fini(&out->search);
		take_words(&out->search, rest);
	} else if (str_eq(word, "options")) {
		take_words(&out->options, rest);
	}
}

void resolv_conf_read(const char *text, struct resolv_conf *out)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *line;

	*out = (struct resolv_conf){0};
	while ((line = strsep(&rest, "\r\n")) != NULL)
		take_conf_line(out, line);
}

static void replace(struct strs *list, const struct strs *with)
{
	if (!with->len)
		return;
	strs_fini(list);
	strs_copy(list, with);
}

void resolv_conf_override(struct resolv_conf *conf, const struct etc_wanted *wanted)
{
	replace(&conf->servers, &wanted->dns);
	replace(&conf->options, &wanted->options);
	replace(&conf->search, &wanted->search);
	/* docker's way to say: none. */
	if (wanted->search.len == 1 && str_eq(wanted->search.v[0], "."))
		strs_fini(&conf->search);
}

static void put_words(struct buf *out, const char *what, const struct strs *words)
{
	if (!words->len)
		return;
	buf_adds(out, what);
	for (size_t i = 0; i < words->len; i++)
		buf_addf(out, " %s", words->v[i]);
	buf_addc(out, '\n');
}

/* FNV-1a: it tells changes, it keeps nobody out. */
static uint64_t sum_of(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (uint8_t)*text) * 0x100000001b3;
	return sum;
}

#define MARK "# Written by davit ("

void resolv_conf_write(const struct resolv_conf *conf, struct buf *out)
{
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < conf->servers.len; i++)
		buf_addf(&text, "nameserver %s\n", conf->servers.v[i]);
	put_words(&text, "search", &conf->search);
	put_words(&text, "options", &conf->options);
	buf_addf(out, MARK "%016llx); once it is changed, it is yours.\n%s",
		(unsigned long long)sum_of(buf_text(&text)), buf_text(&text));
	out->failed |= text.failed;
}

bool resolv_conf_is_untouched(const char *text)
{
	size_t mark = sizeof(MARK) - 1;
	const char *rest = strchr(text, '\n');
	char sum[17];

	if (!rest || strncmp(text, MARK, mark) != 0)
		return false;
	snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)sum_of(rest + 1));
	return !strncmp(text + mark, sum, 16);
}

/* ---- deciding ---- */

bool is_loopback_address(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_link_address(const char *address)
{
	struct in6_addr v6;

	return strchr(address, '%') ||
	       (inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LINKLOCAL(&v6));
}

static bool is_stub_only(const struct resolv_conf *conf)
{
	return conf->servers.len == 1 && str_eq(conf->servers.v[0], ETC_STUB);
}

void etc_resolving_fini(struct etc_resolving *resolving)
{
	resolv_conf_fini(&resolving->conf);
	strs_fini(&resolving->servers);
}

static bool has_ndots(const struct strs *options)
{
	for (size_t i = 0; i < options->len; i++)
		if (str_has_prefix(options->v[i], "ndots:"))
			return true;
	return false;
}

/* Servers given by hand are meant as the container sees them. */
static void list_servers(struct etc_resolving *out, bool by_hand)
{
	for (size_t i = 0; i < out->conf.servers.len; i++) {
		const char *address = out->conf.servers.v[i];

		if (!by_hand && is_loopback_address(address))
			strs_addf(&out->servers, "%s host", address);
		else if (!is_link_address(address))
			strs_add(&out->servers, address);
	}
	/* Without a file or a server in it, a host asks itself: resolv.conf(5). */
	if (!out->conf.servers.len)
		strs_add(&out->servers, "127.0.0.1 host");
}

static void use_own(struct etc_resolving *out, bool by_hand)
{
	out->own = true;
	list_servers(out, by_hand);
	strs_fini(&out->conf.servers);
	strs_add(&out->conf.servers, RESOLVER_ADDRESS);
	if (!has_ndots(&out->conf.options))
		strs_add(&out->conf.options, "ndots:0");
}

static void leave_out_unreachable(struct strs *servers)
{
	struct strs kept = STRS_INIT;

	for (size_t i = 0; i < servers->len; i++)
		if (!is_loopback_address(servers->v[i]) && !is_link_address(servers->v[i]))
			strs_add(&kept, servers->v[i]);
	strs_fini(servers);
	*servers = kept;
}

/* The host's servers as they are, if the container can reach any. */
static void use_hosts(struct etc_resolving *out, enum etc_place place)
{
	struct strs all = STRS_INIT;

	strs_copy(&all, &out->conf.servers);
	leave_out_unreachable(&out->conf.servers);
	if (!out->conf.servers.len && place == ETC_DEFAULT) {
		strs_fini(&out->conf.servers);
		strs_copy(&out->conf.servers, &all);
		use_own(out, false);
	}
	strs_fini(&all);
}

void etc_resolve(enum etc_place place, const struct etc_wanted *wanted, const char *host,
	const char *real, struct etc_resolving *out)
{
	bool by_hand = wanted->dns.len > 0;

	*out = (struct etc_resolving){.closed = place == ETC_INTERNAL};
	resolv_conf_read(host, &out->conf);
	if (place != ETC_HOST && is_stub_only(&out->conf) && *real) {
		resolv_conf_fini(&out->conf);
		resolv_conf_read(real, &out->conf);
	}
	resolv_conf_override(&out->conf, wanted);
	if (place == ETC_NAMED || place == ETC_INTERNAL)
		use_own(out, by_hand);
	else if (place != ETC_HOST && !by_hand)
		use_hosts(out, place);
}
