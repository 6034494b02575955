#include "layers_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/tree.h"
#include "util/path.h"

#define DIFF_ID "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void must(bool so, const char *what)
{
	if (so)
		return;
	fprintf(stderr, "layers_rig: %s\n", what);
	abort();
}

void layers_rig_init(struct layers_rig *rig)
{
	*rig = (struct layers_rig){.path = "/tmp/davit-layers-XXXXXX"};
	must(mkdtemp(rig->path), "no directory");
	rig->fd = open(rig->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(rig->fd >= 0, "no directory");
}

void layers_rig_fini(struct layers_rig *rig)
{
	for (unsigned i = 0; i < rig->n; i++)
		index_free(rig->indexes[i]);
	close(rig->fd);
	path_remove_at(AT_FDCWD, rig->path);
}

/* The node of a path; implied directories are made on the way. */
static uint32_t node_of(struct tree *tree, const char *path, size_t len)
{
	uint32_t node = TREE_ROOT;

	for (const char *at = path, *end = path + len; at < end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t part = slash ? (size_t)(slash - at) : (size_t)(end - at);
		int64_t child = tree_child(tree, node, at, part);

		if (child < 0) {
			node = tree_add(tree, node, at, part);
			tree_at(tree, node)->mode = S_IFDIR | 0755;
			tree_at(tree, node)->flags = INDEX_IMPLIED;
		} else {
			node = (uint32_t)child;
		}
		at += part + 1;
	}
	return node;
}

static void set_mode(struct index_entry *entry, mode_t type, const char *percent)
{
	unsigned mode = S_ISDIR(type) ? 0755 : 0644, uid = 0;

	if (percent)
		sscanf(percent + 1, "%o:%u", &mode, &uid);
	entry->mode = (uint16_t)(type | mode);
	entry->uid = uid;
}

static void set_attribute(struct tree *tree, uint32_t node, const char *percent)
{
	const char *colon = percent ? strchr(percent, ':') : NULL;

	colon = colon ? strchr(colon + 1, ':') : NULL;
	if (colon)
		tree_set_xattrs(tree, node,
			&(struct tar_xattr){"user.test", colon + 1, strlen(colon + 1)}, 1);
}

static void set_content(struct index_entry *entry, const char *text, size_t len)
{
	entry->size = len;
	memcpy(entry->hash, text, len < INDEX_HASH ? len : INDEX_HASH);
}

static void add_word(struct tree *tree, const char *word)
{
	const char *percent = strchr(word, '%');
	size_t len = percent ? (size_t)(percent - word) : strlen(word);
	const char *text = memchr(word, '=', len), *device = memchr(word, '#', len);
	uint32_t node;

	if (*word == '!') {
		node = node_of(tree, word + 1, len - 1);
		*tree_at(tree, node) = (struct index_entry){.parent = tree_at(tree, node)->parent,
			.name = tree_at(tree, node)->name,
			.name_len = tree_at(tree, node)->name_len,
			.flags = INDEX_WHITEOUT};
	} else if (len > 1 && word[len - 1] == '!') {
		tree_at(tree, node_of(tree, word, len - 2))->flags = INDEX_OPAQUE;
	} else if (word[len - 1] == '/') {
		node = node_of(tree, word, len - 1);
		tree_at(tree, node)->flags = 0;
		set_mode(tree_at(tree, node), S_IFDIR, percent);
	} else if (device) {
		node = node_of(tree, word, (size_t)(device - word));
		tree_at(tree, node)->flags = 0;
		set_mode(tree_at(tree, node), S_IFCHR, percent);
		tree_at(tree, node)->rdev = (uint32_t)atoi(device + 1);
	} else if (text && text[1] == '>') {
		node = node_of(tree, word, (size_t)(text - word));
		tree_at(tree, node)->flags = INDEX_LINK;
		set_mode(tree_at(tree, node), S_IFREG, percent);
		tree_set_target(tree, node, text + 2);
	} else if (text) {
		node = node_of(tree, word, (size_t)(text - word));
		tree_at(tree, node)->flags = 0;
		set_mode(tree_at(tree, node), S_IFREG, percent);
		set_content(tree_at(tree, node), text + 1, len - (size_t)(text + 1 - word));
		set_attribute(tree, node, percent);
	} else {
		text = strstr(word, "->");
		must(text, word);
		node = node_of(tree, word, (size_t)(text - word));
		tree_at(tree, node)->flags = 0;
		tree_at(tree, node)->mode = S_IFLNK | 0777;
		tree_set_target(tree, node, text + 2);
	}
}

void layers_rig_add(struct layers_rig *rig, const char *const *words)
{
	auto_of(tree) struct tree *tree = tree_new();
	uint64_t entries, size;
	struct err err;
	char name[16];

	must(rig->n < LAYERS_MAX && tree, "no room");
	for (; *words; words++)
		add_word(tree, *words);
	snprintf(name, sizeof(name), "%u", rig->n);
	must(tree_write(tree, rig->fd, name, DIFF_ID, &entries, &size, &err) == 0, "not written");
	must(index_open(rig->fd, name, &rig->indexes[rig->n], &err) == 0, "not readable");
	rig->n++;
}
