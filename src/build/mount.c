/* RUN --mount=type=cache,target=/x: comma-separated values, quoted as in a CSV file. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "build/command.h"
#include "build/csv.h"
#include "build/number.h"
#include "build/quote.h"
#include "build/suggest.h"

static const char *const kinds[] = {
	[BUILD_MOUNT_BIND] = "bind",
	[BUILD_MOUNT_CACHE] = "cache",
	[BUILD_MOUNT_TMPFS] = "tmpfs",
	[BUILD_MOUNT_SECRET] = "secret",
	[BUILD_MOUNT_SSH] = "ssh",
};
static const char *const sharings[] = {
	[BUILD_SHARED] = "shared",
	[BUILD_PRIVATE] = "private",
	[BUILD_LOCKED] = "locked",
};

enum key {
	KEY_TYPE,
	KEY_FROM,
	KEY_SOURCE,
	KEY_TARGET,
	KEY_READ_ONLY,
	KEY_READ_WRITE,
	KEY_ID,
	KEY_SHARING,
	KEY_REQUIRED,
	KEY_SIZE,
	KEY_MODE,
	KEY_UID,
	KEY_GID,
	KEY_ENV,
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {{"type", KEY_TYPE}, {"from", KEY_FROM}, {"source", KEY_SOURCE}, {"src", KEY_SOURCE},
	{"target", KEY_TARGET}, {"dst", KEY_TARGET}, {"destination", KEY_TARGET},
	{"readonly", KEY_READ_ONLY}, {"ro", KEY_READ_ONLY}, {"readwrite", KEY_READ_WRITE},
	{"rw", KEY_READ_WRITE}, {"id", KEY_ID}, {"sharing", KEY_SHARING},
	{"required", KEY_REQUIRED}, {"size", KEY_SIZE}, {"mode", KEY_MODE}, {"uid", KEY_UID},
	{"gid", KEY_GID}, {"env", KEY_ENV}};

struct reading {
	const struct mount_words *words;
	struct arena *arena;
	struct mount_request *out;
	struct err *err;
	bool says_access, says_sharing;
};

/* ---- fields ---- */

/* One field of a CSV record. */
static int next_field(const char *text, size_t *at, struct buf *field, struct err *err)
{
	int failed = csv_field(text, at, field, err);

	return failed == -EINVAL ? err_in(err, "failed to parse csv mounts") : failed;
}

/* ---- values ---- */

static int bad_value(struct reading *r, const char *key, const char *value)
{
	return err_set(r->err, EINVAL, "invalid value for %s: %.100s", key, value);
}

static int unexpected_for_kind(struct reading *r, const char *key)
{
	return err_set(r->err, EINVAL, "unexpected key '%s' for mount type '%s'", key,
		kinds[r->out->mount.kind]);
}

static int unexpected_key(struct reading *r, const char *key, const char *field)
{
	const char *names[array_len(keys)], *meant;

	for (size_t i = 0; i < array_len(keys); i++)
		names[i] = keys[i].name;
	meant = suggest(key, names, array_len(keys), true);
	if (meant)
		return err_set(r->err, EINVAL,
			"unexpected key '%.100s' in '%.100s' (did you mean %s?)", key, field,
			meant);
	return err_set(r->err, EINVAL, "unexpected key '%.100s' in '%.100s'", key, field);
}

/* -1: it is none of them, and the sentence says which it may have been. */
static int one_of(struct reading *r, const char *what, const char *value, const char *const *names,
	size_t len)
{
	auto_buf quoted = BUF_INIT;
	const char *meant;

	for (size_t i = 0; i < len; i++)
		if (strcasecmp(value, names[i]) == 0)
			return (int)i;
	quote_add(&quoted, piece_of(value));
	meant = suggest(value, names, len, true);
	err_set(r->err, EINVAL, "unsupported %s %.100s%s%s%s", what, buf_text(&quoted),
		meant ? " (did you mean " : "", meant ? meant : "", meant ? "?)" : "");
	return -1;
}

static int set_number(
	struct reading *r, const char *name, const char *value, int base, int64_t *out)
{
	uint64_t number;

	if (!number_whole(value, base, UINT32_MAX, &number))
		return err_set(r->err, EINVAL, "invalid value %.100s for %s", value, name);
	*out = (int64_t)number;
	return 0;
}

static int set_access(struct reading *r, const char *name, const char *value, bool writes)
{
	bool on;

	if (!number_bool(value, &on))
		return bad_value(r, name, value);
	r->out->mount.read_only = on != writes;
	r->says_access = true;
	return 0;
}

static int set_required(struct reading *r, const char *name, const char *value)
{
	struct build_mount *mount = &r->out->mount;

	if (mount->kind != BUILD_MOUNT_SECRET && mount->kind != BUILD_MOUNT_SSH)
		return unexpected_for_kind(r, name);
	return number_bool(value, &mount->required) ? 0 : bad_value(r, name, value);
}

static int set_size(struct reading *r, const char *name, const char *value)
{
	struct build_mount *mount = &r->out->mount;

	if (mount->kind != BUILD_MOUNT_TMPFS)
		return unexpected_for_kind(r, name);
	return number_bytes(value, &mount->size) ? 0 : bad_value(r, name, value);
}

static int set_named(struct reading *r, enum key key, const char *value)
{
	int which = key == KEY_TYPE
			    ? one_of(r, "mount type", value, kinds, array_len(kinds))
			    : one_of(r, "sharing value", value, sharings, array_len(sharings));

	if (which < 0)
		return r->err->code;
	if (key == KEY_TYPE) {
		r->out->mount.kind = (enum build_mount_kind)which;
	} else {
		r->out->mount.sharing = (enum build_sharing)which;
		r->says_sharing = true;
	}
	return 0;
}

