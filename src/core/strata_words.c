/* strata_words.c - how a path came to be what it is, in one sentence or two (strata.h). */
#include "core/strata.h"
#include "util/own.h"

struct telling {
	const struct strata *strata;
	uint32_t spot;
	const struct strata_step *steps;
	size_t n, count; /* steps below the height; all */
	const struct strata_words *words;
	struct buf *out;
};

static const struct index_entry *entry_of(
	const struct telling *telling, const struct strata_step *step)
{
	return step->entry == STRATA_NONE
		       ? NULL
		       : index_at(strata_index(telling->strata, step->layer), step->entry);
}

static void put_layer(const struct telling *telling, unsigned layer)
{
	telling->words->put_layer(telling->out, layer, telling->words->arg);
}

static void put_size(const struct telling *telling, uint64_t bytes)
{
	telling->words->put_size(telling->out, bytes);
}

static void put_path(const struct telling *telling, uint32_t spot)
{
	telling->words->put_path(telling->out, telling->strata, spot, telling->words->arg);
}

/* ---- what is below ---- */

static bool is_removal(enum strata_deed deed)
{
	return deed == STRATA_DELETES || deed == STRATA_DELETES_ABOVE ||
	       deed == STRATA_CLEARS_ABOVE || deed == STRATA_TURNS_ABOVE;
}

/* The last step before this one that left something to be seen, or took it away. */
static const struct strata_step *before(
	const struct telling *telling, const struct strata_step *step)
{
	while (step > telling->steps)
		if ((--step)->deed != STRATA_DELETES_NOTHING)
			return step;
	return NULL;
}

/* Content of this path that is in the image and does not show. */
static uint64_t hidden(const struct telling *telling, size_t *versions)
{
	uint64_t bytes = 0;

	*versions = 0;
	for (size_t i = 0; i < telling->n; i++) {
		const struct index_entry *entry = entry_of(telling, &telling->steps[i]);

		if (!entry || telling->steps[i].wins || !strata_bytes(entry))
			continue;
		bytes += strata_bytes(entry);
		++*versions;
	}
	return bytes;
}

static void put_hidden(const struct telling *telling)
{
	size_t versions;
	uint64_t bytes = hidden(telling, &versions);

	if (!bytes)
		return;
	buf_adds(telling->out, " ");
	put_size(telling, bytes);
	buf_addf(telling->out,
		versions == 1 ? " of an older version still ship%s."
			      : " of older versions still ship%s.",
		versions == 1 ? "s" : "");
}

/* ---- it shows ---- */

