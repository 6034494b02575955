#include "core/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Inlined: davit itself links no hash library. */
#define XXH_INLINE_ALL
#include <xxhash.h>

struct index {
	const struct index_header *header;
	const struct index_entry *entries;
	const char *strings;
	size_t mapped; /* 0: the memory is not mapped */
	bool owns;     /* it is from malloc, and ours; else, not mapped, somebody else's */
};

static bool text_is_sound(const struct index *index, uint32_t at)
{
	return at < index->header->strings &&
	       memchr(index->strings + at, '\0', index->header->strings - at);
}

static bool xattrs_are_sound(const struct index *index, uint32_t list)
{
	uint64_t room = index->header->strings - list;
	const char *at = index->strings + list;
	uint32_t total, value;
	uint16_t name;

	if (room < sizeof(total))
		return false;
	memcpy(&total, at, sizeof(total));
	if (total > room - sizeof(total))
		return false;
	at += sizeof(total);
	for (uint64_t left = total; left;) {
		if (left < sizeof(name) + sizeof(value))
			return false;
		memcpy(&name, at, sizeof(name));
		memcpy(&value, at + sizeof(name), sizeof(value));
		if (left < sizeof(name) + sizeof(value) + name + 1 + (uint64_t)value)
			return false;
		if (at[sizeof(name) + sizeof(value) + name] != '\0')
			return false;
		left -= sizeof(name) + sizeof(value) + name + 1 + (uint64_t)value;
		at += sizeof(name) + sizeof(value) + name + 1 + (uint64_t)value;
	}
	return true;
}

static bool name_is_sound(const struct index *index, const struct index_entry *entry)
{
	const char *name = index->strings + entry->name;

	if (!entry->name_len || entry->name_len > INDEX_NAME_MAX ||
		entry->name > index->header->strings ||
		entry->name_len > index->header->strings - entry->name)
		return false;
	if (memchr(name, '/', entry->name_len) || memchr(name, '\0', entry->name_len))
		return false;
	return !(name[0] == '.' &&
		 (entry->name_len == 1 || (entry->name_len == 2 && name[1] == '.')));
}

static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Breadth first means that child ranges follow each other without a gap: `next` is where the
 * children of this directory must begin. */
static bool entry_is_sound(const struct index *index, uint32_t i, uint64_t *next)
{
	const struct index_entry *entry = &index->entries[i], *parent, *before = entry - 1;

	if (entry->children) {
		if (!S_ISDIR(entry->mode) || entry->first_child != *next || *next <= i)
			return false;
		*next += entry->children;
		if (*next > index->header->entries)
			return false;
	}
	if (!text_is_sound(index, entry->target) ||
		(entry->xattrs && (entry->xattrs >= index->header->strings ||
					  !xattrs_are_sound(index, entry->xattrs))))
		return false;
	if (i == 0)
		return S_ISDIR(entry->mode);
	if (entry->parent >= i || !name_is_sound(index, entry))
		return false;
	parent = &index->entries[entry->parent];
	if (i < parent->first_child || i - parent->first_child >= parent->children)
		return false;
	return i == parent->first_child ||
	       compare_names(index_name(index, before), before->name_len, index_name(index, entry),
		       entry->name_len) < 0;
}

/* Paths are built in fixed room, so how deep and how long they get is checked here, once. */
static bool paths_are_sound(const struct index *index)
{
	uint32_t entries = index->header->entries;
	struct {
		uint16_t len, depth;
	} *paths = calloc(entries, sizeof(*paths));
	bool sound = paths != NULL;

	for (uint32_t i = 1; sound && i < entries; i++) {
		uint32_t parent = index->entries[i].parent;
		size_t len = paths[parent].len + 1u + index->entries[i].name_len;

		paths[i].len = (uint16_t)len;
		paths[i].depth = (uint16_t)(paths[parent].depth + 1);
		sound = len < INDEX_PATH_MAX && paths[i].depth <= INDEX_DEPTH_MAX;
	}
	free(paths);
	return sound;
}

static bool is_sound(const struct index *index, size_t len)
{
	const struct index_header *header = index->header;
	uint64_t next = 1, body = len - sizeof(*header);

	if (header->entries == 0 || header->entries > INDEX_ENTRIES_MAX || header->strings == 0 ||
		header->strings > UINT32_MAX ||
		body != header->entries * sizeof(struct index_entry) + header->strings)
		return false;
	if (index->strings[0] != '\0')
		return false;
	for (uint32_t i = 0; i < header->entries; i++)
		if (!entry_is_sound(index, i, &next))
			return false;
	return next == header->entries && paths_are_sound(index);
}

