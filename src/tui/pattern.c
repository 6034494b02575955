/* pattern.c - see pattern.h.
 *
 * A state is a set of places in the program, reached but not gone through yet: what lies behind
 * BEGIN, END and BORDER depends on the byte that comes next. A step goes through them, sees whether
 * MATCH is among them, and takes the byte. States are made when they are first met; when there are
 * too many, all are forgotten. */
#include "tui/pattern.h"

#include <ctype.h>
#include <string.h>

#include "tui/pattern_code.h"

enum {
	STATES_MAX = 512,
	BUCKETS = 1024,
	UNKNOWN = -1,
	MATCHED = 1 << 30, /* in a step: what came before this byte is a match */
	FIND_STEPS_MAX = 200000,
};

enum { AT_BEGIN = 1, AFTER_WORD = 2, ANYWHERE = 4 /* a match may begin here too */ };

struct state {
	uint32_t first, count; /* in the pool */
	uint8_t flags;
	int next_in_bucket;
};

struct pattern {
	struct pattern_code code;
	bool regular;
	size_t rare; /* which byte of the text is looked for first */
	uint8_t class_of[256];
	int classes, row; /* a row of steps has one more, for the end of the line */
	struct state states[STATES_MAX];
	int state_count;
	int buckets[BUCKETS];
	int32_t *steps; /* where a row leads: to where another begins */
	uint16_t *pool; /* the sets of all states */
	size_t pool_len;
	uint16_t set[PATTERN_CODE_MAX + 1]; /* the one being made */
	size_t set_len;
	uint16_t stack[2 * PATTERN_CODE_MAX + 2];
	uint32_t seen[PATTERN_CODE_MAX], round;
};

static bool is_word(unsigned byte)
{
	return byte == '_' || byte >= 0x80 || isalnum((int)byte);
}

/* ---- making ---- */

static bool set_holds(const struct pattern_code *code, size_t set, unsigned byte)
{
	return set < code->set_count ? pattern_set_has(&code->sets[set], byte) : is_word(byte);
}

/* Parts each class that a set holds some of, but not all. */
static void part_by(struct pattern *pattern, size_t set)
{
	int in[256] = {0}, all[256] = {0}, other[256] = {0};
	uint8_t *of = pattern->class_of;

	for (unsigned byte = 0; byte < 256; byte++) {
		all[of[byte]]++;
		in[of[byte]] += set_holds(&pattern->code, set, byte);
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		int class = of[byte];

		if (!in[class] || in[class] == all[class] || !set_holds(&pattern->code, set, byte))
			continue;
		if (!other[class])
			other[class] = pattern->classes++;
		of[byte] = (uint8_t)other[class];
	}
}

/* Bytes that no set tells apart are one class. */
static void part_classes(struct pattern *pattern)
{
	pattern->classes = 1;
	for (size_t set = 0; set <= pattern->code.set_count; set++)
		part_by(pattern, set);
}

/* How many texts have this byte: the rarer, the better to look for. */
static int commonness(char byte)
{
	static const char order[] = "zqjxkvbywgpfmucdlhrsnioate ";
	const char *at = memchr(order, tolower((unsigned char)byte), sizeof(order) - 1);

	return at ? 10 + (int)(at - order) : isdigit((unsigned char)byte) ? 20 : 0;
}

static void choose_rare(struct pattern *pattern)
{
	const struct pattern_code *code = &pattern->code;

	for (size_t i = 1; i < code->text_len; i++)
		if (commonness(code->text[i]) < commonness(code->text[pattern->rare]))
			pattern->rare = i;
}

static void forget(struct pattern *pattern)
{
	pattern->state_count = 0;
	pattern->pool_len = 0;
	memset(pattern->buckets, -1, sizeof(pattern->buckets));
}

static struct pattern *make(const char *text, bool plain)
{
	auto_of(pattern) struct pattern *pattern = calloc(1, sizeof(*pattern));

	if (!pattern)
		return NULL;
	pattern->regular = !plain && pattern_compile(&pattern->code, text);
	if (!pattern->regular)
		pattern_compile_plain(&pattern->code, text);
	part_classes(pattern);
	pattern->row = pattern->classes + 1;
	choose_rare(pattern);
	forget(pattern);
	pattern->steps = malloc((size_t)(STATES_MAX * pattern->row) * sizeof(int32_t));
	pattern->pool = malloc(STATES_MAX * (pattern->code.count + 1) * sizeof(*pattern->pool));
	return pattern->steps && pattern->pool ? take(pattern) : NULL;
}

struct pattern *pattern_new(const char *text)
{
	return make(text, false);
}

struct pattern *pattern_new_plain(const char *text)
{
	return make(text, true);
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	free(pattern->steps);
	free(pattern->pool);
	free(pattern);
}

