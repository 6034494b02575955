#include "core/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/inspect.h"
#include "core/names.h"
#include "util/json.h"
#include "util/own.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "mounts: out of memory");
}

static void point_fini(struct mount_point *point)
{
	mount_option_fini(&point->option);
	free(point->name);
}

void mounts_fini(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->len; i++)
		point_fini(&mounts->v[i]);
	free(mounts->v);
	*mounts = (struct mounts){0};
}

static struct mount_point *find(const struct mounts *mounts, const char *target)
{
	for (size_t i = 0; i < mounts->len; i++)
		if (str_eq(mounts->v[i].option.target, target))
			return &mounts->v[i];
	return NULL;
}

bool mounts_cover(const struct mounts *mounts, const char *target)
{
	return find(mounts, target);
}

/* Takes the point over, also when it fails. */
static int add(struct mounts *to, struct mount_point *point, struct err *err)
{
	struct mount_point *grown = reallocarray(to->v, to->len + 1, sizeof(*grown));

	if (!grown) {
		point_fini(point);
		return no_memory(err);
	}
	to->v = grown;
	to->v[to->len++] = *point;
	return 0;
}

/* ---- asked for ---- */

static int name_volume(struct mount_point *point, struct err *err)
{
	char id[65];

	if (point->option.type != MOUNT_VOLUME)
		return 0;
	if (point->option.driver && *point->option.driver && !str_eq(point->option.driver, "local"))
		return err_set(err, ENOENT,
			"error looking up volume plugin %.60s: plugin \"%.60s\" not found",
			point->option.driver, point->option.driver);
	point->is_anonymous = !point->option.source;
	if (point->is_anonymous && names_new_id(id) < 0)
		return err_sys(err, "make a volume's name");
	point->name = strdup(point->is_anonymous ? id : point->option.source);
	return point->name ? 0 : no_memory(err);
}

typedef int (*parse_fn)(const char *text, struct mount_option *out, struct err *err);

/* A volume that -v asks for without a name only fills a gap, and so comes later (bare: those
 * alone). */
static int add_asked(
	struct mounts *to, const struct strs *list, parse_fn parse, bool bare, struct err *err)
{
	for (size_t i = 0; i < list->len; i++) {
		struct mount_point point = {.is_extra = parse == mount_option_mount};
		int failed = parse(list->v[i], &point.option, err);
		bool is_bare = parse == mount_option_volume && !point.option.source;

		if (failed)
			return failed;
		if (is_bare != bare || (bare && find(to, point.option.target))) {
			point_fini(&point);
			continue;
		}
		failed = find(to, point.option.target)
				 ? err_set(err, EINVAL, "Duplicate mount point: %.200s",
					   point.option.target)
				 : name_volume(&point, err);
		if (failed) {
			point_fini(&point);
			return failed;
		}
		failed = add(to, &point, err);
		if (failed)
			return failed;
	}
	return 0;
}

/* ---- from another container ---- */

static enum mount_type type_of(const char *name)
{
	for (int type = MOUNT_BIND; type <= MOUNT_TMPFS; type++)
		if (str_eq(name, mount_type_name((enum mount_type)type)))
			return (enum mount_type)type;
	return MOUNT_TMPFS;
}

/* What --mount said about this target when the other container was made. */
static const cJSON *extra_of(const cJSON *object, const char *target)
{
	const cJSON *extra, *list = json_array(json_object(object, "HostConfig"), "Mounts");

	cJSON_ArrayForEach(extra, list)
		if (str_eq(json_str(extra, "Target"), target))
			return extra;
	return NULL;
}

static enum mount_depth depth_of(const cJSON *bind)
{
	if (json_is_true(bind, "NonRecursive"))
		return MOUNT_FLAT;
	if (json_is_true(bind, "ReadOnlyForceRecursive"))
		return MOUNT_DEEP_READ_ONLY;
	return json_is_true(bind, "ReadOnlyNonRecursive") ? MOUNT_DEEP_WRITABLE : MOUNT_DEEP;
}