static int adopt(struct index *index, const void *data, size_t len, struct err *err)
{
	const struct index_header *header = data;

	index->header = header;
	if (len < sizeof(*header) || memcmp(header->magic, "davitidx", 8) != 0)
		return err_set(err, EBADMSG, "not a layer index");
	if (header->version != INDEX_VERSION)
		return err_set(err, ENOTSUP, "layer index of version %u; this davit knows %d",
			header->version, INDEX_VERSION);
	index->entries = (const struct index_entry *)(header + 1);
	index->strings = (const char *)(index->entries + header->entries);
	return is_sound(index, len) ? 0 : err_set(err, EBADMSG, "the layer index is damaged");
}

int index_of_memory(const void *data, size_t len, struct index **out, struct err *err)
{
	auto_of(index) struct index *index = calloc(1, sizeof(*index));

	if (!index)
		return err_set(err, ENOMEM, "layer index: out of memory");
	if (adopt(index, data, len, err) < 0)
		return err->code;
	*out = take(index);
	return 0;
}

int index_take_memory(void *data, size_t len, struct index **out, struct err *err)
{
	int failed = index_of_memory(data, len, out, err);

	if (!failed)
		(*out)->owns = true;
	return failed;
}

int index_open(int dir_fd, const char *name, struct index **out, struct err *err)
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_of(index) struct index *index = NULL;
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "layer index");
	if (st.st_size < (off_t)sizeof(struct index_header))
		return err_set(err, EBADMSG, "the layer index is damaged");
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (data == MAP_FAILED)
		return err_sys(err, "layer index");
	if (index_of_memory(data, (size_t)st.st_size, &index, err) < 0) {
		munmap(data, (size_t)st.st_size);
		return err->code;
	}
	index->mapped = (size_t)st.st_size;
	if (XXH3_64bits(index->entries, index->mapped - sizeof(*index->header)) !=
		index->header->check)
		return err_set(err, EBADMSG, "the layer index is damaged");
	*out = take(index);
	return 0;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	if (index->mapped)
		munmap((void *)index->header, index->mapped);
	else if (index->owns)
		free((void *)index->header);
	free(index);
}

uint32_t index_count(const struct index *index)
{
	return index->header->entries;
}

uint64_t index_size(const struct index *index)
{
	return index->header->size;
}

const uint8_t *index_diff_id(const struct index *index)
{
	return index->header->diff_id;
}

const struct index_entry *index_at(const struct index *index, uint32_t number)
{
	return &index->entries[number];
}

const char *index_name(const struct index *index, const struct index_entry *entry)
{
	return index->strings + entry->name;
}

const char *index_target(const struct index *index, const struct index_entry *entry)
{
	return index->strings + entry->target;
}

const struct index_entry *index_child(
	const struct index *index, const struct index_entry *dir, const char *name, size_t len)
{
	uint32_t low = dir->first_child, high = low + dir->children;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct index_entry *entry = &index->entries[middle];
		int order = compare_names(index_name(index, entry), entry->name_len, name, len);

		if (order == 0)
			return entry;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct index_entry *index_find(const struct index *index, const char *path)
{
	const struct index_entry *entry = index->entries;

	while (entry && *(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		entry = index_child(index, entry, path, len);
		path += len;
	}
	return entry;
}

size_t index_path(
	const struct index *index, const struct index_entry *entry, char path[INDEX_PATH_MAX])
{
	size_t at = INDEX_PATH_MAX - 1, len;

	for (; entry != index->entries; entry = &index->entries[entry->parent]) {
		if (at != INDEX_PATH_MAX - 1)
			path[--at] = '/';
		at -= entry->name_len;
		memcpy(path + at, index_name(index, entry), entry->name_len);
	}
	len = INDEX_PATH_MAX - 1 - at;
	memmove(path, path + at, len);
	path[len] = '\0';
	return len;
}

bool index_xattrs(const struct index *index, const struct index_entry *entry, size_t *at,
	struct index_xattr *out)
{
	const char *list = index->strings + entry->xattrs;
	uint32_t total, value;
	uint16_t name;

	if (!entry->xattrs)
		return false;
	memcpy(&total, list, sizeof(total));
	if (*at >= total)
		return false;
	list += sizeof(total) + *at;
	memcpy(&name, list, sizeof(name));
	memcpy(&value, list + sizeof(name), sizeof(value));
	out->name = list + sizeof(name) + sizeof(value);
	out->value = out->name + name + 1;
	out->len = value;
	*at += sizeof(name) + sizeof(value) + name + 1u + value;
	return true;
}
