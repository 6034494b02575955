/* hosts_parse.c - hosts.toml, registries.conf and daemon.json, each as hosts. No file is read. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "core/image/hosts.h"
#include "core/image/url.h"
#include "util/json.h"

static void spec_fini(struct host_spec *spec)
{
	free(spec->scheme);
	free(spec->name);
	free(spec->prefix);
	free(spec->repository);
	strs_fini(&spec->headers);
	strs_fini(&spec->ca_files);
	strs_fini(&spec->pairs);
	buf_fini(&spec->tls.ca);
	buf_fini(&spec->tls.cert);
	if (spec->tls.key.data)
		explicit_bzero(spec->tls.key.data, spec->tls.key.len);
	buf_fini(&spec->tls.key);
}

void hosts_fini(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->len; i++)
		spec_fini(&hosts->v[i]);
	free(hosts->v);
	*hosts = (struct hosts){0};
}

/* A new host at the end; NULL after err was set. */
static struct host_spec *add(struct hosts *hosts, struct err *err)
{
	struct host_spec *more;

	if (hosts->len == HOSTS_MAX) {
		err_set(err, E2BIG, "more than %d hosts", HOSTS_MAX);
		return NULL;
	}
	more = realloc(hosts->v, (hosts->len + 1) * sizeof(*more));
	if (!more) {
		err_set(err, ENOMEM, "hosts: out of memory");
		return NULL;
	}
	hosts->v = more;
	more += hosts->len++;
	*more = (struct host_spec){.can = HOST_ALL};
	return more;
}

/* docker.io is only a name. */
static const char *home_of(const char *domain)
{
	return str_eq(domain, "docker.io") ? "registry-1.docker.io" : domain;
}

/* "https://host:port/some/path" or "host:port/some/path": what comes before the repository. */
static int take_address(struct host_spec *spec, const char *address, bool whole_path,
	const char *repository, struct err *err)
{
	const char *scheme = strstr(address, "://"), *rest = scheme ? scheme + 3 : address;
	size_t host = strcspn(rest, "/"), path = strlen(rest);
	auto_free char *parsed = NULL;

	if (scheme && strncmp(address, "https://", 8) != 0 && strncmp(address, "http://", 7) != 0)
		return err_set(err, EINVAL, "\"%.100s\" is neither https nor http", address);
	parsed = scheme ? url_join(address, address) : NULL;
	if (!host || (scheme && !parsed) || strpbrk(rest, "?#@ \t\r\n\""))
		return err_set(err, EINVAL, "\"%.100s\" is no address of a registry", address);
	while (path > host && rest[path - 1] == '/')
		path--;
	spec->scheme = scheme ? strndup(address, (size_t)(scheme - address)) : NULL;
	spec->name = strndup(rest, host);
	spec->repository = strdup(repository);
	/* Whether a path ends in /v2 already or wants it, containerd tells by override_path. */
	if (asprintf(&spec->prefix, "%.*s%s", (int)(path - host), rest + host,
		    whole_path ? "" : "/v2") < 0)
		spec->prefix = NULL;
	return spec->name && spec->prefix && spec->repository && (!scheme || spec->scheme)
		       ? 0
		       : err_set(err, ENOMEM, "hosts: out of memory");
}

int hosts_add_origin(const struct hosts_question *question, struct hosts *out, struct err *err)
{
	struct host_spec *spec = add(out, err);
	int failed;

	if (!spec)
		return err->code;
	failed = take_address(spec, home_of(question->domain), false, question->path, err);
	spec->insecure = question->insecure;
	return failed;
}

/* ---- hosts.toml ---- */

static int take_abilities(struct host_spec *spec, const cJSON *toml, struct err *err)
{
	const cJSON *list = json_get(toml, "capabilities"), *item;

	if (!list)
		return 0;
	if (!cJSON_IsArray(list))
		return err_set(err, EINVAL, "capabilities is no list");
	spec->can = 0;
	cJSON_ArrayForEach(item, list) {
		const char *word = cJSON_GetStringValue(item);

		if (str_eq(word, "pull"))
			spec->can |= HOST_PULL;
		else if (str_eq(word, "resolve"))
			spec->can |= HOST_RESOLVE;
		else if (str_eq(word, "push"))
			spec->can |= HOST_PUSH;
		else
			return err_set(
				err, EINVAL, "unknown capability \"%.40s\"", word ? word : "");
	}
	return 0;
}

static void add_file(struct strs *to, const char *dir, const char *file)
{
	if (*file == '/')
		strs_add(to, file);
	else
		strs_addf(to, "%s/%s", dir, file);
}

/* ca = "a.pem" or ["a.pem", "b.pem"] */
static int take_ca(struct host_spec *spec, const cJSON *toml, const char *dir, struct err *err)
{
	const cJSON *ca = json_get(toml, "ca");
	auto_strs files = STRS_INIT;

	if (!ca)
		return 0;
	if (cJSON_IsString(ca))
		strs_add(&files, ca->valuestring);
	else if (!cJSON_IsArray(ca) || json_strs(ca, &files) < 0)
		return err_set(err, EINVAL, "ca names no files");
	for (size_t i = 0; i < files.len; i++)
		add_file(&spec->ca_files, dir, files.v[i]);
	return 0;
}

