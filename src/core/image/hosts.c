#include "core/image/hosts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/json.h"
#include "util/path.h"
#include "util/toml.h"

/* A file that is not there is no failure: *found says. */
static int read_file(const char *file, struct buf *out, bool *found, struct err *err)
{
	int failed = path_read_at(AT_FDCWD, file, HOSTS_FILE_MAX, out);

	*found = !failed;
	if (!failed || failed == -ENOENT || failed == -ENOTDIR)
		return 0;
	return err_set(err, failed, "%s: %s", file, err_name(failed));
}

/* *out stays NULL when there is no such file. */
static int read_toml(const char *file, cJSON **out, struct err *err)
{
	auto_buf text = BUF_INIT;
	bool found;

	if (read_file(file, &text, &found, err) < 0)
		return err->code;
	if (found && toml_parse(buf_text(&text), text.len, out, err) < 0)
		return err_in(err, "%s", file);
	return 0;
}

/* ---- hosts.toml ---- */

static const char *const certs_dirs[] = {
	"/etc/davit/certs.d", "/etc/docker/certs.d", "/etc/containerd/certs.d"};

/* *found: one was there, and says it all. */
static int look_in_dir(const char *certs, const char *name, const struct hosts_question *question,
	struct hosts *out, bool *found, struct err *err)
{
	auto_json *toml = NULL;
	auto_buf dir = BUF_INIT, file = BUF_INIT;

	*found = false;
	buf_addf(&dir, "%s/%s", certs, name);
	buf_addf(&file, "%s/hosts.toml", buf_text(&dir));
	if (read_toml(buf_text(&file), &toml, err) < 0)
		return err->code;
	*found = toml;
	if (toml && hosts_parse_toml(toml, question, buf_text(&dir), out, err) < 0)
		return err_in(err, "%s", buf_text(&file));
	return 0;
}

static int look_in_certs(
	const struct hosts_question *question, struct hosts *out, bool *found, struct err *err)
{
	const char *const names[] = {question->domain, "_default"};

	for (size_t n = 0; n < array_len(names); n++)
		for (size_t i = 0; i < array_len(certs_dirs); i++) {
			int failed =
				look_in_dir(certs_dirs[i], names[n], question, out, found, err);

			if (failed || *found)
				return failed;
		}
	return 0;
}

/* ---- registries.conf ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* conf.d/NAME.conf, in order; a later file's entry of the same prefix does not replace. */
static void list_dropins(const char *dir, struct strs *out)
{
	DIR *entries = opendir(dir);
	size_t before = out->len;
	struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (str_has_suffix(entry->d_name, ".conf"))
			strs_addf(out, "%s/%s", dir, entry->d_name);
	if (entries)
		closedir(entries);
	if (out->len > before)
		qsort(out->v + before, out->len - before, sizeof(*out->v), by_name);
}

static void list_registries_files(struct strs *out)
{
	const char *given = getenv("CONTAINERS_REGISTRIES_CONF"), *home = getenv("HOME");
	auto_buf own = BUF_INIT;

	if (given && *given) {
		strs_add(out, given);
		return;
	}
	buf_addf(&own, "%s/.config/containers/registries.conf", home ? home : "");
	if (home && access(buf_text(&own), F_OK) == 0)
		strs_add(out, buf_text(&own));
	else
		strs_add(out, "/etc/containers/registries.conf");
	list_dropins("/etc/containers/registries.conf.d", out);
}

static int look_in_registries(
	const struct hosts_question *question, struct hosts *out, struct err *err)
{
	auto_strs files = STRS_INIT;
	size_t fit = 0;

	list_registries_files(&files);
	if (strs_failed(&files))
		return err_set(err, ENOMEM, "hosts: out of memory");
	for (size_t i = 0; i < files.len; i++) {
		auto_json *toml = NULL;

		if (read_toml(files.v[i], &toml, err) < 0)
			return err->code;
		if (toml && hosts_parse_registries(toml, question, &fit, out, err) < 0)
			return err_in(err, "%s", files.v[i]);
	}
	return 0;
}

/* ---- daemon.json ---- */

