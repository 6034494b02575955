/* filter_parse.c - from text to nodes. Recursive descent; what does not fit becomes a plain word
 * and a range in filter->bad. See filter_private.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tui/filter_private.h"

enum { DEPTH_MAX = 24, SAVED_DEPTH_MAX = 4, SAVED_NODES_MAX = 2000 };

struct reader {
	struct filter *filter;
	const struct filter_context *context;
	const char *text; /* the filter's, or a saved one's */
	size_t at, len;
	int depth, saved;         /* how deep in parentheses and in saved filters */
	size_t bad_from, bad_len; /* inside a saved filter: the word that named it */
};

static int read_any(struct reader *reader);

/* ---- room for nodes ---- */

static void *grow(struct filter *filter, void *list, size_t count, size_t size)
{
	void *more;

	/* Powers of two from 8 on. */
	if (count >= 8 && (count & (count - 1)))
		return list;
	if (count && count < 8)
		return list;
	more = realloc(list, (count ? count * 2 : 8) * size);
	filter->failed |= !more;
	return more;
}

static int add_node(struct filter *filter, enum node_kind kind)
{
	struct node *nodes = grow(filter, filter->nodes, filter->node_count, sizeof(*nodes));

	if (!nodes)
		return -1;
	filter->nodes = nodes;
	nodes[filter->node_count] = (struct node){.kind = kind, .child = -1, .next = -1};
	return (int)filter->node_count++;
}

static bool add_operand(struct filter *filter, struct node *node, const struct operand *operand)
{
	struct operand *operands =
		grow(filter, filter->operands, filter->operand_count, sizeof(*operands));

	if (!operands)
		return false;
	filter->operands = operands;
	if (node->operand_count++ == 0)
		node->operand = filter->operand_count;
	operands[filter->operand_count++] = *operand;
	return true;
}

static void tell_bad(struct reader *reader, size_t from, size_t len, const char *why)
{
	struct filter *filter = reader->filter;
	struct filter_bad *bad = grow(filter, filter->bad, filter->bad_count, sizeof(*bad));

	if (!bad)
		return;
	filter->bad = bad;
	if (reader->saved) {
		from = reader->bad_from;
		len = reader->bad_len;
	}
	bad[filter->bad_count++] = (struct filter_bad){from, len, why};
}

/* ---- characters ---- */

static char here(const struct reader *reader)
{
	return reader->at < reader->len ? reader->text[reader->at] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(here(reader)))
		reader->at++;
}

/* Ends a word that is not in quotes. */
static bool ends_word(const struct reader *reader, size_t at)
{
	char c = at < reader->len ? reader->text[at] : '\0';

	return at >= reader->len || is_blank(c) || c == '|' || (c == ')' && reader->depth > 0);
}

bool filter_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '/';
}

bool filter_find_field(
	const struct filter_set *set, const char *name, size_t len, size_t *field, const char **key)
{
	for (size_t i = 0; i < set->count; i++) {
		const char *wanted = set->fields[i].name;
		size_t all = strlen(wanted);
		bool dotted = wanted[all - 1] == '.';

		if (len < all || (!dotted && len != all) || strncasecmp(name, wanted, all) != 0 ||
			(dotted && len == all))
			continue;
		*field = i;
		*key = dotted ? name + all : NULL;
		return true;
	}
	return false;
}

size_t filter_read_op(const char *text, size_t len, enum filter_op *op)
{
	static const struct {
		const char *text;
		enum filter_op op;
	} ops[] = {{">=", OP_LEAST}, {"<=", OP_MOST}, {"!=", OP_OTHER}, {":", OP_HAS},
		{"=", OP_EQUAL}, {"~", OP_REGEX}, {">", OP_MORE}, {"<", OP_LESS}};

	for (size_t i = 0; i < array_len(ops); i++) {
		size_t used = strlen(ops[i].text);

		if (len >= used && memcmp(text, ops[i].text, used) == 0) {
			*op = ops[i].op;
			return used;
		}
	}
	return 0;
}

