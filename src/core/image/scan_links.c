#include "core/image/scan_links.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/image/tree.h"

struct scan_link {
	dev_t dev;
	ino_t ino;
	uint32_t node;
	bool taken;
};

/* The slot of this file, or the empty one where it belongs. */
static struct scan_link *slot_of(const struct scan_links *links, dev_t dev, ino_t ino)
{
	size_t at = (size_t)((ino ^ dev << 17) * 0x9e3779b97f4a7c15ull >> 20) & (links->room - 1);

	while (links->slots[at].taken &&
		(links->slots[at].ino != ino || links->slots[at].dev != dev))
		at = (at + 1) & (links->room - 1);
	return &links->slots[at];
}

int64_t scan_links_find(const struct scan_links *links, const struct stat *st)
{
	const struct scan_link *slot = links->room ? slot_of(links, st->st_dev, st->st_ino) : NULL;

	return slot && slot->taken ? (int64_t)slot->node : TREE_NONE;
}

static bool grow(struct scan_links *links)
{
	struct scan_links more = {.room = links->room ? links->room * 2 : 64};

	more.slots = calloc(more.room, sizeof(*more.slots));
	if (!more.slots)
		return false;
	more.count = links->count;
	for (size_t i = 0; i < links->room; i++)
		if (links->slots[i].taken)
			*slot_of(&more, links->slots[i].dev, links->slots[i].ino) = links->slots[i];
	free(links->slots);
	*links = more;
	return true;
}

int scan_links_add(struct scan_links *links, const struct stat *st, uint32_t node, struct err *err)
{
	if (links->count * 2 >= links->room && !grow(links))
		return err_set(err, ENOMEM, "scan: out of memory");
	*slot_of(links, st->st_dev, st->st_ino) = (struct scan_link){
		.dev = st->st_dev, .ino = st->st_ino, .node = node, .taken = true};
	links->count++;
	return 0;
}

void scan_links_fini(struct scan_links *links)
{
	free(links->slots);
}