static int read_daemon(cJSON **out, struct err *err)
{
	static const char file[] = "/etc/docker/daemon.json";
	auto_buf text = BUF_INIT;
	bool found;

	if (read_file(file, &text, &found, err) < 0)
		return err->code;
	if (found && json_parse(buf_text(&text), text.len, out, err) < 0)
		return err_in(err, "%s", file);
	return 0;
}

/* ---- certificates ---- */

static int add_pem(struct buf *to, const char *file, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, file, HOSTS_FILE_MAX, &text);

	if (failed)
		return err_set(err, failed, "%s: %s", file, err_name(failed));
	buf_add(to, text.data, text.len);
	buf_addc(to, '\n');
	explicit_bzero(text.data, text.len);
	return buf_failed(to) ? err_set(err, ENOMEM, "hosts: out of memory") : 0;
}

/* docker's rules: every NAME.crt is trusted, NAME.cert comes with NAME.key. */
static void list_certs(const char *certs, struct host_spec *spec)
{
	auto_buf dir = BUF_INIT;
	struct dirent *entry;
	DIR *entries;

	buf_addf(&dir, "%s/%s", certs, spec->name);
	entries = opendir(buf_text(&dir));
	while (entries && (entry = readdir(entries))) {
		const char *name = entry->d_name;
		int stem = (int)strlen(name) - (int)strlen(".cert");

		if (str_has_suffix(name, ".crt"))
			strs_addf(&spec->ca_files, "%s/%s", buf_text(&dir), name);
		if (!str_has_suffix(name, ".cert"))
			continue;
		strs_addf(&spec->pairs, "%s/%s", buf_text(&dir), name);
		strs_addf(&spec->pairs, "%s/%.*s.key", buf_text(&dir), stem, name);
	}
	if (entries)
		closedir(entries);
}

static void list_all_certs(struct host_spec *spec)
{
	const char *home = getenv("HOME");
	auto_buf own = BUF_INIT;

	for (size_t i = 0; i < array_len(certs_dirs); i++)
		list_certs(certs_dirs[i], spec);
	list_certs("/etc/containers/certs.d", spec);
	buf_addf(&own, "%s/.config/containers/certs.d", home ? home : "");
	if (home)
		list_certs(buf_text(&own), spec);
}

static int load_certs(struct host_spec *spec, struct err *err)
{
	if (!spec->ca_files.len && !spec->pairs.len)
		list_all_certs(spec);
	for (size_t i = 0; i < spec->ca_files.len; i++)
		if (add_pem(&spec->tls.ca, spec->ca_files.v[i], err) < 0)
			return err->code;
	/* A server asks for one; of several the first is shown. */
	if (spec->pairs.len >= 2 && (add_pem(&spec->tls.cert, spec->pairs.v[0], err) < 0 ||
					    add_pem(&spec->tls.key, spec->pairs.v[1], err) < 0))
		return err->code;
	return strs_failed(&spec->ca_files) || strs_failed(&spec->pairs)
		       ? err_set(err, ENOMEM, "hosts: out of memory")
		       : 0;
}

/* ---- all of it ---- */

static int look_around(const struct hosts_question *question, const cJSON *daemon,
	struct hosts *out, struct err *err)
{
	bool found;

	if (look_in_certs(question, out, &found, err) < 0)
		return err->code;
	if (!found && look_in_registries(question, out, err) < 0)
		return err->code;
	if (out->len)
		return 0;
	if (hosts_add_origin(question, out, err) < 0)
		return err->code;
	return hosts_parse_daemon(daemon, question, out, err);
}

int hosts_find(const struct hosts_question *question, struct hosts *out, struct err *err)
{
	auto_hosts hosts = {.len = 0};
	auto_json *daemon = NULL;

	if (read_daemon(&daemon, err) < 0 || look_around(question, daemon, &hosts, err) < 0)
		return err->code;
	for (size_t i = 0; i < hosts.len; i++) {
		struct host_spec *spec = &hosts.v[i];

		spec->insecure |= hosts_is_insecure(daemon, spec->name);
		if (load_certs(spec, err) < 0)
			return err->code;
	}
	*out = hosts;
	hosts = (struct hosts){.len = 0};
	return 0;
}