/* client = "both.pem", ["both.pem"], or [["cert.pem", "key.pem"]]: the first is used. */
static int take_client(struct host_spec *spec, const cJSON *toml, const char *dir, struct err *err)
{
	const cJSON *client = json_get(toml, "client");
	auto_strs files = STRS_INIT;

	if (!client)
		return 0;
	if (cJSON_IsArray(client))
		client = client->child;
	if (cJSON_IsString(client))
		strs_add(&files, client->valuestring);
	else if (!cJSON_IsArray(client) || json_strs(client, &files) < 0)
		return err_set(err, EINVAL, "client names no files");
	if (files.len == 0 || files.len > 2)
		return err_set(err, EINVAL, "client wants a certificate and a key");
	add_file(&spec->pairs, dir, files.v[0]);
	add_file(&spec->pairs, dir, files.v[files.len - 1]);
	return 0;
}

static int add_header(struct host_spec *spec, const char *name, const char *value, struct err *err)
{
	/* It becomes a line of a request: a line end in it would become another one. */
	if (!value || !*name || strpbrk(name, ": \r\n") || strpbrk(value, "\r\n"))
		return err_set(err, EINVAL, "header %.40s is none", name);
	strs_addf(&spec->headers, "%s: %s", name, value);
	return 0;
}

static int take_headers(struct host_spec *spec, const cJSON *toml, struct err *err)
{
	const cJSON *item, *value;

	cJSON_ArrayForEach(item, json_object(toml, "header")) {
		int failed = 0;

		if (cJSON_IsString(item))
			failed = add_header(spec, item->string, item->valuestring, err);
		else if (!cJSON_IsArray(item))
			failed = add_header(spec, item->string, NULL, err);
		else
			cJSON_ArrayForEach(value, item)
				if (!failed)
					failed = add_header(spec, item->string,
						cJSON_GetStringValue(value), err);
		if (failed)
			return failed;
	}
	return 0;
}

static int take_host(struct hosts *out, const cJSON *toml, const char *address,
	const struct hosts_question *question, const char *dir, struct err *err)
{
	struct host_spec *spec = add(out, err);

	if (!spec)
		return err->code;
	if (take_address(spec, address, json_is_true(toml, "override_path"), question->path, err) <
			0 ||
		take_abilities(spec, toml, err) < 0 || take_ca(spec, toml, dir, err) < 0 ||
		take_client(spec, toml, dir, err) < 0 || take_headers(spec, toml, err) < 0)
		return err->code;
	if (!spec->scheme && !url_host_is_loopback(spec->name))
		spec->scheme = strdup("https");
	spec->insecure = question->insecure || json_is_true(toml, "skip_verify");
	spec->says_origin = !str_eq(spec->name, home_of(question->domain));
	return strs_failed(&spec->headers) || strs_failed(&spec->ca_files) ||
			       strs_failed(&spec->pairs)
		       ? err_set(err, ENOMEM, "hosts: out of memory")
		       : 0;
}

int hosts_parse_toml(const cJSON *toml, const struct hosts_question *question, const char *dir,
	struct hosts *out, struct err *err)
{
	const char *server = json_str(toml, "server");
	const cJSON *host;

	cJSON_ArrayForEach(host, json_object(toml, "host")) {
		if (take_host(out, host, host->string, question, dir, err) < 0)
			return err_in(err, "host %.100s", host->string);
	}
	/* What is said outside of any host is said of the server. */
	return take_host(
		out, toml, server ? server : home_of(question->domain), question, dir, err);
}

/* ---- registries.conf ---- */

/* How much of domain/path the prefix covers; 0: nothing. "*.example.com" covers hosts below. */
static size_t prefix_fits(const char *prefix, const char *name)
{
	size_t len = strlen(prefix), host = strcspn(name, "/");

	if (str_has_prefix(prefix, "*.")) {
		size_t tail = len - 1;

		return !strchr(prefix, '/') && host > tail &&
				       strncmp(name + host - tail, prefix + 1, tail) == 0
			       ? host
			       : 0;
	}
	if (!len || strncmp(name, prefix, len) != 0)
		return 0;
	return name[len] == '/' || name[len] == '\0' ? len : 0;
}

/* location "internal:5000/mirror" in the place of the prefix's part of the name. */
static int take_location(
	struct hosts *out, const char *location, const char *rest, bool insecure, struct err *err)
{
	struct host_spec *spec = add(out, err);
	size_t host = strcspn(location, "/");
	auto_free char *name = strndup(location, host);
	auto_buf repository = BUF_INIT;
	const char *below = location[host] ? location + host + 1 : "";

