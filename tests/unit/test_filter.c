#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tui/filter.h"

static const uint64_t second = 1000000000;

/* 2026-11-26 14:05:00 UTC; main sets TZ. */
static const uint64_t now = 1795701900ull * 1000000000;

struct thing {
	const char *id, *name, *image, *tier;
	double cpu; /* negative: not known */
	double memory;
	int ports[3];
	uint64_t age_s;
	int level;
	bool hidden;
};

enum { ID, NAME, IMAGE, LABEL, CPU, MEMORY, PORT, AGE, WHEN, SINCE, UNTIL, LEVEL, HIDDEN };

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

static const struct filter_field fields[] = {
	[ID] = {"id", FILTER_BEGIN, true, NULL, "its id"},
	[NAME] = {"name", FILTER_TEXT, true, NULL, "its name"},
	[IMAGE] = {"image", FILTER_TEXT, true, NULL, "its image"},
	[LABEL] = {"label.", FILTER_TEXT, false, NULL, "a label"},
	[CPU] = {"cpu", FILTER_NUMBER, false, NULL, "percent"},
	[MEMORY] = {"mem", FILTER_SIZE, false, NULL, "memory"},
	[PORT] = {"port", FILTER_NUMBER, false, NULL, "ports"},
	[AGE] = {"age", FILTER_AGE, false, NULL, "age"},
	[WHEN] = {"when", FILTER_WHEN, false, NULL, "when"},
	[SINCE] = {"since", FILTER_SINCE, false, NULL, "from then on"},
	[UNTIL] = {"until", FILTER_UNTIL, false, NULL, "up to then"},
	[LEVEL] = {"level", FILTER_RANK, false, levels, "how bad"},
	[HIDDEN] = {"hidden", FILTER_FLAG, false, NULL, "hidden"},
};

static bool get_number(const struct thing *t, size_t field, size_t nth, struct filter_value *out)
{
	switch (field) {
	case CPU:
		out->number = t->cpu;
		return nth == 0 && t->cpu >= 0;
	case MEMORY:
		out->number = t->memory;
		return nth == 0;
	case PORT:
		out->number = nth < 3 ? t->ports[nth] : 0;
		return out->number > 0;
	case LEVEL:
		out->number = t->level;
		return nth == 0;
	case HIDDEN:
		out->number = t->hidden;
		return nth == 0;
	default:
		out->time_ns = now - t->age_s * second;
		return nth == 0;
	}
}

static bool get(
	const void *row, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct thing *t = row;

	switch (field) {
	case ID:
		out->text = t->id;
		return nth == 0;
	case NAME:
		out->text = t->name;
		return nth == 0;
	case IMAGE:
		out->text = t->image;
		return nth == 0;
	case LABEL:
		out->text = t->tier;
		return nth == 0 && t->tier && strcmp(key, "tier") == 0;
	default:
		return get_number(t, field, nth, out);
	}
}

static const struct filter_set set = {fields, array_len(fields), get, NULL};

static const struct thing things[] = {
	{"3f2a90", "shop/web", "web:2.0", "front", 88, 340e6, {80, 443}, 7200, 2, false},
	{"7b11c0", "shop/db", "postgres:16", "back", 3.1, 1.2e9, {5432}, 3 * 86400, 1, false},
	{"c0ffee", "old api", "api:1.8", NULL, -1, 0, {0}, 9 * 86400, 3, true},
};

/* Which of the things meet it: "wd", "" ... by their letters w, d and o. */
static const char *met(const char *text)
{
	static char out[8];
	struct filter_context context = {.now_ns = now};
	auto_of(filter) struct filter *filter = filter_new(&set, text, &context);
	size_t at = 0;

	assert_non_null(filter);
	for (size_t i = 0; i < array_len(things); i++)
		if (filter_meets(filter, &things[i], now))
			out[at++] = "wdo"[i];
	out[at] = '\0';
	return out;
}

