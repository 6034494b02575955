/* --mount: a line of CSV whose fields are key=value, read by a table of keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mount_parts.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/size.h"

/* What was met on the way, for the checks at the end. */
struct reading {
	struct mount_option mount;
	bool has_volume_keys, has_bind_keys, has_tmpfs_keys;
	int64_t tmpfs_size;
	long tmpfs_mode; /* -1: not given */
	const char *key;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "--mount: out of memory");
}

/* ---- CSV ---- */

static int bare_quote(size_t column, struct err *err)
{
	return err_set(err, EINVAL,
		"parse error on line 1, column %zu: bare \" in non-quoted-field", column);
}

/* The field that begins at *at, which moves behind it and its comma. */
static int next_field(const char *line, const char **at, struct buf *field, struct err *err)
{
	const char *c = *at;
	bool quoted = *c == '"';

	buf_clear(field);
	buf_adds(field, "");
	for (c += quoted; *c; c++) {
		if (quoted && *c == '"' && c[1] != '"')
			break;
		if (!quoted && *c == ',')
			break;
		if (!quoted && *c == '"')
			return bare_quote((size_t)(c - line) + 1, err);
		c += quoted && *c == '"';
		buf_addc(field, *c);
	}
	if (quoted && (!*c || (c[1] && c[1] != ',')))
		return err_set(err, EINVAL,
			"parse error on line 1, column %zu: extraneous or missing \" in quoted-field",
			(size_t)(c - line) + 1);
	c += quoted;
	*at = *c ? c + 1 : c;
	return 0;
}

/* ---- values ---- */

static int set(char **to, const char *value, struct err *err)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : no_memory(err);
}

static int wrong_value(const struct reading *r, const char *value, struct err *err)
{
	return err_set(err, EINVAL, "invalid value for %s: %.200s", r->key, value);
}

static int read_bool(const struct reading *r, const char *value, bool *out, struct err *err)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"},
				 *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	for (size_t i = 0; i < array_len(yes); i++) {
		if (!str_eq(value, yes[i]) && !str_eq(value, no[i]))
			continue;
		*out = str_eq(value, yes[i]);
		return 0;
	}
	return wrong_value(r, value, err);
}

static int key_type(struct reading *r, const char *value, struct err *err)
{
	for (int type = MOUNT_BIND; type <= MOUNT_TMPFS; type++) {
		if (strcasecmp(value, mount_type_name(type)) != 0)
			continue;
		r->mount.type = (enum mount_type)type;
		return 0;
	}
	if (strcasecmp(value, "image") == 0 || strcasecmp(value, "npipe") == 0 ||
		strcasecmp(value, "cluster") == 0)
		return err_set(err, ENOTSUP,
			"mounts of type \"%s\" are not supported: use bind, volume or tmpfs",
			value);
	return err_set(
		err, EINVAL, "invalid mount config for type \"%.60s\": mount type unknown", value);
}

static int key_source(struct reading *r, const char *value, struct err *err)
{
	return set(&r->mount.source, value, err);
}

static int key_target(struct reading *r, const char *value, struct err *err)
{
	return set(&r->mount.target, value, err);
}

static int key_read_only(struct reading *r, const char *value, struct err *err)
{
	return read_bool(r, value, &r->mount.read_only, err);
}

static int key_consistency(struct reading *r, const char *value, struct err *err)
{
	(void)r;
	(void)value;
	(void)err;
	return 0; /* means something where containers run in a virtual machine */
}

static int key_propagation(struct reading *r, const char *value, struct err *err)
{
	r->has_bind_keys = true;
	r->mount.propagation = mount_propagation(value);
	return r->mount.propagation
		       ? 0
		       : err_set(err, EINVAL, "invalid propagation mode: %.60s", value);
}