/* The byte after the closing quote, or the end of the text: it is being typed. */
static size_t after_quoted(const struct reader *reader, size_t at)
{
	for (at++; at < reader->len && reader->text[at] != '"'; at++)
		if (reader->text[at] == '\\' && at + 1 < reader->len)
			at++;
	return at < reader->len ? at + 1 : reader->len;
}

/* "/.../" or "/.../i" that begins at `at`; 0: there is none, as in a path. */
static size_t after_regex(const struct reader *reader, size_t at, bool *fold)
{
	for (size_t i = at + 1; i < reader->len; i++) {
		if (reader->text[i] == '\\') {
			i++;
			continue;
		}
		if (reader->text[i] != '/' || i == at + 1)
			continue;
		*fold = i + 1 < reader->len && reader->text[i + 1] == 'i';
		if (ends_word(reader, i + 1 + *fold))
			return i + 1 + *fold;
	}
	return 0;
}

/* Without slashes: up to a blank, or to a "|" or ")" that is not the expression's own. */
static size_t after_bare_regex(const struct reader *reader, size_t at)
{
	for (int open = 0; at < reader->len && !is_blank(reader->text[at]); at++) {
		char c = reader->text[at];

		if (open == 0 && ends_word(reader, at))
			break;
		if (c == '\\' && at + 1 < reader->len)
			at++;
		open += c == '(' ? 1 : c == ')' && open > 0 ? -1 : 0;
	}
	return at;
}

/* ---- words ---- */

static int word_node(struct reader *reader, const char *text, size_t len, bool quoted)
{
	struct operand operand = {0};
	int node = add_node(reader->filter, len ? NODE_WORD : NODE_TRUE);

	if (node < 0 || !len)
		return node;
	operand_word(&operand, text, len, quoted, &reader->filter->failed);
	if (!add_operand(reader->filter, &reader->filter->nodes[node], &operand))
		operand_fini(&operand);
	return node;
}

static int quoted_node(struct reader *reader)
{
	size_t from = reader->at + 1, to = after_quoted(reader, reader->at);
	bool closed = to > from && reader->text[to - 1] == '"';

	reader->at = to;
	return word_node(reader, reader->text + from, to - from - closed, true);
}

static int regex_node(struct reader *reader, size_t end, bool fold)
{
	size_t from = reader->at + 1, len = end - fold - 1 - from;
	struct operand operand = {0};
	const char *why =
		operand_regex(&operand, reader->text + from, len, fold, &reader->filter->failed);
	int node;

	if (why) {
		tell_bad(reader, reader->at, end - reader->at, why);
		reader->at = end;
		return word_node(reader, reader->text + from, len, false);
	}
	node = add_node(reader->filter, NODE_WORD);
	reader->at = end;
	if (node < 0 || !add_operand(reader->filter, &reader->filter->nodes[node], &operand))
		operand_fini(&operand);
	return node;
}

/* ---- fields ---- */

/* One value after an operator or a comma; NULL or why it is none. */
static const char *read_value(struct reader *reader, int node, const struct filter_field *field)
{
	struct filter *filter = reader->filter;
	enum filter_op op = filter->nodes[node].op;
	bool quoted = here(reader) == '"', closed = false, fold = false;
	size_t from = reader->at + quoted, to = reader->at, regex = 0;
	struct operand operand = {0};
	const char *why;

	if (quoted) {
		to = after_quoted(reader, reader->at);
		closed = to > from && reader->text[to - 1] == '"';
	} else if (op == OP_REGEX) {
		if (here(reader) == '/')
			regex = after_regex(reader, reader->at, &fold);
		to = regex ? regex : after_bare_regex(reader, to);
		from += regex > 0;
	} else {
		while (!ends_word(reader, to) && reader->text[to] != ',')
			to++;
	}
	reader->at = to;
	to -= closed + (regex ? 1 + fold : 0);
	if (to == from)
		return NULL;
	if (op == OP_REGEX && field->kind <= FILTER_LONG)
		why = operand_regex(
			&operand, reader->text + from, to - from, fold, &filter->failed);
	else
		why = operand_read(&operand, field, op, reader->text + from, to - from, quoted,
			reader->context->now_ns, &filter->failed);
	if (why || !add_operand(filter, &filter->nodes[node], &operand))
		operand_fini(&operand);
	return why;
}

