/* trash.c - the entries of the trash: their marks, who is there, and what goes for good. */
#include "core/trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/trash_mark.h"
#include "core/volume_use.h"
#include "util/own.h"
#include "util/path.h"

/* ---- limits ---- */

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	char *end;
	unsigned long long value;

	if (!text || !*text)
		return otherwise;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || *end || *text == '-' ? otherwise : value;
}

struct trash_limits engine_trash_limits(void)
{
	uint64_t seconds = number_from("DAVIT_TRASH_TIME", 600);

	return (struct trash_limits){
		.keep_ns = seconds < UINT32_MAX ? seconds * 1000000000u : UINT64_MAX / 2,
		.cap_bytes = number_from("DAVIT_TRASH_SIZE", 1u << 30),
	};
}

/* A clock that was set back makes nothing older. */
static bool is_expired(const struct trash_item *item, const struct trash_limits *limits)
{
	uint64_t now = timing_wall();

	return now > item->removed_ns && now - item->removed_ns >= limits->keep_ns;
}

/* ---- the mark ---- */

int trash_mark(int own, const struct trash_item *item)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "davit-removed 1\nat %" PRIu64 "\nbytes %" PRIu64 "\nuid %u\nvolumes %d\n",
		item->removed_ns, item->bytes, item->uid, item->volumes);
	return buf_failed(&text) ? -ENOMEM
				 : path_replace_at(own, "removed", text.data, text.len, 0600);
}

