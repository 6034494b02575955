/* image_list.c - every image of a store, newest first.
 *
 * One statement, so that images and names are of one moment; three plain scans of it and a binary
 * search a name cost a third of asking for each image's names in turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "core/image_private.h"
#include "core/store_db.h"

/* A name's row is an image's, too: the id, the name, and nothing where there are other facts. */
#define NAME_ONLY ", 0, 0, 0, 0, '', '', '', 0, 0, 0"
#define LIST_IMAGES                                                                                \
	"SELECT " IMAGE_FACTS ", 0 FROM images"                                                    \
	" UNION ALL SELECT image, name || ':' || tag" NAME_ONLY ", 1 FROM tags"                    \
	" UNION ALL SELECT image, name || '@' || digest" NAME_ONLY ", 2 FROM digests"

enum column { ID, NAME, KIND = IMAGE_FACTS_COUNT };
enum kind { IS_IMAGE, IS_TAG, IS_DIGEST };

struct name {
	char id[DIGEST_SIZE]; /* of the image */
	bool is_digest;
	char *text; /* familiar */
};

struct listing {
	struct image **images;
	size_t count, room;
	struct name *names;
	size_t names_count, names_room;
};

static void listing_fini(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		image_free(listing->images[i]);
	for (size_t i = 0; i < listing->names_count; i++)
		free(listing->names[i].text);
	free(listing->images);
	free(listing->names);
}

/* ---- reading ---- */

/* The array with room for one more, or NULL: then it is as it was. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *moved;

	if (count < *room)
		return array;
	moved = realloc(array, more * size);
	if (moved)
		*room = more;
	return moved;
}

static bool add_image(struct listing *listing, struct stmt *row)
{
	auto_of(image) struct image *image = image_new();
	struct image **images =
		grown(listing->images, listing->count, &listing->room, sizeof(*images));

	if (images)
		listing->images = images;
	if (!image || !images)
		return false;
	image_read_facts(image, row);
	images[listing->count++] = take(image);
	return true;
}

static bool add_name(struct listing *listing, struct stmt *row, bool is_digest)
{
	auto_free char *text = strdup(reference_familiar_name(db_text(row, NAME)));
	struct name *names =
		grown(listing->names, listing->names_count, &listing->names_room, sizeof(*names));
	struct name *name;

	if (names)
		listing->names = names;
	if (!text || !names)
		return false;
	name = &names[listing->names_count++];
	snprintf(name->id, sizeof(name->id), "%s", db_text(row, ID));
	name->is_digest = is_digest;
	name->text = take(text);
	return true;
}

static int read_all(struct store *store, struct listing *listing, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;
	int failed;

	if (store_db(store, &db, err) < 0 || db_ask(db, &row, err, LIST_IMAGES, "") < 0)
		return err->code;
	while (!(failed = db_step(row, &more, err)) && more) {
		enum kind kind = (enum kind)db_int(row, KIND);

		if (kind == IS_IMAGE ? !add_image(listing, row)
				     : !add_name(listing, row, kind == IS_DIGEST))
			return err_set(err, ENOMEM, "images: out of memory");
	}
	return failed;
}

/* ---- putting together ---- */

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct image *const *)a)->id, (*(struct image *const *)b)->id);
}

static int is_of(const void *id, const void *image)
{
	return strcmp(id, (*(struct image *const *)image)->id);
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = (*(struct image *const *)a)->created, y = (*(struct image *const *)b)->created;

	return x == y ? by_id(a, b) : (x < y) - (x > y);
}

/* The images by id. */
static void give_names(struct listing *listing)
{
	for (size_t i = 0; i < listing->names_count; i++) {
		struct name *name = &listing->names[i];
		struct image **image = bsearch(
			name->id, listing->images, listing->count, sizeof(struct image *), is_of);

		if (image)
			strs_give(name->is_digest ? &(*image)->digests : &(*image)->tags,
				take(name->text));
	}
}

int image_each(struct store *store, image_each_fn *each, void *arg, struct err *err)
{
	struct listing listing = {0};
	int stop = read_all(store, &listing, err);

	if (!stop && listing.count) {
		qsort(listing.images, listing.count, sizeof(struct image *), by_id);
		give_names(&listing);
		qsort(listing.images, listing.count, sizeof(struct image *), newest_first);
	}
	for (size_t i = 0; !stop && i < listing.count; i++)
		stop = each(listing.images[i], arg);
	listing_fini(&listing);
	return stop;
}
