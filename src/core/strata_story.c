/* strata_story.c - how a path came to be what it is, layer by layer (strata.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/strata.h"

const char *strata_deed_name(enum strata_deed deed)
{
	static const char *const names[] = {
		[STRATA_ADDS] = "adds",
		[STRATA_CHANGES] = "changes",
		[STRATA_TOUCHES] = "changes-metadata",
		[STRATA_REPEATS] = "repeats",
		[STRATA_TURNS] = "changes-type",
		[STRATA_DELETES] = "deletes",
		[STRATA_CLEARS] = "makes-opaque",
		[STRATA_DELETES_ABOVE] = "deletes-above",
		[STRATA_CLEARS_ABOVE] = "makes-opaque-above",
		[STRATA_TURNS_ABOVE] = "changes-type-above",
		[STRATA_DELETES_NOTHING] = "deletes-nothing",
	};

	return names[deed];
}

static bool hides_below(const struct index_entry *entry)
{
	return entry->flags & (INDEX_WHITEOUT | INDEX_OPAQUE) || !S_ISDIR(entry->mode);
}

uint32_t strata_cut(const struct strata *strata, uint32_t dir, uint32_t layer)
{
	uint32_t cut = STRATA_NONE;

	for (; dir != STRATA_NONE; dir = strata_parent(strata, dir)) {
		size_t count;
		const struct strata_version *versions = strata_versions(strata, dir, &count);

		for (size_t i = 0; i < count && versions[i].layer < cut; i++)
			if (versions[i].layer > layer &&
				hides_below(strata_entry(strata, &versions[i])))
				cut = versions[i].layer;
	}
	return cut;
}

/* The nearest directory above that this layer hides the lower layers' part of. */
static bool cut_above(
	const struct strata *strata, uint32_t spot, uint32_t layer, struct strata_step *step)
{
	while ((spot = strata_parent(strata, spot)) != STRATA_NONE) {
		const struct strata_version *version = strata_version_in(strata, spot, layer);
		const struct index_entry *entry = version ? strata_entry(strata, version) : NULL;

		if (!entry || !hides_below(entry))
			continue;
		step->by = spot;
		step->deed = entry->flags & INDEX_WHITEOUT ? STRATA_DELETES_ABOVE
			     : entry->flags & INDEX_OPAQUE ? STRATA_CLEARS_ABOVE
							   : STRATA_TURNS_ABOVE;
		return true;
	}
	return false;
}

static enum strata_deed deed_between(const struct index_entry *entry, unsigned difference)
{
	if (difference & STRATA_TYPE)
		return STRATA_TURNS;
	if (entry->flags & INDEX_OPAQUE)
		return STRATA_CLEARS;
	if (difference & STRATA_CONTENT)
		return STRATA_CHANGES;
	if (difference & (STRATA_MODE | STRATA_OWNER | STRATA_XATTRS))
		return STRATA_TOUCHES;
	return STRATA_REPEATS;
}

/* Whether this layer had a say, and which. */
static bool step_of(const struct strata *strata, uint32_t spot, unsigned from, uint32_t layer,
	struct strata_step *step)
{
	struct strata_state before =
		strata_state_in(strata, spot, (struct strata_span){from, layer});
	const struct strata_version *version = strata_version_in(strata, spot, layer);
	const struct index_entry *entry = version ? strata_entry(strata, version) : NULL;

	*step = (struct strata_step){
		.layer = layer, .by = spot, .entry = version ? version->entry : STRATA_NONE};
	if (!entry)
		return before.shown && cut_above(strata, spot, layer, step);
	if (entry->flags & INDEX_WHITEOUT) {
		step->deed = before.shown ? STRATA_DELETES : STRATA_DELETES_NOTHING;
		return true;
	}
	step->deed = STRATA_ADDS;
	if (before.shown) {
		step->difference = strata_compare(strata, before.shown, version);
		step->deed = deed_between(entry, step->difference);
	}
	return true;
}

int strata_story(const struct strata *strata, uint32_t spot, struct strata_span stack,
	unsigned height, struct strata_step **out, size_t *count, struct err *err)
{
	struct strata_step *steps = calloc(stack.to - stack.from + 1u, sizeof(*steps));
	struct strata_state end =
		strata_state_in(strata, spot, (struct strata_span){stack.from, height});
	size_t n = 0;

	if (!steps)
		return err_set(err, ENOMEM, "layers: out of memory");
	for (unsigned i = stack.from; i < stack.to; i++)
		n += step_of(strata, spot, stack.from, i, &steps[n]);
	for (size_t i = 0; i < n; i++)
		steps[i].wins = end.shown && steps[i].layer == end.shown->layer;
	*out = steps;
	*count = n;
	return 0;
}