static int key_recursive(struct reading *r, const char *value, struct err *err)
{
	static const char *const words[] = {[MOUNT_DEEP] = "enabled",
		[MOUNT_FLAT] = "disabled",
		[MOUNT_DEEP_WRITABLE] = "writable",
		[MOUNT_DEEP_READ_ONLY] = "readonly"};

	r->has_bind_keys = true;
	for (size_t i = 0; i < array_len(words); i++) {
		if (!str_eq(words[i], value))
			continue;
		r->mount.depth = (enum mount_depth)i;
		return 0;
	}
	return err_set(err, EINVAL,
		"invalid value for %s: %.60s (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")",
		r->key, value);
}

static int key_nonrecursive(struct reading *r, const char *value, struct err *err)
{
	bool flat;

	r->has_bind_keys = true;
	if (read_bool(r, value, &flat, err) < 0)
		return err->code;
	r->mount.depth = flat ? MOUNT_FLAT : MOUNT_DEEP;
	return 0;
}

static int key_create_source(struct reading *r, const char *value, struct err *err)
{
	r->has_bind_keys = true;
	return read_bool(r, value, &r->mount.makes_source, err);
}

/* podman's, of binds and volumes. */
static int key_idmap(struct reading *r, const char *value, struct err *err)
{
	return set(&r->mount.idmap, str_eq(value, "true") ? "" : value, err);
}

static int key_subpath(struct reading *r, const char *value, struct err *err)
{
	r->has_volume_keys = true;
	if (value[0] == '/')
		return err_set(err, EINVAL,
			"volume-subpath %.200s: must be a relative path inside the volume", value);
	return set(&r->mount.subpath, value, err);
}

static int key_no_copy(struct reading *r, const char *value, struct err *err)
{
	r->has_volume_keys = true;
	return read_bool(r, value, &r->mount.no_copy, err);
}

static int key_driver(struct reading *r, const char *value, struct err *err)
{
	r->has_volume_keys = true;
	return set(&r->mount.driver, value, err);
}

static int key_option(struct reading *r, const char *value, struct err *err)
{
	r->has_volume_keys = true;
	strs_set_env(&r->mount.options, value);
	return strs_failed(&r->mount.options) ? no_memory(err) : 0;
}

static int key_label(struct reading *r, const char *value, struct err *err)
{
	r->has_volume_keys = true;
	strs_set_env(&r->mount.labels, value);
	return strs_failed(&r->mount.labels) ? no_memory(err) : 0;
}

static int key_size(struct reading *r, const char *value, struct err *err)
{
	struct err why;

	r->has_tmpfs_keys = true;
	return size_bytes(value, &r->tmpfs_size, &why) < 0 ? wrong_value(r, value, err) : 0;
}

static int key_mode(struct reading *r, const char *value, struct err *err)
{
	char *end;

	r->has_tmpfs_keys = true;
	r->tmpfs_mode = strtol(value, &end, 8);
	if (!*value || *end || strspn(value, "01234567") != strlen(value) || r->tmpfs_mode > 07777)
		return wrong_value(r, value, err);
	return 0;
}

/* ---- keys ---- */

static const struct key {
	const char *name;
	int (*read)(struct reading *reading, const char *value, struct err *err);
	bool stands_alone; /* means "true" */
} keys[] = {
	{"type", key_type, false},
	{"source", key_source, false},
	{"src", key_source, false},
	{"target", key_target, false},
	{"dst", key_target, false},
	{"destination", key_target, false},
	{"readonly", key_read_only, true},
	{"ro", key_read_only, true},
	{"consistency", key_consistency, false},
	{"bind-propagation", key_propagation, false},
	{"bind-recursive", key_recursive, false},
	{"bind-nonrecursive", key_nonrecursive, true},
	{"bind-create-src", key_create_source, true},
	{"idmap", key_idmap, true},
	{"volume-subpath", key_subpath, false},
	{"volume-nocopy", key_no_copy, true},
	{"volume-driver", key_driver, false},
	{"volume-opt", key_option, false},
	{"volume-label", key_label, false},
	{"tmpfs-size", key_size, false},
	{"tmpfs-mode", key_mode, false},
};

