#include "core/image_hint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/image_private.h"
#include "core/store_private.h"
#include "util/buf.h"
#include "util/json.h"
#include "util/path.h"

static const char magic[8] = "dvhint1";

/* Clocks of file systems tick every 1 to 10 ms: a file written twice within a tick may look the
 * same after the second time. */
#define STILL_NS 50000000ll

static int64_t ns_of(struct timespec time)
{
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* Times in whole seconds come from a file system that keeps no better ones. */
static bool is_still(const struct stat *st, int64_t now)
{
	return st->st_mtim.tv_nsec && ns_of(st->st_mtim) + STILL_NS < now;
}

void image_mark(const struct store *store, struct image_mark *mark)
{
	static const char *const names[] = {"images.db", "images.db-wal"};
	struct timespec now;

	memset(mark, 0, sizeof(*mark));
	if (store->db) /* it answers at once, and may be amid a transaction that no file shows */
		return;
	memcpy(mark->facts.magic, magic, sizeof(magic));
	snprintf(mark->facts.boot, sizeof(mark->facts.boot), "%s", store_boot_id(store));
	clock_gettime(CLOCK_REALTIME, &now);
	mark->lasting = true;
	for (size_t i = 0; i < array_len(names); i++) {
		struct stat st;

		if (fstatat(store_fd(store), names[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			return;
		mark->facts.files[i].device = st.st_dev;
		mark->facts.files[i].inode = st.st_ino;
		mark->facts.files[i].size = (uint64_t)st.st_size;
		mark->facts.files[i].modified_ns = ns_of(st.st_mtim);
		mark->lasting = mark->lasting && is_still(&st, ns_of(now));
	}
	mark->usable = true;
}

/* FNV-1a, folded: texts that meet in one file only take turns. */
static void name_of(const char *text, char name[16])
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	snprintf(name, 16, "image.%02x", (hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & 0xff);
}

/* ---- the document behind the facts ---- */

static double number(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static void text_of(const cJSON *object, const char *key, char *to, size_t room)
{
	snprintf(to, room, "%s", json_str_or(object, key, ""));
}

static int read_lists(const cJSON *from, struct image *image)
{
	return json_strs(json_array(from, "tags"), &image->tags) |
	       json_strs(json_array(from, "digests"), &image->digests) |
	       json_strs(json_array(from, "layers"), &image->layers);
}

/* Takes json over. */
static struct image *image_from(cJSON *json)
{
	auto_of(image) struct image *image = image_new();
	struct err err;

	if (!image) {
		cJSON_Delete(json);
		return NULL;
	}
	text_of(json, "id", image->id, sizeof(image->id));
	text_of(json, "manifest", image->manifest, sizeof(image->manifest));
	text_of(json, "os", image->os, sizeof(image->os));
	text_of(json, "architecture", image->architecture, sizeof(image->architecture));
	text_of(json, "variant", image->variant, sizeof(image->variant));
	image->created = (int64_t)number(json, "created");
	image->added = (int64_t)number(json, "added");
	image->size = (uint64_t)number(json, "size");
	image->content_size = (uint64_t)number(json, "content_size");
	image->root_mode = (mode_t)number(json, "root_mode");
	image->root_uid = (uid_t)number(json, "root_uid");
	image->root_gid = (gid_t)number(json, "root_gid");
	image->settled = true;
	if (image_read_config(image, json, json_object(json, "config"), &err) < 0 ||
		read_lists(json, image))
		return NULL;
	return take(image);
}

static void add_list(cJSON *to, const char *key, const struct strs *list)
{
	cJSON_AddItemToObject(
		to, key, cJSON_CreateStringArray((const char *const *)list->v, (int)list->len));
}

static char *document(const char *text, const struct image *image)
{
	cJSON *json = cJSON_CreateObject();
	char *printed;

	cJSON_AddStringToObject(json, "asked", text);
	cJSON_AddStringToObject(json, "id", image->id);
	cJSON_AddStringToObject(json, "manifest", image->manifest);
	cJSON_AddStringToObject(json, "os", image->os);
	cJSON_AddStringToObject(json, "architecture", image->architecture);
	cJSON_AddStringToObject(json, "variant", image->variant);
	cJSON_AddNumberToObject(json, "created", (double)image->created);
	cJSON_AddNumberToObject(json, "added", (double)image->added);
	cJSON_AddNumberToObject(json, "size", (double)image->size);
	cJSON_AddNumberToObject(json, "content_size", (double)image->content_size);
	cJSON_AddNumberToObject(json, "root_mode", image->root_mode);
	cJSON_AddNumberToObject(json, "root_uid", image->root_uid);
	cJSON_AddNumberToObject(json, "root_gid", image->root_gid);
	add_list(json, "tags", &image->tags);
	add_list(json, "digests", &image->digests);
	add_list(json, "layers", &image->layers);
	cJSON_AddItemToObject(json, "config", cJSON_Duplicate(image->config.raw, true));
	printed = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	return printed;
}

/* ---- recall and remember ---- */

bool image_recall(const struct store *store, const struct image_mark *mark, const char *text,
	struct image **out)
{
	auto_buf hint = BUF_INIT;
	char name[16];
	cJSON *json;
	struct err err;

	if (!mark->usable)
		return false;
	name_of(text, name);
	if (path_read_at(store_dir(store, STORE_CACHE), name, JSON_MAX, &hint) < 0 ||
		hint.len <= sizeof(mark->facts) ||
		memcmp(hint.data, &mark->facts, sizeof(mark->facts)) != 0 ||
		json_parse(hint.data + sizeof(mark->facts), hint.len - sizeof(mark->facts), &json,
			&err) < 0)
		return false;
	if (!str_eq(json_str(json, "asked"), text) || !json_str(json, "id") ||
		!json_array(json, "layers") || !json_object(json, "config")) {
		cJSON_Delete(json);
		return false;
	}
	*out = image_from(json);
	return *out != NULL;
}

void image_remember(const struct store *store, const struct image_mark *mark, const char *text,
	const struct image *image)
{
	auto_buf hint = BUF_INIT;
	char name[16], *json;

	if (!mark->usable || !mark->lasting || !image->settled)
		return;
	json = document(text, image);
	if (!json)
		return;
	buf_add(&hint, &mark->facts, sizeof(mark->facts));
	buf_adds(&hint, json);
	cJSON_free(json);
	name_of(text, name);
	if (!buf_failed(&hint))
		path_replace_at(store_dir(store, STORE_CACHE), name, hint.data, hint.len, 0600);
}
