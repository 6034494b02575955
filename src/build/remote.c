#include "build/remote.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/cache_option.h"
#include "build/no_memory.h"
#include "build/work.h"
#include "core/child.h"
#include "util/own.h"

enum trust { TRUST_ALL, TRUST_HELD, TRUST_NOTHING };

struct cache_place {
	struct cache_option option;
	struct step_cache cache;
	struct err err; /* of reading its lines */
};

/* A step that was found, until its layer is in the store. */
struct pending {
	const struct step_cached *step;
	bool kept;
};

/* A layer that was fetched, in the chain it was fetched for. */
struct fetched {
	uint8_t chain[SHA_BYTES]; /* of the diff ids up to it */
	char id[LAYER_ID_SIZE];
};

struct remote {
	struct cache_place *places;
	size_t n_places;
	enum trust trust;
	bool broken;             /* something did not come */
	struct pending *pending; /* guarded by the work's lock */
	size_t n_pending;
	pthread_mutex_t fetching; /* one at a time, and what it changes: */
	struct fetched *fetched;
	size_t n_fetched;
};

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	for (size_t i = 0; i < remote->n_places; i++) {
		cache_option_fini(&remote->places[i].option);
		step_cache_fini(&remote->places[i].cache);
	}
	free(remote->places);
	free(remote->pending);
	free(remote->fetched);
	pthread_mutex_destroy(&remote->fetching);
	free(remote);
}

/* ---- reading what they have ---- */

static void on_line(void *arg, const char *line)
{
	struct cache_place *place = arg;

	if (!place->err.code)
		step_cache_add_line(&place->cache, line, &place->err);
}

static void place_args(const struct cache_option *option, const char *verb, struct strs *args)
{
	strs_add(args, verb);
	strs_add(args, option->kind == CACHE_REGISTRY ? "--ref" : "--dir");
	strs_add(args, option->place);
	if (option->kind == CACHE_REGISTRY && option->insecure)
		strs_add(args, "--insecure");
	if (option->kind == CACHE_LOCAL && option->tag) {
		strs_add(args, "--tag");
		strs_add(args, option->tag);
	}
	if (option->kind == CACHE_LOCAL && option->digest) {
		strs_add(args, "--digest");
		strs_add(args, option->digest);
	}
}

static int run(struct build_work *work, const struct strs *args, void (*line)(void *, const char *),
	void *arg, struct err *err)
{
	const struct child child = {.args = (const char *const *)args->v,
		.line = line,
		.arg = arg,
		.canceled = work->canceled};

	return strs_failed(args) ? no_memory(err) : child_run(work->engine, &child, err);
}

static void warn(struct build_work *work, const struct cache_place *place, const struct err *why)
{
	char text[700];

	snprintf(text, sizeof(text), "cache %.150s: %s", place->option.place, why->text);
	work_tell(work, -1, BUILD_EVENT_WARNING, text, strlen(text));
}

static int read_place(struct build_work *work, struct cache_place *place, struct err *err)
{
	auto_strs args = STRS_INIT;
	struct err why = {0};
	int failed;

	place_args(&place->option, "cache-read", &args);
	failed = run(work, &args, on_line, place, &why);
	if (failed == -ECANCELED || failed == -ENOMEM) {
		*err = why;
		return failed;
	}
	if (!failed && place->err.code)
		why = place->err;
	if (!why.code)
		return 0;
	step_cache_fini(&place->cache);
	warn(work, place, &why);
	return 0;
}

int remote_open(struct build_work *work, struct remote **out, struct err *err)
{
	const struct strs *wanted = &work->request->cache_from;
	struct remote *remote;
	int failed = 0;

	if (!wanted->len)
		return 0;
	remote = calloc(1, sizeof(*remote));
	if (remote)
		remote->places = calloc(wanted->len, sizeof(*remote->places));
	if (!remote || !remote->places) {
		free(remote);
		return no_memory(err);
	}
	pthread_mutex_init(&remote->fetching, NULL);
	for (size_t i = 0; i < wanted->len && !failed; i++) {
		struct cache_place *place = &remote->places[i];

		failed = cache_option_parse(wanted->v[i], CACHE_FROM, &place->option, err);
		if (failed)
			break;
		remote->n_places++;
		failed = read_place(work, place, err);
	}
	if (failed)
		remote_free(remote);
	else
		*out = remote;
	return failed;
}

/* ---- finding ---- */

/* Its blob, and who has it. */
static const struct step_layer *find_layer(
	const struct remote *remote, const char *diff_id, const struct cache_place **who)
{
	for (size_t i = 0; i < remote->n_places; i++) {
		const struct step_layer *layer =
			step_cache_layer(&remote->places[i].cache, diff_id);

		if (!layer || !*layer->digest)
			continue;
		*who = &remote->places[i];
		return layer;
	}
	return NULL;
}

