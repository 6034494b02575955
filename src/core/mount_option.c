#include "core/mount_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/mount_parts.h"
#include "util/buf.h"
#include "util/own.h"

const char *mount_type_name(enum mount_type type)
{
	static const char *const names[] = {
		[MOUNT_BIND] = "bind", [MOUNT_VOLUME] = "volume", [MOUNT_TMPFS] = "tmpfs"};

	return names[type];
}

void mount_option_fini(struct mount_option *mount)
{
	free(mount->source);
	free(mount->target);
	free(mount->mode);
	free(mount->driver);
	free(mount->subpath);
	free(mount->idmap);
	strs_fini(&mount->words);
	strs_fini(&mount->options);
	strs_fini(&mount->labels);
	*mount = (struct mount_option){0};
}

/* ---- what every form is checked for ---- */

const char *mount_propagation(const char *word)
{
	static const char *const words[] = {
		"private", "rprivate", "shared", "rshared", "slave", "rslave"};

	for (size_t i = 0; i < array_len(words); i++)
		if (str_eq(words[i], word))
			return words[i];
	return NULL;
}

/* Like Go's path.Clean: what docker compares and shows. */
char *mount_clean(const char *path)
{
	auto_buf out = BUF_INIT;

	buf_adds(&out, ""); /* data is there even for an empty path */
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && memcmp(path, "..", 2) == 0) {
			const char *slash = out.len ? memrchr(out.data, '/', out.len) : NULL;

			out.len = slash ? (size_t)(slash - out.data) : 0;
		} else if (len && !(len == 1 && path[0] == '.')) {
			buf_addc(&out, '/');
			buf_add(&out, path, len);
		}
		path += len + (path[len] == '/');
	}
	if (!out.len)
		buf_addc(&out, '/');
	else if (out.data)
		out.data[out.len] = '\0';
	return buf_take(&out);
}

static int check_target(struct mount_option *mount, struct err *err)
{
	char *clean;

	if (!mount->target || !*mount->target)
		return err_set(err, EINVAL, "field Target must not be empty");
	if (mount->target[0] != '/')
		return err_set(err, EINVAL,
			"invalid mount path: '%.200s' mount path must be absolute", mount->target);
	clean = mount_clean(mount->target);
	if (!clean)
		return err_set(err, ENOMEM, "out of memory");
	free(mount->target);
	mount->target = clean;
	if (str_eq(clean, "/"))
		return err_set(err, EINVAL, "invalid specification: destination can't be '/'");
	return 0;
}

/* A volume has the ids that its containers know, whatever their maps are. */
static int check_idmap(const struct mount_option *mount, struct err *err)
{
	auto_idmap idmap = {0};

	if (!mount->idmap)
		return 0;
	if (mount->type == MOUNT_TMPFS)
		return err_set(err, EINVAL, "idmap: a tmpfs belongs to the container already");
	if (mount->type == MOUNT_VOLUME && *mount->idmap)
		return err_set(err, ENOTSUP,
			"idmap=%.100s: a volume has the ids that its containers know: maps are for binds",
			mount->idmap);
	if (mount->propagation && strstr(mount->propagation, "shared"))
		return err_set(err, EINVAL,
			"idmap: what is shared with the host has the host's owners: use another propagation");
	return idmap_read(mount->idmap, &idmap, err);
}

static int check_source(const struct mount_option *mount, struct err *err)
{
	switch (mount->type) {
	case MOUNT_BIND:
		if (!mount->source)
			return err_set(err, EINVAL, "field Source must not be empty");
		if (mount->source[0] != '/')
			return err_set(err, EINVAL,
				"invalid mount path: '%.200s' mount path must be absolute",
				mount->source);
		return 0;
	case MOUNT_VOLUME:
		if (!mount->source && mount->read_only)
			return err_set(err, EINVAL,
				"must not set ReadOnly mode when using anonymous volumes");
		return 0;
	case MOUNT_TMPFS:
		if (mount->source)
			return err_set(err, EINVAL, "field Source must not be specified");
		return 0;
	}
	return 0;
}

int mount_check(struct mount_option *mount, struct err *err)
{
	int failed = check_target(mount, err);

	if (!failed)
		failed = check_source(mount, err);
	if (!failed)
		failed = check_idmap(mount, err);
	if (failed)
		err_in(err, "invalid mount config for type \"%s\"", mount_type_name(mount->type));
	return failed;
}

int mount_option_check_name(const char *name, struct err *err)
{
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (strlen(name) == 1)
		return err_set(err, EINVAL,
			"create %s: volume name is too short, names should be at least two alphanumeric characters",
			name);
	if (!*name || strchr("_.-", name[0]) || strspn(name, rest) != strlen(name))
		return err_set(err, EINVAL,
			"create %.100s: \"%.100s\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path",
			name, name);
	if (strlen(name) > 255)
		return err_set(err, ENAMETOOLONG,
			"create %.20s…: the name of a volume has 255 characters at most", name);
	return 0;
}

/* ---- -v ---- */

static bool set_idmap(struct mount_option *mount, const char *value)
{
	mount->idmap = strdup(value + (*value == '='));
	return mount->idmap;
}

/* podman's "U" gives the whole source away for good. */
static bool asks_to_chown(const char *mode)
{
	for (; *mode; mode += strcspn(mode, ","), mode += *mode == ',')
		if (strcspn(mode, ",") == 1 && *mode == 'U')
			return true;
	return false;
}