bool pattern_is_regular(const struct pattern *pattern)
{
	return pattern->regular;
}

/* ---- states ---- */

static unsigned hash(const struct pattern *pattern, uint8_t flags)
{
	uint32_t sum = 2166136261u ^ flags;

	for (size_t i = 0; i < pattern->set_len; i++)
		sum = (sum ^ pattern->set[i]) * 16777619u;
	return sum % BUCKETS;
}

static int32_t add_state(struct pattern *pattern, uint8_t flags, int *bucket)
{
	int number = pattern->state_count++;
	int32_t *row = pattern->steps + number * pattern->row;

	pattern->states[number] = (struct state){
		(uint32_t)pattern->pool_len, (uint32_t)pattern->set_len, flags, *bucket};
	*bucket = number;
	memcpy(pattern->pool + pattern->pool_len, pattern->set,
		pattern->set_len * sizeof(*pattern->set));
	pattern->pool_len += pattern->set_len;
	for (int i = 0; i < pattern->row; i++)
		row[i] = UNKNOWN;
	return number * pattern->row;
}

/* The row of the state that pattern->set is. *forgot: all others are gone. */
static int32_t state_of_set(struct pattern *pattern, uint8_t flags, bool *forgot)
{
	unsigned bucket = hash(pattern, flags);

	for (int i = pattern->buckets[bucket]; i >= 0; i = pattern->states[i].next_in_bucket) {
		const struct state *state = &pattern->states[i];

		if (state->flags == flags && state->count == pattern->set_len &&
			memcmp(pattern->pool + state->first, pattern->set,
				pattern->set_len * sizeof(*pattern->set)) == 0)
			return i * pattern->row;
	}
	*forgot = pattern->state_count == STATES_MAX;
	if (*forgot)
		forget(pattern);
	return add_state(pattern, flags, &pattern->buckets[bucket]);
}

static int32_t start_state(struct pattern *pattern, const char *line, size_t from, uint8_t flags)
{
	bool forgot;

	pattern->set[0] = 0;
	pattern->set_len = 1;
	flags |= from == 0 ? AT_BEGIN : is_word((unsigned char)line[from - 1]) ? AFTER_WORD : 0;
	return state_of_set(pattern, flags, &forgot);
}

static bool goes_through(const struct pattern_step *step, uint8_t flags, int next)
{
	switch (step->op) {
	case PATTERN_BEGIN:
		return flags & AT_BEGIN;
	case PATTERN_END:
		return next < 0;
	case PATTERN_BORDER:
		return !(flags & AFTER_WORD) != !(next >= 0 && is_word((unsigned)next));
	}
	return false;
}

/* Goes through the program from one place without taking a byte; what takes `next` is added to the
 * set as the place behind it. True: MATCH was met. */
static bool explore(struct pattern *pattern, uint16_t from, uint8_t flags, int next)
{
	size_t depth = 0;
	bool matched = false;

	pattern->stack[depth++] = from;
	while (depth > 0) {
		uint16_t at = pattern->stack[--depth];
		const struct pattern_step *step = &pattern->code.steps[at];

		if (pattern->seen[at] == pattern->round)
			continue;
		pattern->seen[at] = pattern->round;
		if (step->op == PATTERN_MATCH)
			matched = true;
		else if (step->op == PATTERN_SET) {
			if (next >= 0 &&
				pattern_set_has(&pattern->code.sets[step->x], (unsigned)next))
				pattern->set[pattern->set_len++] = (uint16_t)(at + 1);
		} else if (step->op == PATTERN_JUMP) {
			pattern->stack[depth++] = (uint16_t)(at + step->x);
		} else if (step->op == PATTERN_SPLIT) {
			pattern->stack[depth++] = (uint16_t)(at + step->y);
			pattern->stack[depth++] = (uint16_t)(at + step->x);
		} else if (goes_through(step, flags, next)) {
			pattern->stack[depth++] = (uint16_t)(at + 1);
		}
	}
	return matched;
}