static bool counts(const struct remote *remote, const struct step_cached *step)
{
	const struct cache_place *who;

	return remote->trust == TRUST_ALL || !*step->diff_id ||
	       find_layer(remote, step->diff_id, &who);
}

const struct step_cached *remote_find(const struct remote *remote, const char *key)
{
	if (!remote || remote->trust == TRUST_NOTHING)
		return NULL;
	for (size_t i = 0; i < remote->n_places; i++) {
		const struct step_cache *cache = &remote->places[i].cache;

		for (size_t k = 0; k < cache->n_steps; k++)
			if (str_eq(cache->steps[k].key, key) && counts(remote, &cache->steps[k]))
				return &cache->steps[k];
	}
	return NULL;
}

const char *remote_where(const struct remote *remote, const struct step_cached *step)
{
	for (size_t i = 0; i < remote->n_places; i++) {
		const struct step_cache *cache = &remote->places[i].cache;

		if (step >= cache->steps && step < cache->steps + cache->n_steps)
			return remote->places[i].option.place;
	}
	return "";
}

void remote_same(const struct remote *remote, const struct step_cached *step, struct strs *keys)
{
	for (size_t i = 0; remote && i < remote->n_places; i++) {
		const struct step_cache *cache = &remote->places[i].cache;

		for (size_t k = 0; k < cache->n_steps; k++)
			if (str_eq(cache->steps[k].diff_id, step->diff_id) &&
				str_eq(cache->steps[k].what, step->what))
				strs_add(keys, cache->steps[k].key);
	}
}

/* ---- keeping ---- */

static int keep(
	struct build_work *work, const struct step_cached *step, const char *id, struct err *err)
{
	struct build_cached cached = {.created = step->created};

	memcpy(cached.key, step->key, sizeof(cached.key));
	memcpy(cached.diff_id, step->diff_id, sizeof(cached.diff_id));
	memcpy(cached.kind, step->kind, sizeof(cached.kind));
	memcpy(cached.what, step->what, sizeof(cached.what));
	snprintf(cached.layer, sizeof(cached.layer), "%s", id);
	return build_cache_keep(work->store, &cached, err);
}

int remote_use(struct build_work *work, const struct step_cached *step, struct err *err)
{
	struct remote *remote = work->remote;
	struct pending *more;

	if (work->dry)
		return 0;
	if (!*step->diff_id)
		return keep(work, step, "", err);
	more = realloc(remote->pending, (remote->n_pending + 1) * sizeof(*more));
	if (!more)
		return no_memory(err);
	remote->pending = more;
	more[remote->n_pending++] = (struct pending){.step = step};
	return 0;
}

static int keep_pending(
	struct build_work *work, const char *diff_id, const char *id, struct err *err)
{
	struct remote *remote = work->remote;
	int failed = 0;

	pthread_mutex_lock(&work->lock);
	for (size_t i = 0; i < remote->n_pending && !failed; i++) {
		struct pending *pending = &remote->pending[i];

		if (pending->kept || !str_eq(pending->step->diff_id, diff_id))
			continue;
		failed = keep(work, pending->step, id, err);
		pending->kept = !failed;
	}
	pthread_mutex_unlock(&work->lock);
	return failed;
}

/* ---- fetching ---- */

static void chain_digest(const struct strs *diff_ids, size_t n, uint8_t out[SHA_BYTES])
{
	auto_of(sha) struct sha *sha = sha_new();

	memset(out, 0, SHA_BYTES);
	for (size_t i = 0; sha && i < n; i++)
		sha_add(sha, diff_ids->v[i], DIGEST_SIZE);
	if (sha)
		sha_done_bytes(sha, out);
}

static int set_id(struct strs *ids, size_t i, const char *id, struct err *err)
{
	char *copy = strdup(id);

	if (!copy)
		return no_memory(err);
	free(ids->v[i]);
	ids->v[i] = copy;
	return 0;
}

static const struct fetched *find_fetched(
	const struct remote *remote, const struct strs *diff_ids, size_t n)
{
	uint8_t chain[SHA_BYTES];

	chain_digest(diff_ids, n, chain);
	for (size_t i = 0; i < remote->n_fetched; i++)
		if (memcmp(remote->fetched[i].chain, chain, SHA_BYTES) == 0)
			return &remote->fetched[i];
	return NULL;
}

/* What another node had fetched already. */
static int fill_known(
	struct build_work *work, const struct node *node, struct strs *ids, struct err *err)
{
	for (size_t i = 0; i < ids->len; i++) {
		const struct fetched *known =
			*ids->v[i] ? NULL : find_fetched(work->remote, &node->diff_ids, i + 1);

		if (known && (set_id(ids, i, known->id, err) < 0 ||
				     keep_pending(work, node->diff_ids.v[i], known->id, err) < 0))
			return err->code;
	}
	return 0;
}

