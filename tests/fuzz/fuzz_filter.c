/* A filter as typed, over fixed rows: no crash, no leak, an end in time; what is told as bad lies
 * in the text, and what Tab offers begins in it. */
#include <assert.h>
#include <stdint.h>

#include "tui/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static const char *const ranks[] = {"debug", "info", "warn", "error", NULL};

static const struct filter_field fields[] = {
	{"id", FILTER_BEGIN, true, NULL, ""},
	{"name", FILTER_TEXT, true, NULL, ""},
	{"text", FILTER_LONG, true, NULL, ""},
	{"label.", FILTER_TEXT, false, NULL, ""},
	{"level", FILTER_RANK, false, ranks, ""},
	{"hidden", FILTER_FLAG, false, NULL, ""},
	{"cpu", FILTER_NUMBER, false, NULL, ""},
	{"mem", FILTER_SIZE, false, NULL, ""},
	{"age", FILTER_AGE, false, NULL, ""},
	{"when", FILTER_WHEN, false, NULL, ""},
	{"since", FILTER_SINCE, false, NULL, ""},
	{"until", FILTER_UNTIL, false, NULL, ""},
};

static const uint64_t now = 1795701900ull * 1000000000;

static bool get(
	const void *row, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	out->text = field == 3 ? key : row;
	out->number = (double)nth * 3;
	out->time_ns = now - nth * 3600 * 1000000000ull;
	return nth < 3;
}

static const struct filter_set set = {fields, array_len(fields), get, NULL};

static const char *saved(const void *arg, const char *name)
{
	(void)name;
	return arg;
}

static const void *row_at(const void *arg, size_t index)
{
	static const char *const rows[] = {"shop/web", "", "a \"b\" \\c, [d]*"};

	(void)arg;
	return index < array_len(rows) ? rows[index] : NULL;
}

/* The whole of it stands for a saved filter, too: they may name each other. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	auto_free char *text = strndup((const char *)input, len);
	struct filter_context context = {.now_ns = now, .saved = saved, .arg = text};
	struct filter_rows rows = {row_at, NULL};
	struct filter *filter;

	if (!text)
		return 0;
	filter = filter_new(&set, text, &context);
	if (filter) {
		size_t count, from;
		const struct filter_bad *bad = filter_bad(filter, &count);
		auto_strs offers = STRS_INIT;

		for (size_t i = 0; i < count; i++)
			assert(bad[i].from + bad[i].len <= strlen(text));
		for (size_t i = 0; row_at(NULL, i); i++)
			filter_meets(filter, row_at(NULL, i), now);
		filter_complete(&set, &context, text, strlen(text), &rows, &offers, &from);
		assert(from <= strlen(text));
	}
	filter_free(filter);
	return 0;
}