static int compare_places(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* From a state over a byte, or over the end of the line (-1). */
static int32_t make_step(struct pattern *pattern, int32_t from, int next)
{
	struct state state = pattern->states[from / pattern->row];
	int column = next < 0 ? pattern->classes : pattern->class_of[next];
	uint8_t flags = state.flags & ANYWHERE;
	bool matched = false, forgot = false;
	int32_t to;

	pattern->round++;
	pattern->set_len = 0;
	for (uint32_t i = 0; i < state.count; i++)
		matched |= explore(pattern, pattern->pool[state.first + i], state.flags, next);
	qsort(pattern->set, pattern->set_len, sizeof(*pattern->set), compare_places);
	if (flags & ANYWHERE) {
		memmove(pattern->set + 1, pattern->set, pattern->set_len * sizeof(*pattern->set));
		pattern->set[0] = 0;
		pattern->set_len++;
	}
	flags |= next >= 0 && is_word((unsigned)next) ? AFTER_WORD : 0;
	to = state_of_set(pattern, flags, &forgot) | (matched ? MATCHED : 0);
	if (!forgot)
		pattern->steps[from + column] = to;
	return to;
}

static int32_t step(struct pattern *pattern, int32_t from, int next)
{
	int32_t to = pattern->steps[from + (next < 0 ? pattern->classes : pattern->class_of[next])];

	return to != UNKNOWN ? to : make_step(pattern, from, next);
}

/* ---- looking ---- */

static bool same_text(const struct pattern_code *code, const char *at)
{
	if (!code->fold)
		return memcmp(at, code->text, code->text_len) == 0;
	for (size_t i = 0; i < code->text_len; i++)
		if (tolower((unsigned char)at[i]) != (unsigned char)code->text[i])
			return false;
	return true;
}

/* Where the text begins in at[0..len), or NULL. */
static const char *find_text(const struct pattern *pattern, const char *at, size_t len)
{
	const struct pattern_code *code = &pattern->code;
	unsigned char rare = (unsigned char)code->text[pattern->rare];
	const char *end = at + len, *from = at + pattern->rare, *small, *big = NULL;
	int other = code->fold ? toupper(rare) : rare;

	if (len < code->text_len)
		return NULL;
	/* The rare byte of a text that still fits lies in [from, stop). */
	end -= code->text_len - 1 - pattern->rare;
	small = memchr(from, rare, (size_t)(end - from));
	if (other != rare)
		big = memchr(from, other, (size_t)(end - from));
	while (small || big) {
		const char *hit = !big || (small && small < big) ? small : big;

		if (same_text(code, hit - pattern->rare))
			return hit - pattern->rare;
		if (hit == small)
			small = memchr(hit + 1, rare, (size_t)(end - hit) - 1);
		else
			big = memchr(hit + 1, other, (size_t)(end - hit) - 1);
	}
	return NULL;
}

size_t pattern_skip(const struct pattern *pattern, const char *lines, size_t len)
{
	const char *found;

	if (!pattern->code.text_len)
		return 0;
	found = find_text(pattern, lines, len);
	return found ? (size_t)(found - lines) : len;
}

static bool meets_from(struct pattern *pattern, const char *line, size_t len, size_t from)
{
	int32_t state = start_state(pattern, line, from, ANYWHERE), to;

	for (size_t at = from; at < len; at++) {
		unsigned char byte = (unsigned char)line[at];

		/* One comparison for what is rare: a match, or a step not made yet. */
		to = pattern->steps[state + pattern->class_of[byte]];
		if ((uint32_t)to >= MATCHED) {
			if (to == UNKNOWN)
				to = make_step(pattern, state, byte);
			if (to & MATCHED)
				return true;
		}
		state = to;
	}
	return step(pattern, state, -1) & MATCHED;
}

bool pattern_meets(struct pattern *pattern, const char *line, size_t len)
{
	if (pattern->code.text_len && !find_text(pattern, line, len))
		return false;
	return pattern->code.is_text || meets_from(pattern, line, len, 0);
}

/* The longest match that begins at `from`; false: none. */
static bool longest_at(struct pattern *pattern, const char *line, size_t len, size_t from,
	size_t *end, size_t *steps)
{
	int32_t state = start_state(pattern, line, from, 0);
	bool found = false;

	for (size_t at = from;; at++) {
		state = step(pattern, state & ~MATCHED, at < len ? (unsigned char)line[at] : -1);
		++*steps;
		if (state & MATCHED) {
			*end = at;
			found = true;
		}
		if (at == len || pattern->states[(state & ~MATCHED) / pattern->row].count == 0)
			return found;
	}
}

bool pattern_find(struct pattern *pattern, const char *line, size_t len, size_t from, size_t *begin,
	size_t *end)
{
	size_t steps = 0;
	const char *text;

	if (from > len)
		return false;
	if (pattern->code.is_text) {
		text = find_text(pattern, line + from, len - from);
		*begin = text ? (size_t)(text - line) : 0;
		*end = *begin + pattern->code.text_len;
		return text;
	}
	if (!meets_from(pattern, line, len, from))
		return false;
	/* It is there; only an expression made for it takes long to say where it begins. */
	for (*begin = from; *begin <= len && steps < FIND_STEPS_MAX; ++*begin)
		if (longest_at(pattern, line, len, *begin, end, &steps))
			return true;
	return false;
}