bool trash_is_marked(int own)
{
	return faccessat(own, "removed", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void trash_unmark(struct store *store, const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/removed", id);
	unlinkat(store_dir(store, STORE_CONTAINERS), path, 0);
}

/* What a power cut left unreadable is as old as the rename that brought it here. */
static void guess_mark(int own, struct trash_item *item)
{
	struct stat st;

	if (fstatat(own, "", &st, AT_EMPTY_PATH) == 0)
		item->removed_ns = (uint64_t)st.st_ctim.tv_sec * 1000000000u;
}

static void read_mark(int own, struct trash_item *item)
{
	auto_buf text = BUF_INIT;
	int volumes = 0;

	if (path_read_at(own, "removed", 4096, &text) < 0 ||
		sscanf(buf_text(&text),
			"davit-removed 1\nat %" SCNu64 "\nbytes %" SCNu64 "\nuid %u\nvolumes %d",
			&item->removed_ns, &item->bytes, &item->uid, &volumes) != 4)
		guess_mark(own, item);
	item->volumes = volumes;
}

/* ---- who is there ---- */

static bool read_item(int kept, const char *id, struct trash_item *out)
{
	auto_close int own = openat(kept, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*out = (struct trash_item){0};
	if (own < 0)
		return false;
	/* One whose row is damaged cannot come back, but goes like the others. */
	if (roster_read_saved(own, id, &out->row) < 0)
		snprintf(out->row.id, sizeof(out->row.id), "%s", id);
	read_mark(own, out);
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct trash_item *x = a, *y = b;

	if (x->removed_ns != y->removed_ns)
		return x->removed_ns < y->removed_ns ? 1 : -1;
	return strcmp(x->row.id, y->row.id);
}

struct listing {
	struct trash_item *items;
	size_t len, room;
};

static bool add_item(struct listing *listing, int kept, const char *id)
{
	if (listing->len == listing->room) {
		size_t room = listing->room ? listing->room * 2 : 16;
		struct trash_item *grown = realloc(listing->items, room * sizeof(*grown));

		if (!grown)
			return false;
		listing->items = grown;
		listing->room = room;
	}
	listing->len += read_item(kept, id, &listing->items[listing->len]);
	return true;
}

int trash_list(struct store *store, struct trash_item **out, size_t *count, struct err *err)
{
	int kept = store_dir(store, STORE_KEPT);
	int fd = openat(kept, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct listing listing = {0};
	struct dirent *entry;
	bool failed = false;

	if (!dir) {
		own_closep(&fd);
		return err_sys(err, "look into the trash");
	}
	while (!failed && (entry = readdir(dir)))
		if (strlen(entry->d_name) == ROW_ID_LEN && str_is_hex(entry->d_name, ROW_ID_LEN))
			failed = !add_item(&listing, kept, entry->d_name);
	closedir(dir);
	if (failed) {
		free(listing.items);
		return err_set(err, ENOMEM, "look into the trash: out of memory");
	}
	if (listing.len)
		qsort(listing.items, listing.len, sizeof(*listing.items), newest_first);
	*out = listing.items;
	*count = listing.len;
	return 0;
}

/* Several may have gone under one name: the newest is meant. */
int trash_find(struct store *store, const char *who, struct trash_item *out, struct err *err)
{
	auto_free struct trash_item *items = NULL;
	const struct trash_item *by_name = NULL, *by_prefix = NULL;
	size_t count = 0, matches = 0;

	if (!*who)
		return err_set(err, EINVAL, "invalid container name or ID: value is empty");
	if (trash_list(store, &items, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (str_eq(items[i].row.id, who)) {
			*out = items[i];
			return 0;
		}
		if (!by_name && str_eq(items[i].row.name, who))
			by_name = &items[i];
		if (str_has_prefix(items[i].row.id, who)) {
			by_prefix = &items[i];
			matches++;
		}
	}
	if (!by_name && matches > 1)
		return err_set(err, EEXIST, "multiple IDs found with provided prefix: %s", who);
	if (!by_name && !by_prefix)
		return err_set(err, ENOENT, "No such container in the trash: %s", who);
	*out = by_name ? *by_name : *by_prefix;
	return 0;
}

bool trash_has(struct store *store, const char *id)
{
	struct stat st;

	return fstatat(store_dir(store, STORE_KEPT), id, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void trash_find_user(struct store *store, const char *image, char id[65])
{
	auto_free struct trash_item *items = NULL;
	size_t count = 0;

	id[0] = '\0';
	if (trash_list(store, &items, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (strncmp(items[i].row.image_id, image, 64) == 0)
			snprintf(id, 65, "%.64s", items[i].row.id);
}

/* ---- for good ---- */

int trash_lock(struct store *store, const char *id, int *own, int *lock, struct err *err)
{
	int failed;

	*own = openat(
		store_dir(store, STORE_KEPT), id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*own < 0)
		return err_set(err, ENOENT, "No such container in the trash: %.12s", id);
	failed = launch_lock(*own, false, lock, err);
	if (failed == -EWOULDBLOCK)
		return err_set(
			err, EBUSY, "container %.12s is being changed by another process", id);
	/* Whoever held it before us may have moved it. */
	if (!trash_has(store, id))
		return err_set(err, ENOENT, "No such container in the trash: %.12s", id);
	return failed;
}

int trash_purge(struct engine *engine, const struct trash_item *item, struct err *err)
{
	auto_close int own = -1, lock = -1;
	const char *id = item->row.id;
	char hidden[STORE_HIDDEN_SIZE];
	int failed = trash_lock(engine->store, id, &own, &lock, err);

	/* A directory without a lock is no whole container any more. */
	if (failed == -ENOENT && own >= 0 && trash_has(engine->store, id))
		failed = 0;
	if (failed)
		return failed;
	volume_use_end_at(engine, own, id, item->volumes);
	failed = store_hide(engine->store, STORE_KEPT, id, hidden, err);
	return failed ? failed : store_delete_hidden(engine->store, hidden, err);
}

void trash_collect(struct engine *engine)
{
	struct trash_limits limits = engine_trash_limits();
	auto_free struct trash_item *items = NULL;
	uint64_t held = 0;
	size_t count = 0;

	store_sweep(engine->store); /* a purge may have been cut short */
	if (trash_list(engine->store, &items, &count, NULL) < 0)
		return;
	/* From the first that is too much on, all go: the oldest first, as they came. */
	for (size_t i = 0; i < count; i++) {
		held += items[i].bytes;
		if (held > limits.cap_bytes || is_expired(&items[i], &limits))
			trash_purge(engine, &items[i], NULL);
	}
}
