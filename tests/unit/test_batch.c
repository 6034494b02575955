#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/batch.h"
#include "tui/quantity.h"

static void begin_all(struct batch *batch)
{
	static uint64_t tickets;
	struct batch_item *item;

	while ((item = batch_next(batch)))
		batch_begun(batch, item, ++tickets, "");
}

static const char *summary(const struct batch *batch, int64_t now_ms)
{
	static char text[200];

	batch_summary(batch, now_ms, text, sizeof(text));
	return text;
}

static void only_so_many_are_under_way_at_once(void **state)
{
	struct batch batch = {0};

	(void)state;
	assert_int_equal(batch_begin(&batch, VERB_STOP, 0, 40, 1000), 0);
	begin_all(&batch);
	assert_int_equal(batch.under_way, BATCH_AT_ONCE);
	assert_null(batch_next(&batch));
	assert_true(batch_ended(&batch, batch.items[3].ticket, false, "Stopped"));
	assert_ptr_equal(batch_next(&batch), &batch.items[BATCH_AT_ONCE]);
	assert_string_equal(summary(&batch, 2000), "Stopping: 1 of 40 done");
	batch_fini(&batch);
}

static void the_end_is_one_sentence(void **state)
{
	struct batch batch = {0};

	(void)state;
	batch_begin(&batch, VERB_START, 0, 2, 1000);
	begin_all(&batch);
	batch_ended(&batch, batch.items[0].ticket, false, "Started");
	assert_false(batch_is_over(&batch));
	batch_ended(&batch, batch.items[1].ticket, false, "Started");
	assert_true(batch_is_over(&batch));
	assert_string_equal(summary(&batch, 2204), "2 containers started in 1.204 s");
	batch_fini(&batch);
}

static void what_failed_is_tried_again_and_nothing_else(void **state)
{
	struct batch batch = {0};

	(void)state;
	batch_begin(&batch, VERB_REMOVE, 0, 3, 0);
	begin_all(&batch);
	for (int i = 0; i < 3; i++)
		batch_ended(&batch, batch.items[i].ticket, i == 1, i == 1 ? "b: busy" : "Removed");
	assert_string_equal(summary(&batch, 5), "2 removed, 1 failed");
	batch_retry(&batch, 10);
	assert_ptr_equal(batch_next(&batch), &batch.items[1]);
	assert_string_equal(batch.items[1].text, "");
	begin_all(&batch);
	assert_int_equal(batch.under_way, 1);
	batch_ended(&batch, batch.items[1].ticket, false, "Removed");
	assert_true(batch_is_over(&batch));
	batch_fini(&batch);
}

static void what_cannot_even_begin_has_failed(void **state)
{
	struct batch batch = {0};

	(void)state;
	batch_begin(&batch, VERB_PAUSE, 0, 1, 0);
	batch_begun(&batch, batch_next(&batch), 0, "x: it is gone");
	assert_true(batch_is_over(&batch));
	assert_int_equal(batch.failed, 1);
	assert_string_equal(batch.items[0].text, "x: it is gone");
	batch_fini(&batch);
}

static void a_ticket_of_nobody_changes_nothing(void **state)
{
	struct batch batch = {0};

	(void)state;
	assert_true(batch_is_over(&batch));
	assert_false(batch_ended(&batch, 7, true, ""));
	assert_false(batch_ended(&batch, 0, true, ""));
}

/* ---- quantities ---- */

static void sizes_are_read_as_options_are(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {{"512m", 512 << 20}, {"1.5g", 3 << 29}, {"64K", 64 << 10}, {"100", 100},
		{"2gb", 2ll << 30}, {"7b", 7}, {"-1", -1}};
	static const char *const bad[] = {
		"", "m", "1x", "0x10", "1..5g", "inf", "nan", "1 g", "-2", "1gbb", "99999999t"};
	int64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(quantity_bytes(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(quantity_bytes(bad[i], &bytes));
}

static void processors_are_more_than_none(void **state)
{
	int64_t nano;

	(void)state;
	assert_true(quantity_cpus("1.5", &nano));
	assert_int_equal(nano, 1500000000);
	assert_false(quantity_cpus("0", &nano));
	assert_false(quantity_cpus("1e3", &nano));
	assert_false(quantity_cpus("two", &nano));
	assert_true(quantity_number("-1", &nano));
	assert_false(quantity_number("1.5", &nano));
	assert_false(quantity_number("", &nano));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_so_many_are_under_way_at_once),
		cmocka_unit_test(the_end_is_one_sentence),
		cmocka_unit_test(what_failed_is_tried_again_and_nothing_else),
		cmocka_unit_test(what_cannot_even_begin_has_failed),
		cmocka_unit_test(a_ticket_of_nobody_changes_nothing),
		cmocka_unit_test(sizes_are_read_as_options_are),
		cmocka_unit_test(processors_are_more_than_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