static const char *type_of(const struct index_entry *entry)
{
	switch (entry->mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static void put_difference(const struct telling *telling, unsigned difference)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {{STRATA_MODE, "mode"}, {STRATA_OWNER, "owner"}, {STRATA_XATTRS, "attributes"}};
	bool first = true;

	for (size_t i = 0; i < array_len(words); i++)
		if (difference & words[i].bit) {
			buf_addf(telling->out, "%s%s", first ? "" : " and ", words[i].word);
			first = false;
		}
}

static void tell_added(const struct telling *telling, const struct strata_step *wins,
	const struct strata_step *earlier)
{
	put_layer(telling, wins->layer);
	if (!earlier || !is_removal(earlier->deed)) {
		buf_adds(telling->out, telling->n < telling->count
					       ? " adds it."
					       : " adds it, and nothing above changes it.");
		return;
	}
	buf_adds(telling->out, " adds it again after ");
	put_layer(telling, earlier->layer);
	buf_adds(telling->out,
		earlier->deed == STRATA_DELETES       ? " deleted it."
		: earlier->deed == STRATA_TURNS_ABOVE ? " made something else of a directory above."
		: earlier->deed == STRATA_CLEARS_ABOVE ? " made a directory above opaque."
						       : " deleted a directory above.");
}

/* A directory does not hide the lower ones: they are merged. */
static void tell_directory(const struct telling *telling, const struct strata_step *wins)
{
	put_layer(telling, wins->layer);
	if (wins->deed == STRATA_CLEARS) {
		buf_adds(telling->out, " makes it opaque: what the layers below have in it is "
				       "hidden, and only what is added from there on shows.");
		return;
	}
	if (wins->deed == STRATA_TOUCHES) {
		buf_adds(telling->out, " changes its ");
		put_difference(telling, wins->difference);
		buf_adds(telling->out, "; what the layers have in it is merged.");
		return;
	}
	buf_adds(telling->out, " is the topmost layer that has it; what all layers have in a "
			       "directory is merged.");
}

static void tell_changed(const struct telling *telling, const struct strata_step *wins,
	const struct strata_step *earlier)
{
	const struct index_entry *entry = entry_of(telling, wins);

	put_layer(telling, wins->layer);
	if (wins->deed == STRATA_TOUCHES) {
		buf_adds(telling->out, " copies it only to change its ");
		put_difference(telling, wins->difference);
		buf_adds(telling->out, "; its content is the same as in ");
	} else if (wins->deed == STRATA_REPEATS) {
		buf_adds(telling->out, " writes again what is the same in ");
	} else if (wins->deed == STRATA_TURNS) {
		buf_addf(telling->out, " makes %s of what was something else in ", type_of(entry));
	} else {
		buf_adds(telling->out, " wins, because upper layers do, over ");
	}
	put_layer(telling, earlier ? earlier->layer : wins->layer);
	buf_addc(telling->out, '.');
}

/* What comes to it in the first layer that does not count. */
static void tell_later(const struct telling *telling)
{
	static const char *const comes[] = {
		[STRATA_CHANGES] = " changes it.",
		[STRATA_TOUCHES] = " changes its metadata.",
		[STRATA_TURNS] = " makes something else of it.",
		[STRATA_TURNS_ABOVE] = " makes something else of a directory above.",
		[STRATA_CLEARS_ABOVE] = " makes a directory above opaque.",
		[STRATA_DELETES] = " deletes it.",
		[STRATA_DELETES_ABOVE] = " deletes a directory above.",
	};
	const struct strata_step *next = telling->steps + telling->n;

	if (telling->n == telling->count || (size_t)next->deed >= array_len(comes) ||
		!comes[next->deed])
		return;
	buf_adds(telling->out, " Later ");
	put_layer(telling, next->layer);
	buf_adds(telling->out, comes[next->deed]);
}

static void tell_shown(const struct telling *telling, const struct strata_step *wins)
{
	const struct index_entry *entry = entry_of(telling, wins);
	const struct strata_step *earlier = before(telling, wins);

	if (wins->deed == STRATA_ADDS)
		tell_added(telling, wins, earlier);
	else if (S_ISDIR(entry->mode) && wins->deed != STRATA_TURNS)
		tell_directory(telling, wins);
	else
		tell_changed(telling, wins, earlier);
	if (entry->flags & INDEX_LINK)
		buf_adds(telling->out, " It is one more name of a file of that layer.");
	put_hidden(telling);
	tell_later(telling);
}

/* ---- it does not ---- */

static void tell_hidden(const struct telling *telling, const struct strata_step *step)
{
	put_layer(telling, step->layer);
	if (step->deed == STRATA_DELETES) {
		buf_adds(telling->out, " deletes it: a whiteout there hides what is below.");
		put_hidden(telling);
		return;
	}
	buf_adds(telling->out, step->deed == STRATA_CLEARS_ABOVE  ? " makes "
			       : step->deed == STRATA_TURNS_ABOVE ? " makes something else of "
								  : " deletes ");
	put_path(telling, step->by);
	buf_adds(telling->out, step->deed == STRATA_CLEARS_ABOVE ? " opaque, which hides this."
			       : step->deed == STRATA_TURNS_ABOVE
				       ? ", which hides this."
				       : ", and with it all that is below.");
	put_hidden(telling);
}

/* No layer that counts ever showed it. */
static void tell_never(const struct telling *telling, size_t count)
{
	if (telling->n) {
		put_layer(telling, telling->steps[telling->n - 1].layer);
		buf_adds(telling->out, " deletes it, though there is nothing to delete.");
	} else if (count) {
		buf_adds(telling->out, "It is not there yet: ");
		put_layer(telling, telling->steps[0].layer);
		buf_adds(telling->out, telling->steps[0].deed == STRATA_DELETES_NOTHING
					       ? " mentions it first."
					       : " adds it.");
	} else {
		buf_adds(telling->out, "No layer has it.");
	}
}

void strata_explain(const struct strata *strata, uint32_t spot, const struct strata_step *steps,
	size_t count, unsigned height, const struct strata_words *words, struct buf *out)
{
	struct telling telling = {strata, spot, steps, 0, count, words, out};
	const struct strata_step *wins = NULL, *last;

	while (telling.n < count && steps[telling.n].layer < height)
		telling.n++;
	for (size_t i = 0; i < telling.n; i++)
		if (steps[i].wins)
			wins = &steps[i];
	last = before(&telling, steps + telling.n);
	if (wins)
		tell_shown(&telling, wins);
	else if (last)
		tell_hidden(&telling, last);
	else
		tell_never(&telling, count);
}