/* What is told as bad, each in [..]. */
static const char *bad(const char *text)
{
	static char out[300];
	struct filter_context context = {.now_ns = now};
	auto_of(filter) struct filter *filter = filter_new(&set, text, &context);
	size_t count, at = 0;
	const struct filter_bad *list = filter_bad(filter, &count);

	*out = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_true(list[i].from + list[i].len <= strlen(text));
		at += (size_t)snprintf(out + at, sizeof(out) - at, "[%.*s]", (int)list[i].len,
			text + list[i].from);
	}
	return out;
}

static void words_must_all_be_met_and_a_sign_negates(void **state)
{
	(void)state;
	assert_string_equal(met(""), "wdo");
	assert_string_equal(met("shop"), "wd");
	assert_string_equal(met("shop web"), "w");
	assert_string_equal(met("shop -web"), "d");
	assert_string_equal(met("!shop"), "o");
	assert_string_equal(met("-"), "");
	assert_string_equal(met("nothing"), "");
}

static void a_bar_is_or_and_parentheses_group(void **state)
{
	(void)state;
	assert_string_equal(met("web | api"), "wo");
	assert_string_equal(met("shop (web | postgres)"), "wd");
	assert_string_equal(met("-(web|db)"), "o");
	assert_string_equal(met("shop web | old"), "wo");
	assert_string_equal(met("((shop) -(db))"), "w");
}

static void what_is_being_typed_hides_nothing(void **state)
{
	(void)state;
	assert_string_equal(met("name:"), "wdo");
	assert_string_equal(met("-name:"), "wdo");
	assert_string_equal(met("shop |"), "wd");
	assert_string_equal(met("(shop"), "wd");
	assert_string_equal(met("\"shop/w"), "w");
	assert_string_equal(met("name:web,"), "w");
	assert_string_equal(met("()"), "wdo");
	assert_string_equal(met("\"\""), "wdo");
	assert_string_equal(bad("name: ( shop | \"a"), "");
}

static void fields_contain_equal_and_match(void **state)
{
	(void)state;
	assert_string_equal(met("name:web"), "w");
	assert_string_equal(met("NAME:web"), "w");
	assert_string_equal(met("name:web,db"), "wd");
	assert_string_equal(met("name=web"), "");
	assert_string_equal(met("name=shop/web"), "w");
	assert_string_equal(met("name!=shop/web"), "do");
	assert_string_equal(met("name:shop/*"), "wd");
	assert_string_equal(met("name:*b"), "wd");
	assert_string_equal(met("name:s?op/d[ac]"), "");
	assert_string_equal(met("name:s?op/[a-d]b"), "d");
	assert_string_equal(met("name~^shop/(web|cache)$"), "w");
	assert_string_equal(met("name~/ API/i"), "o");
	assert_string_equal(met("name:\"old api\""), "o");
	assert_string_equal(met("image:web:2.0"), "w");
	assert_string_equal(met("/^shop/"), "wd");
	assert_string_equal(met("shop/*"), "wd");
}

static void a_capital_makes_case_matter(void **state)
{
	(void)state;
	assert_string_equal(met("name:WEB"), "");
	assert_string_equal(met("name~WEB"), "");
	assert_string_equal(met("name~\\Sweb"), "w");
	assert_string_equal(met("/WEB/i"), "w");
}

static void ids_are_met_from_their_beginning(void **state)
{
	(void)state;
	assert_string_equal(met("3f2a"), "w");
	assert_string_equal(met("f2a"), "");
	assert_string_equal(met("id:c0"), "o");
	assert_string_equal(met("id=c0"), "");
}

static void a_field_with_a_key_asks_that_label(void **state)
{
	(void)state;
	assert_string_equal(met("label.tier:front"), "w");
	assert_string_equal(met("label.tier:*"), "wd");
	assert_string_equal(met("-label.tier:*"), "o");
	assert_string_equal(met("label.other:front"), "");
}

