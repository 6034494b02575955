/* eq ne lt le gt ge not */
#include "util/template_call.h"

static bool is_number(const struct value *value)
{
	return value->kind == VALUE_INT || value->kind == VALUE_FLOAT;
}

static double real_of(const struct value *value)
{
	return value->kind == VALUE_INT ? (double)value->integer : value->real;
}

static int compare_text(const struct value *a, const struct value *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(a->text, b->text, len) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* For values of kinds that have an order. */
static int compare(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_STRING)
		return compare_text(a, b);
	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	return (real_of(a) > real_of(b)) - (real_of(a) < real_of(b));
}

static bool equal(struct call *call, const struct value *a, const struct value *b, bool *out)
{
	if (value_is_nil(a) || value_is_nil(b)) {
		*out = value_is_nil(a) && value_is_nil(b);
		return true;
	}
	if (a->kind == VALUE_LIST || a->kind == VALUE_MAP || b->kind == VALUE_LIST ||
		b->kind == VALUE_MAP) {
		const struct value *odd = a->kind == VALUE_LIST || a->kind == VALUE_MAP ? a : b;
		auto_buf words = BUF_INIT;

		buf_adds(&words, "non-comparable type ");
		value_print(&call->run->arena, odd, call_types(call), false, &words);
		buf_addf(&words, ": %s", value_type(odd));
		return call_fail(call, buf_text(&words));
	}
	if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL)
		*out = a->truth == b->truth;
	else if ((is_number(a) && is_number(b)) ||
		 (a->kind == VALUE_STRING && b->kind == VALUE_STRING))
		*out = compare(a, b) == 0;
	else
		return call_fail(call, "incompatible types for comparison");
	return true;
}

bool call_eq(struct call *call)
{
	bool same = false;

	if (call->len == 1)
		return call_fail(call, "missing argument for comparison");
	for (size_t i = 1; i < call->len && !same; i++)
		if (!equal(call, &call->args[0], &call->args[i], &same))
			return false;
	return call_give_bool(call, same);
}

bool call_ne(struct call *call)
{
	bool same;

	return equal(call, &call->args[0], &call->args[1], &same) && call_give_bool(call, !same);
}

static bool order(struct call *call, int *out)
{
	const struct value *a = &call->args[0], *b = &call->args[1];

	for (int i = 0; i < 2; i++)
		if (!is_number(&call->args[i]) && call->args[i].kind != VALUE_STRING)
			return call_fail(call, "invalid type for comparison");
	if (is_number(a) != is_number(b))
		return call_fail(call, "incompatible types for comparison");
	*out = compare(a, b);
	return true;
}

bool call_lt(struct call *call)
{
	int sign;

	return order(call, &sign) && call_give_bool(call, sign < 0);
}

bool call_le(struct call *call)
{
	int sign;

	return order(call, &sign) && call_give_bool(call, sign <= 0);
}

bool call_gt(struct call *call)
{
	int sign;

	return order(call, &sign) && call_give_bool(call, sign > 0);
}

bool call_ge(struct call *call)
{
	int sign;

	return order(call, &sign) && call_give_bool(call, sign >= 0);
}

bool call_not(struct call *call)
{
	return call_give_bool(call, !value_is_true(&call->args[0]));
}