	if (!spec)
		return err->code;
	buf_adds(&repository, below);
	if (*rest == '/')
		rest++;
	if (*rest)
		buf_addf(&repository, "%s%s", repository.len ? "/" : "", rest);
	if (!name || buf_failed(&repository))
		return err_set(err, ENOMEM, "hosts: out of memory");
	spec->insecure = insecure;
	return take_address(spec, home_of(name), false, buf_text(&repository), err);
}

/* pull-from-mirror, and its older sibling of the whole entry. */
static bool mirror_serves(const cJSON *entry, const cJSON *mirror, bool by_digest)
{
	const char *when = json_str(mirror, "pull-from-mirror");

	if (json_is_true(entry, "mirror-by-digest-only"))
		return by_digest;
	if (str_eq(when, "digest-only"))
		return by_digest;
	return !str_eq(when, "tag-only") || !by_digest;
}

static int take_entry(struct hosts *out, const cJSON *entry, const char *prefix, const char *name,
	size_t fits, const struct hosts_question *question, struct err *err)
{
	const char *location = json_str(entry, "location");
	const cJSON *mirror;

	if (json_is_true(entry, "blocked"))
		return err_set(err, EACCES, "registry %.100s is blocked", prefix);
	cJSON_ArrayForEach(mirror, json_array(entry, "mirror")) {
		const char *there = json_str(mirror, "location");

		if (!there)
			return err_set(err, EINVAL, "a mirror without a location");
		if (!mirror_serves(entry, mirror, question->by_digest))
			continue;
		if (take_location(out, there, name + fits, json_is_true(mirror, "insecure"), err) <
			0)
			return err->code;
		out->v[out->len - 1].can = HOST_PULL | HOST_RESOLVE;
	}
	if (!location || str_has_prefix(prefix, "*.")) {
		if (hosts_add_origin(question, out, err) < 0)
			return err->code;
		out->v[out->len - 1].insecure |= json_is_true(entry, "insecure");
		return 0;
	}
	return take_location(out, location, name + fits,
		question->insecure || json_is_true(entry, "insecure"), err);
}

int hosts_parse_registries(const cJSON *toml, const struct hosts_question *question, size_t *fit,
	struct hosts *out, struct err *err)
{
	const cJSON *entry, *best = NULL;
	auto_buf name = BUF_INIT;
	const char *prefix = "";

	buf_addf(&name, "%s/%s", question->domain, question->path);
	cJSON_ArrayForEach(entry, json_array(toml, "registry")) {
		const char *of = json_str_or(entry, "prefix", json_str_or(entry, "location", ""));
		size_t fits = prefix_fits(of, buf_text(&name));

		if (fits <= *fit)
			continue;
		*fit = fits;
		best = entry;
		prefix = of;
	}
	if (buf_failed(&name))
		return err_set(err, ENOMEM, "hosts: out of memory");
	if (!best)
		return 0;
	hosts_fini(out);
	return take_entry(out, best, prefix, buf_text(&name), *fit, question, err);
}

/* ---- daemon.json ---- */

int hosts_parse_daemon(const cJSON *json, const struct hosts_question *question, struct hosts *out,
	struct err *err)
{
	const cJSON *item;

	if (!str_eq(question->domain, "docker.io"))
		return 0;
	cJSON_ArrayForEach(item, json_array(json, "registry-mirrors")) {
		const char *address = cJSON_GetStringValue(item);
		struct host_spec *spec = add(out, err), last;
		int failed;

		if (!spec)
			return err->code;
		failed = take_address(spec, address ? address : "", false, question->path, err);
		if (failed)
			return err_in(err, "registry-mirrors");
		spec->can = HOST_PULL | HOST_RESOLVE;
		if (out->len == 1)
			continue;
		/* The registry itself stays the last. */
		last = out->v[out->len - 2];
		out->v[out->len - 2] = *spec;
		*spec = last;
	}
	return 0;
}

static bool in_network(const char *network, const char *host)
{
	unsigned char net[16], address[16];
	char text[INET6_ADDRSTRLEN];
	const char *slash = strchr(network, '/');
	bool wide = strchr(network, ':');
	size_t len = slash ? (size_t)(slash - network) : sizeof(text);
	int bits = slash ? atoi(slash + 1) : -1, family = wide ? AF_INET6 : AF_INET;

	if (len >= sizeof(text) || bits < 0 || bits > (wide ? 128 : 32))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, network);
	if (inet_pton(family, text, net) != 1)
		return false;
	len = *host == '[' ? strcspn(++host, "]") : strcspn(host, ":");
	if (len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, host);
	if (inet_pton(family, text, address) != 1 || memcmp(net, address, (size_t)bits / 8) != 0)
		return false;
	return bits % 8 == 0 ||
	       ((net[bits / 8] ^ address[bits / 8]) & (0xff00 >> bits % 8 & 0xff)) == 0;
}

bool hosts_is_insecure(const cJSON *daemon, const char *host)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_array(daemon, "insecure-registries")) {
		const char *text = cJSON_GetStringValue(item);

		if (text && (strcasecmp(text, host) == 0 || in_network(text, host)))
			return true;
	}
	return false;
}