static void numbers_compare_and_what_is_unknown_meets_nothing(void **state)
{
	(void)state;
	assert_string_equal(met("cpu>50"), "w");
	assert_string_equal(met("cpu>50%"), "w");
	assert_string_equal(met("cpu<=3.1"), "d");
	assert_string_equal(met("cpu<100"), "wd");
	assert_string_equal(met("cpu:3"), "d");
	assert_string_equal(met("cpu:3.0"), "");
	assert_string_equal(met("-cpu>0"), "o");
	assert_string_equal(met("port:80"), "w");
	assert_string_equal(met("port:443,5432"), "wd");
	assert_string_equal(met("port>1024"), "d");
	assert_string_equal(met("port!=80"), "do");
}

static void sizes_have_units(void **state)
{
	(void)state;
	assert_string_equal(met("mem>1G"), "d");
	assert_string_equal(met("mem>100mb"), "wd");
	assert_string_equal(met("mem>=0.3GiB"), "wd");
	assert_string_equal(met("mem:1.1G"), "d");
	assert_string_equal(met("mem<1"), "o");
	assert_string_equal(bad("mem>1X mem>1bb mem>"), "[mem>1X][mem>1bb]");
}

static void ages_and_moments_are_of_now(void **state)
{
	(void)state;
	assert_string_equal(met("age>1d"), "do");
	assert_string_equal(met("age<=2h"), "w");
	assert_string_equal(met("age:3d"), "d");
	assert_string_equal(met("age<2h30m"), "w");
	assert_string_equal(met("when:today"), "w");
	assert_string_equal(met("when>2026-11-22"), "wd");
	assert_string_equal(met("when<2026-11-22T10:00"), "o");
	assert_string_equal(met("when:12:05"), "w");
	assert_string_equal(met("when:23:00"), "");
	assert_string_equal(met("when:5d"), "wd");
	assert_string_equal(met("since:10h"), "w");
	assert_string_equal(met("since:12:00"), "w");
	assert_string_equal(met("until:1d"), "do");
	assert_string_equal(met("until:12:05"), "wdo");
	assert_string_equal(met("until:yesterday"), "do");
}

static void levels_have_an_order_and_flags_are_yes_or_no(void **state)
{
	(void)state;
	assert_string_equal(met("level>=warn"), "wo");
	assert_string_equal(met("level:e"), "o");
	assert_string_equal(met("level:info,error"), "do");
	assert_string_equal(met("hidden:yes"), "o");
	assert_string_equal(met("hidden=no"), "wd");
	assert_string_equal(met("hidden!=yes"), "wd");
}

static void what_makes_no_sense_is_plain_text_and_told(void **state)
{
	(void)state;
	assert_string_equal(bad("cpu>much shop"), "[cpu>much]");
	assert_string_equal(met("cpu>much"), "");
	assert_string_equal(bad("nmae:web"), "[nmae:web]");
	assert_string_equal(bad("redis:7 a/b:c"), "");
	assert_string_equal(bad("name>3"), "[name>3]");
	assert_string_equal(bad("cpu~3"), "[cpu~3]");
	assert_string_equal(bad("/[/"), "[/[/]");
	assert_string_equal(bad("name~("), "[name~(]");
	assert_string_equal(bad("shop ) web"), "[)]");
	assert_string_equal(bad("age>14:00"), "[age>14:00]");
	assert_string_equal(bad("level>awful"), "[level>awful]");
	assert_string_equal(bad("when:25:00 when:2026-13-01"), "[when:25:00][when:2026-13-01]");
	assert_string_equal(bad("name~/(a)\\1/"), "[name~/(a)\\1/]");
	assert_string_equal(bad("name~a{200}b{200}"), "[name~a{200}b{200}]");
	assert_string_equal(bad("@prod"), "[@prod]");
	assert_string_equal(bad("/etc/nginx"), "");
}

static const char *saved(const void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "front") == 0  ? "web | age>8d"
	       : strcmp(name, "loop") == 0 ? "@loop"
	       : strcmp(name, "bad") == 0  ? "cpu>x"
					   : NULL;
}

static const char *saved_name(const void *arg, size_t index)
{
	static const char *const names[] = {"front", "loop", "bad"};

	(void)arg;
	return index < array_len(names) ? names[index] : NULL;
}