/* A run of layers that one place has, from the first that is missing: its end. */
static size_t find_run(const struct remote *remote, const struct node *node, const struct strs *ids,
	size_t first, const struct cache_place **who)
{
	size_t end = first;

	*who = NULL;
	for (size_t i = first; i < ids->len; i++) {
		const struct cache_place *place = NULL;

		if (*ids->v[i])
			continue;
		find_layer(remote, node->diff_ids.v[i], &place);
		if (!place || (*who && place != *who))
			break;
		*who = place;
		end = i + 1;
	}
	return end;
}

static int fetch_args(const struct remote *remote, const struct node *node, const struct strs *ids,
	size_t end, const struct cache_place *who, struct strs *args)
{
	place_args(&who->option, "cache-fetch", args);
	for (size_t i = 0; i < end; i++) {
		const struct step_layer *layer;
		const struct cache_place *same;

		if (*ids->v[i]) {
			strs_add(args, ids->v[i]);
			continue;
		}
		layer = find_layer(remote, node->diff_ids.v[i], &same);
		strs_addf(args, "%s,%s,%" PRIu64, layer->diff_id, layer->digest, layer->size);
	}
	return strs_failed(args) ? -ENOMEM : 0;
}

static void add_id(void *arg, const char *line)
{
	strs_add(arg, line);
}

/* Everything that came, for the other nodes and the next build. */
static int note_fetched(struct build_work *work, const struct node *node, struct strs *ids,
	const struct strs *came, struct err *err)
{
	struct remote *remote = work->remote;

	for (size_t i = 0; i < came->len; i++) {
		struct fetched *more;

		if (*ids->v[i])
			continue;
		more = realloc(remote->fetched, (remote->n_fetched + 1) * sizeof(*more));
		if (!more)
			return no_memory(err);
		remote->fetched = more;
		chain_digest(&node->diff_ids, i + 1, more[remote->n_fetched].chain);
		snprintf(more[remote->n_fetched].id, LAYER_ID_SIZE, "%s", came->v[i]);
		remote->n_fetched++;
		if (set_id(ids, i, came->v[i], err) < 0 ||
			keep_pending(work, node->diff_ids.v[i], came->v[i], err) < 0)
			return err->code;
	}
	return 0;
}

static int fetch_run(struct build_work *work, const struct node *node, struct strs *ids, size_t end,
	const struct cache_place *who, struct err *err)
{
	auto_strs args = STRS_INIT, came = STRS_INIT;
	char note[200];
	int failed;

	if (fetch_args(work->remote, node, ids, end, who, &args) < 0)
		return no_memory(err);
	snprintf(note, sizeof(note), "fetching from cache %.150s", who->option.place);
	work_tell(work, -1, BUILD_EVENT_NOTE, note, strlen(note));
	failed = run(work, &args, add_id, &came, err);
	if (!failed && came.len != end)
		failed = err_set(err, EBADMSG, "%zu layers came instead of %zu", came.len, end);
	if (failed && failed != -ECANCELED) {
		warn(work, who, err);
		work->remote->broken = true;
		return err_set(
			err, EREMCHG, "cache %.150s: it could not be fetched", who->option.place);
	}
	return failed ? failed : note_fetched(work, node, ids, &came, err);
}

/* The index of the first layer that is not here, or n. */
static size_t first_missing(const struct strs *ids)
{
	size_t i = 0;

	while (i < ids->len && *ids->v[i])
		i++;
	return i;
}

static int fetch_all(
	struct build_work *work, const struct node *node, struct strs *ids, struct err *err)
{
	size_t first;

	if (fill_known(work, node, ids, err) < 0)
		return err->code;
	while ((first = first_missing(ids)) < ids->len) {
		const struct cache_place *who;
		size_t end = find_run(work->remote, node, ids, first, &who);

		if (!who)
			return err_set(err, EREMCHG, "cache: it has no layer %.19s",
				node->diff_ids.v[first]);
		if (fetch_run(work, node, ids, end, who, err) < 0)
			return err->code;
	}
	return 0;
}

int remote_bring(
	struct build_work *work, const struct node *node, struct strs *ids, struct err *err)
{
	int failed = 0;

	strs_copy(ids, &node->layers);
	if (strs_failed(ids))
		return no_memory(err);
	if (first_missing(ids) == ids->len)
		return 0;
	pthread_mutex_lock(&work->remote->fetching);
	failed = fetch_all(work, node, ids, err);
	pthread_mutex_unlock(&work->remote->fetching);
	return failed;
}

bool remote_give_up(struct remote *remote)
{
	if (!remote || remote->trust == TRUST_NOTHING)
		return false;
	remote->trust = remote->broken || remote->trust == TRUST_HELD ? TRUST_NOTHING : TRUST_HELD;
	remote->n_pending = 0;
	return true;
}
