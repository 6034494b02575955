/* Layers of every shape, stacked: what shows at each height must be what a file system would have
 * that had each layer's deletions and then its entries applied, one layer after another. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/layers_rig.h"
#include "core/strata.h"

enum { PATHS = 400, WORDS = 40, WORD = 48 };

/* ---- the plain way ---- */

struct plain {
	struct {
		char path[WORD];
		unsigned layer;
	} paths[PATHS];
	size_t n;
};

static void drop(struct plain *plain, const char *path, bool itself)
{
	size_t len = strlen(path), kept = 0;

	for (size_t i = 0; i < plain->n; i++) {
		const char *other = plain->paths[i].path;
		bool below = strncmp(other, path, len) == 0 && other[len] == '/';

		if (!below && !(itself && strcmp(other, path) == 0))
			plain->paths[kept++] = plain->paths[i];
	}
	plain->n = kept;
}

static void apply(struct plain *plain, const struct index *index, unsigned layer)
{
	char path[INDEX_PATH_MAX];

	for (uint32_t i = 1; i < index_count(index); i++) {
		const struct index_entry *entry = index_at(index, i);

		index_path(index, entry, path);
		if (!S_ISDIR(entry->mode) || entry->flags & INDEX_OPAQUE)
			drop(plain, path, true);
		else /* merged with a directory, in the place of anything else */
			for (size_t k = 0; k < plain->n; k++)
				if (strcmp(plain->paths[k].path, path) == 0) {
					plain->paths[k] = plain->paths[--plain->n];
					break;
				}
	}
	for (uint32_t i = 1; i < index_count(index); i++) {
		if (index_at(index, i)->flags & INDEX_WHITEOUT || plain->n == PATHS)
			continue;
		index_path(index, index_at(index, i), path);
		snprintf(plain->paths[plain->n].path, WORD, "%.*s", WORD - 1, path);
		plain->paths[plain->n++].layer = layer;
	}
}

/* ---- compared ---- */

static void must(bool so)
{
	if (!so)
		abort();
}

static void check_height(struct strata *strata, const struct plain *plain, unsigned height)
{
	uint32_t shown = 0;
	struct err err;

	for (size_t i = 0; i < plain->n; i++) {
		struct strata_state state;
		uint32_t spot;

		must(strata_find(strata, plain->paths[i].path, &spot, &err) == 0);
		must(spot != STRATA_NONE);
		state = strata_state(strata, spot, height);
		must(state.shown && state.shown->layer == plain->paths[i].layer);
	}
	for (uint32_t i = 1; i < strata_count(strata); i++)
		shown += strata_state(strata, i, height).shown != NULL;
	must(shown == plain->n);
}

static void check_story(const struct strata *strata, uint32_t spot)
{
	struct strata_step *steps;
	size_t n, wins = 0;
	struct err err;
	bool there = strata_state(strata, spot, strata_layers(strata)).shown;

	must(strata_story(strata, spot, (struct strata_span){0, strata_layers(strata)},
		     strata_layers(strata), &steps, &n, &err) == 0);
	for (size_t i = 0; i < n; i++)
		wins += steps[i].wins;
	must(wins == (there ? 1 : 0) && n > 0 && steps[n - 1].wins == there);
	free(steps);
}

static void check_all(struct layers_rig *rig)
{
	auto_of(strata) struct strata *strata = NULL;
	static struct plain plain;
	struct strata_waste waste;
	uint64_t fates = 0, sizes = 0, lost = 0, hides = 0;
	struct err err;

	must(strata_new((const struct index *const *)rig->indexes, rig->n, &strata, &err) == 0);
	must(strata_waste(strata, &waste, &err) == 0);
	plain.n = 0;
	for (unsigned i = 0; i < rig->n; i++) {
		apply(&plain, rig->indexes[i], i);
		check_height(strata, &plain, i + 1);
		sizes += index_size(rig->indexes[i]);
		lost += waste.layers[i].lost;
		hides += waste.layers[i].hides;
	}
	for (uint32_t i = 1; i < strata_count(strata); i++)
		check_story(strata, i);
	for (int i = 0; i < STRATA_FATES; i++)
		fates += waste.bytes[i];
	must(fates == waste.total && waste.total == sizes && lost == hides);
	must(lost + waste.bytes[STRATA_LIVE] == sizes && waste.double_bytes <= sizes);
	strata_waste_fini(&waste);
}

/* ---- layers out of bytes ---- */

/* "a/b" of two bits a name. */
static size_t put_path(char *word, uint8_t byte)
{
	size_t len = 0;

	for (int depth = 0; depth <= (byte & 3) && depth < 3; depth++) {
		if (depth)
			word[len++] = '/';
		word[len++] = (char)('a' + (byte >> (2 + 2 * depth) & 3));
	}
	word[len] = '\0';
	return len;
}

static bool is_below(const char *path, size_t path_len, const char *dir, size_t dir_len)
{
	return path_len > dir_len && path[dir_len] == '/' && memcmp(path, dir, dir_len) == 0;
}

/* Nothing is said twice in one layer, and only directories have something below them. */
static bool collides(char words[][WORD], size_t n, const char *path, bool is_dir)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < n; i++) {
		const char *other = words[i] + (words[i][0] == '!');
		size_t other_len = strcspn(other, "=-!");
		bool other_is_dir = other_len && other[other_len - 1] == '/';

		other_len -= other_is_dir;
		if (other_len == len && memcmp(other, path, len) == 0)
			return true;
		if ((!other_is_dir && is_below(path, len, other, other_len)) ||
			(!is_dir && is_below(other, other_len, path, len)))
			return true;
	}
	return false;
}

static size_t make_layer(const uint8_t **at, const uint8_t *end, char words[][WORD])
{
	size_t n = 0;

	while (*at + 1 < end && n < WORDS) {
		uint8_t what = *(*at)++, where = *(*at)++;
		char path[WORD / 2];
		int failed = 0;

		if (what == 0xff)
			break;
		put_path(path, where);
		if (collides(words, n, path, what % 6 == 1 || what % 6 == 2))
			continue;
		switch (what % 6) {
		case 0:
			failed = snprintf(words[n], WORD, "!%s", path);
			break;
		case 1:
			failed = snprintf(words[n], WORD, "%s/", path);
			break;
		case 2:
			failed = snprintf(words[n], WORD, "%s/!", path);
			break;
		case 3:
			failed = snprintf(words[n], WORD, "%s->x", path);
			break;
		case 4:
			failed = snprintf(words[n], WORD, "%s=>%c", path, 'a' + (what >> 6));
			break;
		default:
			failed = snprintf(words[n], WORD, "%s=%.*s%%%d", path, what >> 5, "1234567",
				what & 8 ? 644 : 600);
		}
		must(failed > 0);
		n++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const uint8_t *at = input, *end = input + len;
	struct layers_rig rig;

	layers_rig_init(&rig);
	while (at + 1 < end && rig.n < LAYERS_MAX) {
		char words[WORDS][WORD];
		const char *list[WORDS + 1];
		size_t n = make_layer(&at, end, words);

		for (size_t i = 0; i < n; i++)
			list[i] = words[i];
		list[n] = NULL;
		layers_rig_add(&rig, list);
	}
	check_all(&rig);
	layers_rig_fini(&rig);
	return 0;
}