static void a_saved_filter_stands_where_its_name_does(void **state)
{
	struct filter_context context = {now, saved, saved_name, NULL};
	auto_of(filter) struct filter *filter = filter_new(&set, "@front -old", &context);
	auto_of(filter) struct filter *loop = filter_new(&set, "shop @loop", &context);
	auto_of(filter) struct filter *wrong = filter_new(&set, "shop @bad", &context);
	size_t count;

	(void)state;
	assert_true(filter_meets(filter, &things[0], now));
	assert_false(filter_meets(filter, &things[1], now));
	assert_false(filter_meets(filter, &things[2], now));
	assert_int_equal(filter_bad(loop, &count)->from, 5);
	assert_int_equal(filter_bad(wrong, &count)->from, 5);
	assert_int_equal(filter_bad(wrong, &count)->len, 4);
}

static const void *thing_at(const void *arg, size_t index)
{
	(void)arg;
	return index < array_len(things) ? &things[index] : NULL;
}

/* "from: offer offer" */
static const char *offers(const char *text)
{
	static char out[400];
	struct filter_context context = {now, saved, saved_name, NULL};
	struct filter_rows rows = {thing_at, NULL};
	auto_strs list = STRS_INIT;
	size_t from, at;

	filter_complete(&set, &context, text, strlen(text), &rows, &list, &from);
	at = (size_t)snprintf(out, sizeof(out), "%zu:", from);
	for (size_t i = 0; i < list.len; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, " %s", list.v[i]);
	return out;
}

static void tab_offers_fields_then_what_rows_have(void **state)
{
	(void)state;
	assert_string_equal(offers("na"), "0: name:");
	assert_string_equal(offers("shop m"), "5: mem>");
	assert_string_equal(offers("-(lab"), "2: label.");
	assert_string_equal(offers("sh"), "0: shop/web shop/db");
	assert_string_equal(offers("name:o"), "5: \"old api\"");
	assert_string_equal(offers("name:shop/web,sh"), "14: shop/web shop/db");
	assert_string_equal(offers("label.tier:"), "11: front back");
	assert_string_equal(offers("level>="), "7: debug info warn error");
	assert_string_equal(offers("hidden:"), "7: yes no");
	assert_string_equal(offers("@f"), "0: @front");
	assert_string_equal(offers("\"na"), "0:");
}

static void thousands_of_parentheses_end(void **state)
{
	char text[5001];

	(void)state;
	memset(text, '(', 5000);
	text[5000] = '\0';
	met(text);
	memset(text, '-', 5000);
	met(text);
	for (size_t i = 0; i < 5000; i++)
		text[i] = i % 2 ? '|' : '(';
	met(text);
}

static void the_same_glob_never_takes_long(void **state)
{
	char text[4001], pattern[300];
	struct thing thing = things[0];
	auto_of(filter) struct filter *filter = NULL;

	(void)state;
	memset(text, 'a', 4000);
	text[4000] = '\0';
	snprintf(pattern, sizeof(pattern), "name:%s", "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
	thing.name = text;
	filter = filter_new(&set, pattern, NULL);
	assert_false(filter_meets(filter, &thing, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_must_all_be_met_and_a_sign_negates),
		cmocka_unit_test(a_bar_is_or_and_parentheses_group),
		cmocka_unit_test(what_is_being_typed_hides_nothing),
		cmocka_unit_test(fields_contain_equal_and_match),
		cmocka_unit_test(a_capital_makes_case_matter),
		cmocka_unit_test(ids_are_met_from_their_beginning),
		cmocka_unit_test(a_field_with_a_key_asks_that_label),
		cmocka_unit_test(numbers_compare_and_what_is_unknown_meets_nothing),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(ages_and_moments_are_of_now),
		cmocka_unit_test(levels_have_an_order_and_flags_are_yes_or_no),
		cmocka_unit_test(what_makes_no_sense_is_plain_text_and_told),
		cmocka_unit_test(a_saved_filter_stands_where_its_name_does),
		cmocka_unit_test(tab_offers_fields_then_what_rows_have),
		cmocka_unit_test(thousands_of_parentheses_end),
		cmocka_unit_test(the_same_glob_never_takes_long),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
