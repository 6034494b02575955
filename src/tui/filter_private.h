/* filter_private.h - what reading and asking a filter share. For filter*.c only. */
#ifndef TUI_FILTER_PRIVATE_H
#define TUI_FILTER_PRIVATE_H

#include <regex.h>

#include "tui/filter.h"

enum filter_op {
	OP_HAS,   /* : */
	OP_EQUAL, /* = */
	OP_OTHER, /* != */
	OP_REGEX, /* ~ */
	OP_MORE,
	OP_LEAST, /* >= */
	OP_LESS,
	OP_MOST, /* <= */
};

/* How an operand is compared with a value. */
enum operand_how {
	HOW_CONTAINS,
	HOW_WHOLE,
	HOW_BEGINS,
	HOW_GLOB,
	HOW_GLOB_INSIDE,
	HOW_REGEX,
	HOW_NUMBER, /* number, to the precision typed: [number - below, number + above) */
	HOW_MOMENT, /* [time_ns, time_ns + span_ns) */
	HOW_AGO,    /* span_ns before now */
};

struct operand {
	enum operand_how how;
	bool fold; /* capitals do not matter */
	char *text;
	regex_t *regex;
	double number, below, above;
	uint64_t time_ns, span_ns;
};

enum node_kind { NODE_ALL, NODE_ANY, NODE_NOT, NODE_TRUE, NODE_WORD, NODE_FIELD };

/* In one array; children and operands are runs of the others, by index. */
struct node {
	enum node_kind kind;
	int child, next; /* -1: none */
	size_t field;
	enum filter_op op;
	char *key;
	size_t operand, operand_count;
};

struct filter {
	const struct filter_set *set;
	char *text;
	struct node *nodes;
	struct operand *operands;
	struct filter_bad *bad;
	size_t node_count, operand_count, bad_count;
	int root;
	bool failed; /* out of memory while reading */
};

/* ---- filter_operand.c: one value as typed ---- */

/* NULL: it is one; else why not. Text is always one. On success what it holds is freed by
 * operand_fini; running out of memory sets *failed. */
const char *operand_read(struct operand *operand, const struct filter_field *field,
	enum filter_op op, const char *text, size_t len, bool quoted, uint64_t now_ns,
	bool *failed);
/* "nginx" without a field; looks like a glob: it is one. */
void operand_word(struct operand *operand, const char *text, size_t len, bool quoted, bool *failed);
const char *operand_regex(
	struct operand *operand, const char *text, size_t len, bool fold, bool *failed);
void operand_fini(struct operand *operand);

/* ---- filter_time.c ---- */

/* "3d", "1h30m": false when it is none. unit_ns: of its last letter. */
bool filter_read_span(const char *text, size_t len, uint64_t *span_ns, uint64_t *unit_ns);
/* "14:02", "2026-11-26T14:02", "today". */
bool filter_read_moment(const char *text, size_t len, uint64_t now_ns, struct operand *out);

/* ---- filter_text.c ---- */

bool filter_text_has(const char *text, const char *part, bool fold);
bool filter_text_is(const char *text, const char *all, bool fold);
bool filter_text_begins(const char *text, const char *part, bool fold);
/* * ? [a-z] and \ before any of them. inside: a part of the text is enough. */
bool filter_glob(const char *pattern, const char *text, bool fold, bool inside);
bool filter_is_glob(const char *text, size_t len);

/* ---- filter_parse.c ---- */

bool filter_is_name(char c);
/* Which field "label.tier" is (key: where "tier" begins, or NULL); false: none. */
bool filter_find_field(const struct filter_set *set, const char *name, size_t len, size_t *field,
	const char **key);
/* The operator at the start of text; its length, or 0. */
size_t filter_read_op(const char *text, size_t len, enum filter_op *op);
void filter_parse(struct filter *filter, const struct filter_context *context);

#endif
