/* filter_complete.c - what Tab offers: fields, their values among the rows there are, saved
 * filters. See filter.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tui/filter_private.h"

enum { OFFERS_MAX = 100 };

static bool begins(const char *text, const char *part, size_t len)
{
	return strncasecmp(text, part, len) == 0;
}

static void offer(struct strs *out, const char *text)
{
	for (size_t i = 0; i < out->len; i++)
		if (strcmp(out->v[i], text) == 0)
			return;
	if (out->len < OFFERS_MAX)
		strs_add(out, text);
}

/* A value as it must be typed: in quotes when it would end early. */
static void offer_value(struct strs *out, const char *text)
{
	bool plain = *text && !strpbrk(text, " \t|,()\"*?");
	char quoted[200];
	size_t at = 0;

	if (plain) {
		offer(out, text);
		return;
	}
	quoted[at++] = '"';
	for (; *text && at < sizeof(quoted) - 3; text++) {
		if (*text == '"' || *text == '\\')
			quoted[at++] = '\\';
		quoted[at++] = *text;
	}
	quoted[at++] = '"';
	quoted[at] = '\0';
	offer(out, quoted);
}

static bool in_quotes(const char *text, size_t at)
{
	bool quoted = false;

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\\' && quoted)
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
	}
	return quoted;
}

/* Where the word that ends at `at` begins, without a sign before it. */
static size_t word_start(const char *text, size_t at)
{
	size_t from = at;

	while (from > 0 && !strchr(" \t|(", text[from - 1]))
		from--;
	if (from < at && (text[from] == '-' || text[from] == '!'))
		from++;
	return from;
}

static void offer_row_values(const struct filter_set *set, size_t field, const char *key,
	const char *part, size_t len, const struct filter_rows *rows, struct strs *out)
{
	struct filter_value value = {0};
	const void *row;

	for (size_t i = 0; rows && (row = rows->at(rows->arg, i)); i++)
		for (size_t nth = 0; set->value(row, field, key, nth, &value); nth++)
			if (value.text && *value.text && begins(value.text, part, len))
				offer_value(out, value.text);
}

static void offer_values(const struct filter_set *set, size_t field, const char *key,
	const char *part, size_t len, const struct filter_rows *rows, struct strs *out)
{
	const struct filter_field *asked = &set->fields[field];

	if (asked->kind == FILTER_RANK) {
		for (size_t i = 0; asked->ranks[i]; i++)
			if (begins(asked->ranks[i], part, len))
				offer(out, asked->ranks[i]);
	} else if (asked->kind == FILTER_FLAG) {
		offer(out, "yes");
		offer(out, "no");
	} else if (asked->kind <= FILTER_LONG) {
		offer_row_values(set, field, key, part, len, rows, out);
	}
}

static void offer_fields(
	const struct filter_set *set, const char *part, size_t len, struct strs *out)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct filter_field *field = &set->fields[i];
		bool numeric = field->kind == FILTER_NUMBER || field->kind == FILTER_SIZE ||
			       field->kind == FILTER_AGE;
		char text[40];

		if (!begins(field->name, part, len))
			continue;
		snprintf(text, sizeof(text), "%s%s", field->name,
			field->name[strlen(field->name) - 1] == '.' ? ""
			: numeric                                   ? ">"
								    : ":");
		offer(out, text);
	}
}

static void offer_saved(
	const struct filter_context *context, const char *part, size_t len, struct strs *out)
{
	const char *name;
	char text[80];

	for (size_t i = 0;
		context && context->saved_name && (name = context->saved_name(context->arg, i));
		i++) {
		snprintf(text, sizeof(text), "@%s", name);
		if (begins(text, part, len))
			offer(out, text);
	}
}

void filter_complete(const struct filter_set *set, const struct filter_context *context,
	const char *text, size_t at, const struct filter_rows *rows, struct strs *out, size_t *from)
{
	const char *word, *key;
	size_t len, name = 0, op_len, field;
	enum filter_op op;

	*from = word_start(text, at);
	if (in_quotes(text, at))
		return;
	word = text + *from;
	len = at - *from;
	while (name < len && filter_is_name(word[name]))
		name++;
	op_len = filter_read_op(word + name, len - name, &op);
	if (name && op_len && filter_find_field(set, word, name, &field, &key)) {
		auto_free char *copy = key ? strndup(key, (size_t)(word + name - key)) : NULL;
		size_t start = *from + name + op_len;

		for (size_t i = start; i < at; i++)
			start = text[i] == ',' ? i + 1 : start;
		*from = start;
		offer_values(set, field, copy, text + start, at - start, rows, out);
		return;
	}
	if (len && *word == '@') {
		offer_saved(context, word, len, out);
		return;
	}
	offer_fields(set, word, len, out);
	for (size_t i = 0; len && i < set->count; i++)
		if (set->fields[i].everywhere && set->fields[i].kind != FILTER_LONG)
			offer_row_values(set, i, NULL, word, len, rows, out);
}