static int read_field(struct reading *r, const char *field, struct err *err)
{
	const char *equals = strchr(field, '=');
	size_t len = equals ? (size_t)(equals - field) : strlen(field);

	for (size_t i = 0; i < array_len(keys); i++) {
		if (strlen(keys[i].name) != len || strncasecmp(keys[i].name, field, len) != 0)
			continue;
		if (!equals && !keys[i].stands_alone)
			break;
		r->key = keys[i].name;
		return keys[i].read(r, equals ? equals + 1 : "true", err);
	}
	if (!equals)
		return err_set(
			err, EINVAL, "invalid field '%.200s' must be a key=value pair", field);
	return err_set(err, EINVAL, "unexpected key '%.*s' in '%.200s'", (int)(len > 60 ? 60 : len),
		field, field);
}

/* ---- the whole ---- */

static int check_mixture(const struct reading *r, struct err *err)
{
	const struct mount_option *mount = &r->mount;
	const char *type = mount_type_name(mount->type), *mixed = NULL;

	if (r->has_volume_keys && mount->type != MOUNT_VOLUME)
		mixed = "volume";
	if (r->has_bind_keys && mount->type != MOUNT_BIND)
		mixed = "bind";
	if (r->has_tmpfs_keys && mount->type != MOUNT_TMPFS)
		mixed = "tmpfs";
	if (mixed)
		return err_set(
			err, EINVAL, "cannot mix '%s-*' options with mount type '%s'", mixed, type);
	if (mount->depth != MOUNT_DEEP_READ_ONLY)
		return 0;
	if (!mount->read_only)
		return err_set(err, EINVAL,
			"option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
	if (!str_eq(mount->propagation, "rprivate"))
		return err_set(err, EINVAL,
			"option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
	return 0;
}

static void add_tmpfs_words(struct reading *r)
{
	struct strs *words = &r->mount.words;

	strs_add(words, "noexec");
	strs_add(words, "nosuid");
	strs_add(words, "nodev");
	if (r->mount.read_only)
		strs_add(words, "ro");
	if (r->tmpfs_mode >= 0)
		strs_addf(words, "mode=%lo", (unsigned long)r->tmpfs_mode);
	if (r->tmpfs_size)
		strs_addf(words, "size=%lld", (long long)r->tmpfs_size);
}

static int finish(struct reading *r, struct err *err)
{
	struct mount_option *mount = &r->mount;

	if (!mount->target || !*mount->target)
		return err_set(err, EINVAL, "target is required");
	/* An empty source is none. */
	if (mount->source && !*mount->source) {
		free(mount->source);
		mount->source = NULL;
	}
	if (check_mixture(r, err) < 0 || mount_check(mount, err) < 0)
		return err->code;
	if (mount->type == MOUNT_VOLUME && mount->source &&
		mount_option_check_name(mount->source, err) < 0)
		return err->code;
	if (mount->type == MOUNT_TMPFS)
		add_tmpfs_words(r);
	return strs_failed(&mount->words) ? no_memory(err) : 0;
}

static int read_all(struct reading *r, const char *text, struct err *err)
{
	auto_buf field = BUF_INIT;

	if (set(&r->mount.mode, "", err) < 0)
		return err->code;
	for (const char *at = text; *at;) {
		if (next_field(text, &at, &field, err) < 0)
			return err->code;
		if (buf_failed(&field))
			return no_memory(err);
		if (read_field(r, buf_text(&field), err) < 0)
			return err->code;
	}
	return finish(r, err);
}

int mount_option_mount(const char *text, struct mount_option *out, struct err *err)
{
	struct reading reading = {.mount = {.type = MOUNT_VOLUME}, .tmpfs_mode = -1};
	struct err why; /* the caller may not want to know */

	err = err ? err : &why;
	if (read_all(&reading, text, err) < 0) {
		mount_option_fini(&reading.mount);
		return err->code;
	}
	*out = reading.mount;
	return 0;
}