static char *copy_of(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

/* Each propagation is one of the parser's own words. */
static const char *propagation_of(const cJSON *mount)
{
	static const char *const words[] = {
		"private", "shared", "rshared", "slave", "rslave", "rprivate"};
	const char *word = json_str_or(mount, "Propagation", "");

	for (size_t i = 0; i < array_len(words); i++)
		if (str_eq(words[i], word))
			return words[i];
	return NULL;
}

static int add_lent(
	struct mounts *to, const cJSON *mount, const cJSON *extra, bool read_only, struct err *err)
{
	struct mount_point point = {.is_taken = true, .is_extra = false};
	struct mount_option *option = &point.option;
	const char *target = json_str_or(mount, "Destination", "");

	option->type = type_of(json_str_or(mount, "Type", ""));
	if (option->type == MOUNT_TMPFS)
		return 0; /* its files are the other container's own */
	point.name = copy_of(json_str(mount, "Name"));
	point.is_anonymous = json_is_true(mount, "Anonymous");
	option->source = copy_of(json_str(mount, "Source"));
	option->target = strdup(target);
	option->mode = strdup(json_str_or(mount, "Mode", ""));
	option->subpath = copy_of(json_str(json_object(extra, "VolumeOptions"), "Subpath"));
	option->propagation = propagation_of(mount);
	option->depth = depth_of(json_object(extra, "BindOptions"));
	option->read_only = read_only || !json_is_true(mount, "RW");
	option->no_copy = true;
	if (!option->source || !option->target || !option->mode ||
		(option->type == MOUNT_VOLUME && !point.name)) {
		point_fini(&point);
		return no_memory(err);
	}
	return add(to, &point, err);
}

static void drop(struct mounts *from, struct mount_point *point)
{
	size_t left = (size_t)(from->v + from->len - (point + 1));

	point_fini(point);
	memmove(point, point + 1, left * sizeof(*point));
	from->len--;
}

static int add_from(
	struct engine *engine, struct mounts *to, const char *who, bool read_only, struct err *err)
{
	auto_json *object = NULL;
	struct row row;
	unsigned number;
	const cJSON *mount;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (!failed)
		failed = inspect_fixed(engine, row.id, &object, err);
	if (failed)
		return failed;
	cJSON_ArrayForEach(mount, json_array(object, "Mounts")) {
		const char *target = json_str_or(mount, "Destination", "");
		struct mount_point *there = find(to, target);

		if (there && !there->is_taken)
			continue;
		if (there)
			drop(to, there);
		failed = add_lent(to, mount, extra_of(object, target), read_only, err);
		if (failed)
			return failed;
	}
	return 0;
}

static int add_all_from(
	struct engine *engine, struct mounts *to, const struct strs *list, struct err *err)
{
	for (size_t i = 0; i < list->len; i++) {
		auto_free char *who = NULL;
		bool read_only;
		int failed = mount_option_from(list->v[i], &who, &read_only, err);

		if (!failed)
			failed = add_from(engine, to, who, read_only, err);
		if (failed)
			return failed;
	}
	return 0;
}

/* ---- all of them ---- */

/* An image's word is a stranger's: it names a place in the container and nothing of the host. */
static int add_of_image(struct mounts *to, const struct image *image, struct err *err)
{
	for (size_t i = 0; i < image->config.volumes.len; i++) {
		struct mount_point point = {0};
		const char *target = image->config.volumes.v[i];
		int failed = strchr(target, ':')
				     ? err_set(err, EINVAL,
					       "the image's volume \"%.100s\" is no path", target)
				     : mount_option_volume(target, &point.option, err);

		if (failed)
			return err_in(err, "image %.64s", image->id);
		if (find(to, point.option.target)) {
			point_fini(&point);
			continue;
		}
		failed = name_volume(&point, err);
		if (failed) {
			point_fini(&point);
			return failed;
		}
		failed = add(to, &point, err);
		if (failed)
			return failed;
	}
	return 0;
}

int mounts_gather(struct engine *engine, const struct container_request *request,
	const struct image *image, struct mounts *out, struct err *err)
{
	struct mounts mounts = {0};
	int failed = add_asked(&mounts, &request->binds, mount_option_volume, false, err);

	if (!failed)
		failed = add_asked(&mounts, &request->mounts, mount_option_mount, false, err);
	if (!failed)
		failed = add_asked(&mounts, &request->tmpfs, mount_option_tmpfs, false, err);
	if (!failed)
		failed = add_all_from(engine, &mounts, &request->volumes_from, err);
	if (!failed)
		failed = add_asked(&mounts, &request->binds, mount_option_volume, true, err);
	if (!failed)
		failed = add_of_image(&mounts, image, err);
	if (failed)
		mounts_fini(&mounts);
	else
		*out = mounts;
	return failed;
}
