/* filter.c - see filter.h. Asking: a row against the nodes. */
#include <string.h>

#include "tui/filter_private.h"

struct filter *filter_new(
	const struct filter_set *set, const char *text, const struct filter_context *context)
{
	auto_of(filter) struct filter *filter = calloc(1, sizeof(*filter));

	if (!filter || !(filter->text = strdup(text)))
		return NULL;
	filter->set = set;
	filter_parse(filter, context);
	return filter->failed ? NULL : take(filter);
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->operand_count; i++)
		operand_fini(&filter->operands[i]);
	for (size_t i = 0; i < filter->node_count; i++)
		free(filter->nodes[i].key);
	free(filter->operands);
	free(filter->nodes);
	free(filter->bad);
	free(filter->text);
	free(filter);
}

const char *filter_text(const struct filter *filter)
{
	return filter->text;
}

bool filter_says_nothing(const struct filter *filter)
{
	return filter->nodes[filter->root].kind == NODE_TRUE;
}

bool filter_asks(const struct filter *filter, size_t field)
{
	for (size_t i = 0; i < filter->node_count; i++)
		if (filter->nodes[i].kind == NODE_FIELD && filter->nodes[i].field == field)
			return true;
	return false;
}

const struct filter_bad *filter_bad(const struct filter *filter, size_t *count)
{
	*count = filter->bad_count;
	return filter->bad;
}

/* ---- one value against one operand ---- */

static bool meets_text(const struct operand *operand, const char *text)
{
	text = text ? text : "";
	switch (operand->how) {
	case HOW_CONTAINS:
		return filter_text_has(text, operand->text, operand->fold);
	case HOW_WHOLE:
		return filter_text_is(text, operand->text, operand->fold);
	case HOW_BEGINS:
		return filter_text_begins(text, operand->text, operand->fold);
	case HOW_GLOB:
	case HOW_GLOB_INSIDE:
		return filter_glob(
			operand->text, text, operand->fold, operand->how == HOW_GLOB_INSIDE);
	case HOW_REGEX:
		return regexec(operand->regex, text, 0, NULL, 0) == 0;
	default:
		return false;
	}
}

static bool compare(enum filter_op op, double value, double low, double point, double high)
{
	switch (op) {
	case OP_MORE:
		return value > point;
	case OP_LEAST:
		return value >= point;
	case OP_LESS:
		return value < point;
	case OP_MOST:
		return value <= point;
	default: /* what would be shown like that */
		return value >= low && value < high;
	}
}

static bool meets_number(const struct operand *operand, enum filter_op op, double value)
{
	return compare(op, value, operand->number - operand->below, operand->number,
		operand->number + operand->above);
}

/* "3d" is what is shown as 3d: from three days up to the fourth. */
static bool meets_age(
	const struct operand *operand, enum filter_op op, uint64_t time_ns, uint64_t now_ns)
{
	uint64_t age = now_ns > time_ns ? now_ns - time_ns : 0;

	return compare(op, (double)age, (double)operand->span_ns, (double)operand->span_ns,
		(double)operand->span_ns + (double)operand->time_ns);
}

static bool meets_time(const struct operand *operand, enum filter_kind kind, enum filter_op op,
	uint64_t time_ns, uint64_t now_ns)
{
	bool ago = operand->how == HOW_AGO;
	uint64_t span = operand->span_ns;
	uint64_t from = ago ? now_ns - (span < now_ns ? span : now_ns) : operand->time_ns;
	uint64_t to = ago ? from : from + span; /* where what was typed ends */

	if (kind == FILTER_SINCE)
		return time_ns >= from;
	if (kind == FILTER_UNTIL)
		return time_ns < to;
	switch (op) {
	case OP_MORE:
		return ago ? time_ns > from : time_ns >= to;
	case OP_LEAST:
		return time_ns >= from;
	case OP_LESS:
		return time_ns < from;
	case OP_MOST:
		return time_ns < to;
	default:
		return time_ns >= from && (ago || time_ns < to);
	}
}

static bool meets(const struct operand *operand, enum filter_kind kind, enum filter_op op,
	const struct filter_value *value, uint64_t now_ns)
{
	switch (kind) {
	case FILTER_TEXT:
	case FILTER_BEGIN:
	case FILTER_LONG:
		return meets_text(operand, value->text);
	case FILTER_FLAG:
		return meets_number(operand, OP_HAS, value->number != 0);
	case FILTER_RANK:
	case FILTER_NUMBER:
	case FILTER_SIZE:
		return meets_number(operand, op, value->number);
	case FILTER_AGE:
		return meets_age(operand, op, value->time_ns, now_ns);
	case FILTER_WHEN:
	case FILTER_SINCE:
	case FILTER_UNTIL:
		return meets_time(operand, kind, op, value->time_ns, now_ns);
	}
	return false;
}

/* ---- nodes ---- */

/* Any value of the row's with any operand. */
static bool meets_field(
	const struct filter *filter, const struct node *node, const void *row, uint64_t now_ns)
{
	const struct filter_field *field = &filter->set->fields[node->field];
	struct filter_value value = {0};
	bool found = false;

	for (size_t nth = 0; !found && filter->set->value(row, node->field, node->key, nth, &value);
		nth++)
		for (size_t i = 0; !found && i < node->operand_count; i++)
			found = meets(&filter->operands[node->operand + i], field->kind,
				node->op == OP_OTHER ? OP_EQUAL : node->op, &value, now_ns);
	return found != (node->op == OP_OTHER);
}

/* A word: in any of the fields that words are looked for in. An id is met from its beginning. */
static bool meets_word(const struct filter *filter, const struct node *node, const void *row)
{
	for (size_t i = 0; i < filter->set->count; i++) {
		const struct filter_field *field = &filter->set->fields[i];
		struct operand operand = filter->operands[node->operand];
		struct filter_value value = {0};

		if (!field->everywhere)
			continue;
		if (operand.how == HOW_CONTAINS && field->kind == FILTER_BEGIN)
			operand.how = HOW_BEGINS;
		if (operand.how == HOW_GLOB && field->kind == FILTER_LONG)
			operand.how = HOW_GLOB_INSIDE;
		for (size_t nth = 0; filter->set->value(row, i, NULL, nth, &value); nth++)
			if (meets_text(&operand, value.text))
				return true;
	}
	return false;
}

static bool meets_node(const struct filter *filter, int index, const void *row, uint64_t now_ns)
{
	const struct node *node = &filter->nodes[index];

	switch (node->kind) {
	case NODE_TRUE:
		return true;
	case NODE_WORD:
		return meets_word(filter, node, row);
	case NODE_FIELD:
		return meets_field(filter, node, row, now_ns);
	case NODE_NOT:
		return !meets_node(filter, node->child, row, now_ns);
	case NODE_ALL:
	case NODE_ANY:
		break;
	}
	for (int child = node->child; child >= 0; child = filter->nodes[child].next)
		if (meets_node(filter, child, row, now_ns) == (node->kind == NODE_ANY))
			return node->kind == NODE_ANY;
	return node->kind == NODE_ALL;
}

bool filter_meets(const struct filter *filter, const void *row, uint64_t now_ns)
{
	return meets_node(filter, filter->root, row, now_ns);
}