static const char *read_values(struct reader *reader, int node, const struct filter_field *field)
{
	const char *why = read_value(reader, node, field);

	while (here(reader) == ',' && reader->filter->nodes[node].op != OP_REGEX) {
		const char *also;

		reader->at++;
		also = read_value(reader, node, field);
		why = why ? why : also;
	}
	return why;
}

/* Whether "nmae:web" was meant to be a field, or is like "redis:7" and "a=b" in a log. */
static bool looks_like_field(const struct filter_set *set, const char *name, size_t len, char next)
{
	size_t letters = 0;

	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].kind == FILTER_LONG && set->fields[i].everywhere)
			return false;
	while (letters < len && isalpha((unsigned char)name[letters]))
		letters++;
	return letters == len && len > 1 && next && !isdigit((unsigned char)next);
}

/* The end of the word that begins at `at`, quotes inside included. */
static size_t word_end(const struct reader *reader, size_t at)
{
	while (!ends_word(reader, at))
		at = reader->text[at] == '"' ? after_quoted(reader, at) : at + 1;
	return at;
}

static int plain_node(struct reader *reader)
{
	size_t from = reader->at, to = from;

	while (!ends_word(reader, to))
		to++;
	reader->at = to;
	return word_node(reader, reader->text + from, to - from, false);
}

static int field_node(struct reader *reader, size_t field, const char *key, size_t name_len,
	enum filter_op op, size_t op_len)
{
	const struct filter_field *asked = &reader->filter->set->fields[field];
	size_t from = reader->at, operands = reader->filter->operand_count;
	int node = add_node(reader->filter, NODE_FIELD);
	const char *why;

	if (node < 0)
		return node;
	reader->filter->nodes[node].field = field;
	reader->filter->nodes[node].op = op;
	reader->at += name_len + op_len;
	why = read_values(reader, node, asked);
	if (why) {
		while (reader->filter->operand_count > operands)
			operand_fini(&reader->filter->operands[--reader->filter->operand_count]);
		reader->filter->nodes[node].kind = NODE_TRUE;
		reader->at = word_end(reader, from);
		tell_bad(reader, from, reader->at - from, why);
		return word_node(reader, reader->text + from, reader->at - from, false);
	}
	if (key) {
		size_t key_len = (size_t)(reader->text + from + name_len - key);

		reader->filter->nodes[node].key = strndup(key, key_len);
		reader->filter->failed |= !reader->filter->nodes[node].key;
	}
	/* A field without a value yet: it is being typed. */
	if (!reader->filter->nodes[node].operand_count)
		reader->filter->nodes[node].kind = NODE_TRUE;
	return node;
}

static int field_or_word(struct reader *reader)
{
	const char *name = reader->text + reader->at, *key;
	size_t left = reader->len - reader->at, len = 0, op_len, field;
	enum filter_op op;

	while (len < left && filter_is_name(name[len]))
		len++;
	op_len = filter_read_op(name + len, left - len, &op);
	if (!len || !op_len)
		return plain_node(reader);
	if (filter_find_field(reader->filter->set, name, len, &field, &key))
		return field_node(reader, field, key, len, op, op_len);
	if (looks_like_field(reader->filter->set, name, len,
		    len + op_len < left ? name[len + op_len] : '\0'))
		tell_bad(reader, reader->at, word_end(reader, reader->at) - reader->at,
			"there is no such field");
	return plain_node(reader);
}

/* ---- saved filters ---- */