/* One word of each kind at most; consistency words of other systems mean nothing here. */
static bool read_mode(const char *mode, struct mount_option *mount)
{
	static const struct {
		const char *word;
		unsigned kind;
	} words[] = {{"rw", 1}, {"ro", 1}, {"z", 2}, {"Z", 2}, {"nocopy", 4}, {"consistent", 8},
		{"cached", 8}, {"delegated", 8}};
	unsigned seen = 0;

	while (*mode) {
		size_t len = strcspn(mode, ",");
		auto_free char *word = strndup(mode, len);
		const char *propagation = word ? mount_propagation(word) : NULL;
		unsigned kind = propagation ? 16 : 0;

		for (size_t i = 0; word && i < array_len(words); i++)
			if (str_eq(words[i].word, word))
				kind = words[i].kind;
		if (word && (str_eq(word, "idmap") || str_has_prefix(word, "idmap=")))
			kind = 32;
		if (!kind || seen & kind)
			return false;
		if (kind == 32 && !set_idmap(mount, word + strlen("idmap")))
			return false;
		seen |= kind;
		mount->read_only |= str_eq(word, "ro");
		mount->no_copy |= str_eq(word, "nocopy");
		mount->propagation = propagation ? propagation : mount->propagation;
		mode += len + (mode[len] == ',');
		if (mode[-1] == ',' && !*mode)
			return false;
	}
	return true;
}

static int bad_spec(const char *text, struct err *err)
{
	return err_set(err, EINVAL, "invalid volume specification: '%.300s'", text);
}

/* SOURCE, TARGET and MODE as they stand between the colons. */
static int split_volume(const char *text, struct mount_option *mount, struct err *err)
{
	auto_mount_option probe = {0};
	const char *first = strchr(text, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	const char *end = second ? second : text + strlen(text);

	if (!*text || first == text || (second && strchr(second + 1, ':')))
		return bad_spec(text, err);
	/* A target and a mode alone are no volume. */
	if (first && !second && (!first[1] || read_mode(first + 1, &probe)))
		return bad_spec(text, err);
	if (first) {
		mount->source = strndup(text, (size_t)(first - text));
		mount->target = strndup(first + 1, (size_t)(end - first) - 1);
	} else {
		mount->target = strdup(text);
	}
	mount->mode = strdup(second ? second + 1 : "");
	return !mount->target || !mount->mode || (first && !mount->source)
		       ? err_set(err, ENOMEM, "-v: out of memory")
		       : 0;
}

int mount_option_volume(const char *text, struct mount_option *out, struct err *err)
{
	auto_mount_option mount = {.type = MOUNT_VOLUME, .makes_source = true};
	struct err why; /* the caller may not want to know */
	int failed;

	err = err ? err : &why;
	failed = split_volume(text, &mount, err);
	if (failed)
		return failed;
	if (asks_to_chown(mount.mode))
		return err_set(err, ENOTSUP,
			"invalid mode: %.200s: changing the owner of all that lies in a source (U) is not supported: show it with the owners you want by idmap",
			mount.mode);
	if (!read_mode(mount.mode, &mount))
		return err_set(err, EINVAL, "invalid mode: %.200s", mount.mode);
	if (mount.source && mount.source[0] == '/')
		mount.type = MOUNT_BIND;
	failed = mount_check(&mount, err);
	if (!failed && mount.type == MOUNT_BIND && mount.no_copy)
		failed = err_set(err, EINVAL, "invalid mode: %.200s", mount.mode);
	if (!failed && mount.type == MOUNT_VOLUME && mount.propagation)
		failed = err_set(err, EINVAL, "invalid mode: %.200s", mount.mode);
	if (failed && failed != -ENOMEM)
		return err_in(err, "invalid volume specification: '%.200s'", text);
	if (failed)
		return failed;
	if (mount.type == MOUNT_VOLUME && mount.source &&
		mount_option_check_name(mount.source, err) < 0)
		return err->code;
	*out = mount;
	mount = (struct mount_option){0};
	return 0;
}

/* ---- --tmpfs ---- */

int mount_option_tmpfs(const char *text, struct mount_option *out, struct err *err)
{
	auto_mount_option mount = {.type = MOUNT_TMPFS};
	const char *colon = strchr(text, ':');
	struct err why;

	err = err ? err : &why;
	mount.target = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	mount.mode = strdup("");
	if (!mount.target || !mount.mode)
		return err_set(err, ENOMEM, "--tmpfs: out of memory");
	if (mount_check(&mount, err) < 0)
		return err->code;
	strs_add(&mount.words, "noexec");
	strs_add(&mount.words, "nosuid");
	strs_add(&mount.words, "nodev");
	for (const char *word = colon ? colon + 1 : ""; *word;) {
		size_t len = strcspn(word, ",");

		if (len)
			strs_addf(&mount.words, "%.*s", (int)len, word);
		word += len + (word[len] == ',');
	}
	if (strs_failed(&mount.words))
		return err_set(err, ENOMEM, "--tmpfs: out of memory");
	*out = mount;
	mount = (struct mount_option){0};
	return 0;
}

/* ---- --volumes-from ---- */

int mount_option_from(const char *text, char **who, bool *read_only, struct err *err)
{
	auto_mount_option mount = {0};
	const char *colon = strchr(text, ':');

	if (!*text || colon == text)
		return err_set(err, EINVAL, "malformed volumes-from specification: %.200s", text);
	if (colon && (!colon[1] || !read_mode(colon + 1, &mount) || mount.propagation ||
			     mount.no_copy || mount.idmap))
		return err_set(err, EINVAL, "invalid mode: %.200s", colon + 1);
	*read_only = mount.read_only;
	*who = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	return *who ? 0 : err_set(err, ENOMEM, "--volumes-from: out of memory");
}