static int set(struct reading *r, enum key key, const char *name, const char *value)
{
	struct build_mount *mount = &r->out->mount;

	switch (key) {
	case KEY_TYPE:
	case KEY_SHARING:
		return set_named(r, key, value);
	case KEY_FROM:
		r->out->from = value;
		return 0;
	case KEY_SOURCE:
		r->out->source = value;
		return 0;
	case KEY_TARGET:
		r->out->target = value;
		return 0;
	case KEY_READ_ONLY:
	case KEY_READ_WRITE:
		return set_access(r, name, value, key == KEY_READ_WRITE);
	case KEY_ID:
		mount->id = value;
		return 0;
	case KEY_REQUIRED:
		return set_required(r, name, value);
	case KEY_SIZE:
		return set_size(r, name, value);
	case KEY_MODE:
		return set_number(r, name, value, 8, &mount->mode);
	case KEY_UID:
		return set_number(r, name, value, 10, &mount->uid);
	case KEY_GID:
		return set_number(r, name, value, 10, &mount->gid);
	case KEY_ENV:
		if (mount->kind != BUILD_MOUNT_SECRET)
			return unexpected_for_kind(r, name);
		mount->env = value;
		return 0;
	}
	return 0;
}

/* A word without "=" is a switch. */
static int set_switch(struct reading *r, enum key key, const char *name, const char *field)
{
	switch (key) {
	case KEY_READ_ONLY:
	case KEY_READ_WRITE:
	case KEY_REQUIRED:
		return set(r, key, name, "true");
	default:
		return err_set(
			r->err, EINVAL, "invalid field '%.100s' must be a key=value pair", field);
	}
}

static bool find_key(const char *name, enum key *out)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (strcasecmp(name, keys[i].name) == 0) {
			*out = keys[i].key;
			return true;
		}
	return false;
}

static int check_early(struct reading *r, const char *name, const char *value)
{
	const char *dollar = strchr(value, '$');

	if (dollar && dollar[1])
		return err_set(r->err, EINVAL,
			"'%s' doesn't support variable expansion, define alias stage instead",
			name);
	return 0;
}

static int read_field(struct reading *r, const struct buf *field)
{
	const char *text = arena_copy(r->arena, buf_text(field), field->len), *value;
	char *name, *equals;
	enum key key;

	name = text ? arena_copy(r->arena, text, field->len) : NULL;
	if (!name)
		return err_set(r->err, ENOMEM, "out of memory");
	equals = strchr(name, '=');
	if (equals)
		*equals = '\0';
	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	value = text + strlen(name) + (equals != NULL);
	if (!r->words)
		return equals && strcmp(name, "from") == 0 ? check_early(r, name, value) : 0;
	if (!find_key(name, &key))
		return equals ? unexpected_key(r, name, text)
			      : err_set(r->err, EINVAL,
					"invalid field '%.100s' must be a key=value pair", text);
	if (!equals)
		return set_switch(r, key, name, text);
	if (r->words->expand(r->words->context, value, &value, r->err) < 0)
		return r->err->code;
	return set(r, key, name, value);
}

/* ---- the whole ---- */

static int not_allowed(struct reading *r, const char *what)
{
	return err_set(r->err, EINVAL, "%s not allowed for \"%s\" type mounts", what,
		kinds[r->out->mount.kind]);
}

static int check(struct reading *r)
{
	struct build_mount *mount = &r->out->mount;

	if (mount->kind == BUILD_MOUNT_BIND || mount->kind == BUILD_MOUNT_TMPFS) {
		if (mount->mode >= 0)
			return not_allowed(r, "mode");
		if (mount->uid >= 0)
			return not_allowed(r, "uid");
		if (mount->gid >= 0)
			return not_allowed(r, "gid");
	}
	if (mount->kind == BUILD_MOUNT_SECRET) {
		if (r->out->from && *r->out->from)
			return err_set(r->err, EINVAL, "secret mount should not have a from");
		if (r->says_sharing)
			return err_set(r->err, EINVAL, "secret mount should not define sharing");
		if (!r->out->source && !r->out->target && !mount->id)
			return err_set(r->err, EINVAL,
				"invalid secret mount. one of source, target required");
		if (r->out->source && mount->id)
			return err_set(r->err, EINVAL, "both source and id can't be set");
	}
	if (r->says_sharing && mount->kind != BUILD_MOUNT_CACHE)
		return err_set(r->err, EINVAL, "invalid cache sharing set for %s mount",
			kinds[mount->kind]);
	if (!r->says_access)
		mount->read_only =
			mount->kind != BUILD_MOUNT_CACHE && mount->kind != BUILD_MOUNT_TMPFS;
	return 0;
}

int mount_read(const char *text, const struct mount_words *words, struct arena *arena,
	struct mount_request *out, struct err *err)
{
	struct reading r = {.words = words, .arena = arena, .out = out, .err = err};
	auto_buf field = BUF_INIT;
	size_t at = 0;

	*out = (struct mount_request){
		.mount = {.from = BUILD_NONE, .mode = -1, .uid = -1, .gid = -1}};
	for (;;) {
		if (next_field(text, &at, &field, err) < 0 || read_field(&r, &field) < 0)
			return err->code;
		if (!text[at])
			break;
		at++;
	}
	return words ? check(&r) : 0;
}

int mount_from(const char *text, struct arena *arena, const char **out, struct err *err)
{
	auto_buf field = BUF_INIT;
	size_t at = 0;

	for (*out = NULL;; at++) {
		if (next_field(text, &at, &field, err) < 0)
			return err->code;
		if (strncasecmp(buf_text(&field), "from=", 5) == 0)
			*out = arena_copy(arena, buf_text(&field) + 5, field.len - 5);
		if (!text[at])
			return 0;
	}
}