static int saved_node(struct reader *reader)
{
	const struct filter_context *context = reader->context;
	size_t from = reader->at, end = word_end(reader, from);
	auto_free char *name = strndup(reader->text + from + 1, end - from - 1);
	const char *text = name && context->saved ? context->saved(context->arg, name) : NULL;
	struct reader inner;

	reader->filter->failed |= !name;
	if (!text || reader->saved >= SAVED_DEPTH_MAX ||
		reader->filter->node_count > SAVED_NODES_MAX) {
		tell_bad(reader, from, end - from,
			text ? "saved filters name each other" : "no filter is saved as that");
		return plain_node(reader);
	}
	reader->at = end;
	inner = *reader;
	inner.text = text;
	inner.at = 0;
	inner.len = strlen(text);
	inner.depth = 0;
	inner.bad_from = reader->saved ? reader->bad_from : from;
	inner.bad_len = reader->saved ? reader->bad_len : end - from;
	inner.saved++;
	return read_any(&inner);
}

/* ---- terms, and what joins them ---- */

static int group_node(struct reader *reader)
{
	int node;

	if (reader->depth >= DEPTH_MAX) {
		tell_bad(reader, reader->at, 1, "too many parentheses");
		return plain_node(reader);
	}
	reader->at++;
	reader->depth++;
	node = read_any(reader);
	reader->depth--;
	if (here(reader) == ')') /* else it is being typed */
		reader->at++;
	return node;
}

static int read_positive(struct reader *reader)
{
	bool fold;
	size_t end;

	switch (here(reader)) {
	case '(':
		return group_node(reader);
	case '"':
		return quoted_node(reader);
	case '/':
		end = after_regex(reader, reader->at, &fold);
		return end ? regex_node(reader, end, fold) : plain_node(reader);
	case '@':
		if (!ends_word(reader, reader->at + 1))
			return saved_node(reader);
		return plain_node(reader);
	case ')':
		if (reader->depth == 0)
			tell_bad(reader, reader->at, 1, "nothing was opened that this closes");
		return plain_node(reader);
	default:
		return field_or_word(reader);
	}
}

static int read_term(struct reader *reader)
{
	char sign = here(reader);
	int node, positive;

	if ((sign != '-' && sign != '!') || ends_word(reader, reader->at + 1))
		return read_positive(reader);
	reader->at++;
	positive = read_positive(reader);
	node = add_node(reader->filter, NODE_NOT);
	if (node < 0 || positive < 0)
		return -1;
	/* "-name:" is being typed, too. */
	if (reader->filter->nodes[positive].kind == NODE_TRUE)
		return positive;
	reader->filter->nodes[node].child = positive;
	return node;
}

/* Appends to the children of `node`. */
static void adopt(struct filter *filter, int node, int *last, int child)
{
	if (child < 0)
		return;
	if (*last < 0)
		filter->nodes[node].child = child;
	else
		filter->nodes[*last].next = child;
	*last = child;
}

static int read_all(struct reader *reader)
{
	int node = add_node(reader->filter, NODE_ALL), last = -1;

	for (;;) {
		skip_blanks(reader);
		if (reader->at >= reader->len || here(reader) == '|' ||
			(here(reader) == ')' && reader->depth > 0) || reader->filter->failed)
			return node;
		adopt(reader->filter, node, &last, read_term(reader));
	}
}

/* A side of "|" with nothing on it is being typed, and says nothing. */
static int read_any(struct reader *reader)
{
	int node = add_node(reader->filter, NODE_ANY), last = -1;

	for (;;) {
		int side = reader->filter->failed ? -1 : read_all(reader);

		if (side >= 0 && reader->filter->nodes[side].child >= 0)
			adopt(reader->filter, node, &last, side);
		if (here(reader) != '|')
			break;
		reader->at++;
	}
	if (node >= 0 && last < 0)
		reader->filter->nodes[node].kind = NODE_TRUE;
	return node;
}

void filter_parse(struct filter *filter, const struct filter_context *context)
{
	static const struct filter_context none;
	struct reader reader = {.filter = filter,
		.context = context ? context : &none,
		.text = filter->text,
		.len = strlen(filter->text)};

	filter->root = read_any(&reader);
}
