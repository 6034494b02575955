/* strata_advice.c - waste with its reasons, and what to do about each (strata.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/strata.h"

enum { DOUBLES_MAX = 50 };

/* What package managers keep for themselves. */
static const char *const caches[] = {"root/.cache", "root/.cargo/registry", "root/.gradle/caches",
	"root/.m2/repository", "root/.npm", "usr/local/share/.cache", "var/cache/apk",
	"var/cache/apt", "var/cache/dnf", "var/cache/pacman", "var/cache/yum", "var/lib/apt/lists"};

const char *strata_reason_name(enum strata_reason reason)
{
	static const char *const names[] = {
		[STRATA_COPY_UP] = "copy-up-metadata",
		[STRATA_OVERWRITTEN] = "overwritten",
		[STRATA_AGAIN] = "written-again",
		[STRATA_DELETED_LATER] = "deleted-later",
		[STRATA_DUPLICATE] = "duplicate-content",
		[STRATA_CACHE] = "package-cache",
	};

	return names[reason];
}

const char *strata_reason_fix(enum strata_reason reason)
{
	static const char *const fixes[] = {
		[STRATA_COPY_UP] = "Set owner and mode on the way in: COPY --chown, --chmod, or "
				   "chown in the RUN that makes the files.",
		[STRATA_OVERWRITTEN] =
			"Write the file once: make its last version in the step that first "
			"makes it.",
		[STRATA_AGAIN] = "Leave the later step out: it writes what is there already.",
		[STRATA_DELETED_LATER] =
			"Delete it in the RUN that made it, or bring it in with RUN --mount.",
		[STRATA_DUPLICATE] = "Link the copies (ln in the same RUN), or keep one of them.",
		[STRATA_CACHE] = "Keep it out of the layer: RUN --mount=type=cache, or clean up in "
				 "the same RUN.",
	};

	return fixes[reason];
}

static enum strata_reason reason_of(enum strata_fate fate)
{
	switch (fate) {
	case STRATA_LOST_METADATA:
		return STRATA_COPY_UP;
	case STRATA_LOST_SAME:
		return STRATA_AGAIN;
	case STRATA_LOST_CHANGED:
		return STRATA_OVERWRITTEN;
	default:
		return STRATA_DELETED_LATER;
	}
}

/* Parents have lower numbers than what is in them. */
static uint32_t common_parent(const struct strata *strata, uint32_t a, uint32_t b)
{
	while (a != b)
		if (a > b)
			a = strata_parent(strata, a);
		else
			b = strata_parent(strata, b);
	return a;
}

/* ---- losses ---- */

static int by_cause(const void *a, const void *b)
{
	const struct strata_advice *x = a, *y = b;

	if (x->reason != y->reason)
		return x->reason < y->reason ? -1 : 1;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->by > y->by) - (x->by < y->by);
}

static size_t join_losses(
	const struct strata *strata, const struct strata_waste *waste, struct strata_advice *out)
{
	size_t n = 0;

	for (size_t i = 0; i < waste->n_losses; i++) {
		const struct strata_loss *loss = &waste->losses[i];

		out[i] = (struct strata_advice){.reason = reason_of(loss->fate),
			.bytes = loss->bytes,
			.files = 1,
			.layer = loss->layer,
			.by = loss->by,
			.spot = loss->spot};
	}
	if (waste->n_losses)
		qsort(out, waste->n_losses, sizeof(*out), by_cause);
	for (size_t i = 0; i < waste->n_losses; i++) {
		struct strata_advice one = out[i], *last = n ? &out[n - 1] : NULL;

		if (!last || by_cause(last, &one) != 0) {
			out[n++] = one;
			continue;
		}
		last->bytes += one.bytes;
		last->files++;
		last->spot = common_parent(strata, last->spot, one.spot);
	}
	return n;
}

/* ---- what shows and is of no use ---- */

static void sum_below(struct strata *strata, uint32_t dir, const struct strata_state *state,
	struct strata_advice *sum)
{
	uint32_t first, count;
	struct err err;

	if (strata_children(strata, dir, &first, &count, &err) < 0)
		return;
	for (uint32_t i = first; i < first + count; i++) {
		struct strata_state child =
			strata_state_below(strata, state, i, strata_layers(strata));
		const struct index_entry *entry =
			child.shown ? strata_entry(strata, child.shown) : NULL;

		if (!entry)
			continue;
		sum->bytes += strata_bytes(entry);
		sum->files += strata_bytes(entry) > 0;
		sum->layer = child.shown->layer;
		if (S_ISDIR(entry->mode))
			sum_below(strata, i, &child, sum);
	}
}

static bool find_cache(struct strata *strata, const char *path, struct strata_advice *out)
{
	struct strata_state state;
	uint32_t spot;
	struct err err;

	if (strata_find(strata, path, &spot, &err) < 0 || spot == STRATA_NONE)
		return false;
	state = strata_state(strata, spot, strata_layers(strata));
	if (!state.shown || !S_ISDIR(strata_entry(strata, state.shown)->mode))
		return false;
	*out = (struct strata_advice){.reason = STRATA_CACHE, .spot = spot};
	sum_below(strata, spot, &state, out);
	out->by = out->layer;
	return out->bytes > 0;
}

static int more_bytes_first(const void *a, const void *b)
{
	const struct strata_advice *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->spot > y->spot) - (x->spot < y->spot);
}

int strata_advise(struct strata *strata, const struct strata_waste *waste,
	struct strata_advice **out, size_t *count, struct err *err)
{
	size_t doubles = waste->n_doubles < DOUBLES_MAX ? waste->n_doubles : DOUBLES_MAX, n;
	struct strata_advice *advice = calloc(
		waste->n_losses + doubles + sizeof(caches) / sizeof(*caches) + 1, sizeof(*advice));

	if (!advice)
		return err_set(err, ENOMEM, "layers: out of memory");
	n = join_losses(strata, waste, advice);
	for (size_t i = 0; i < doubles; i++) {
		const struct strata_double *one = &waste->doubles[i];

		advice[n++] = (struct strata_advice){.reason = STRATA_DUPLICATE,
			.bytes = one->bytes * (one->copies - 1),
			.files = one->copies,
			.layer = one->layer,
			.by = one->layer,
			.spot = one->spot};
	}
	for (size_t i = 0; i < sizeof(caches) / sizeof(*caches); i++)
		n += find_cache(strata, caches[i], &advice[n]);
	qsort(advice, n, sizeof(*advice), more_bytes_first);
	*out = advice;
	*count = n;
	return 0;
}
