/* How good the way to the terminal is, and the mouse that may come over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/input.h"
#include "tui/meter.h"

static const char *text_of(const struct meter *meter)
{
	static char out[40];

	meter_text(meter, out, sizeof(out));
	return out;
}

static void a_round_trip_is_shown_when_it_visibly_changes(void **state)
{
	struct meter meter = {0};

	(void)state;
	meter_took(&meter, 37.6);
	assert_true(meter_tick(&meter, 0, 1000));
	assert_string_equal(text_of(&meter), "rtt 38ms 0k/s");
	meter_took(&meter, 45);
	assert_false(meter_tick(&meter, 0, 1100));
	for (int i = 0; i < 10; i++)
		meter_took(&meter, 90);
	assert_true(meter_tick(&meter, 0, 1200));
	assert_string_equal(text_of(&meter), "rtt 88ms 0k/s");
}

static void a_slow_line_is_slow_until_it_is_clearly_not(void **state)
{
	struct meter meter = {0};

	(void)state;
	meter_took(&meter, 200);
	assert_true(meter.slow);
	for (int i = 0; i < 8; i++)
		meter_took(&meter, 120);
	assert_true(meter.slow);
	for (int i = 0; i < 8; i++)
		meter_took(&meter, 60);
	assert_false(meter.slow);
}

static void bytes_a_second_come_in_steps_and_end_at_nothing(void **state)
{
	struct meter meter = {0};

	(void)state;
	meter_tick(&meter, 5000, 101000);
	assert_string_equal(text_of(&meter), "0k/s");
	assert_false(meter_tick(&meter, 6000, 103000));
	assert_true(meter_tick(&meter, 5000 + 2000, 106000)); /* 400 a second */
	assert_string_equal(text_of(&meter), ".3k/s");
	assert_int_equal(meter_deadline(&meter, 7000), 111000);
	assert_false(meter_tick(&meter, 7000 + 1250, 111000)); /* 250: not well below */
	assert_true(meter_tick(&meter, 8250 + 60, 116000));
	assert_string_equal(text_of(&meter), "0k/s");
	/* Its own last change is not worth telling, and then nobody is woken. */
	assert_false(meter_tick(&meter, 8310 + 60, 121000));
	assert_int_equal(meter_deadline(&meter, 8370), -1);
}

static struct key typed(const char *bytes)
{
	struct input input = {0};
	struct key key;
	bool got;
	size_t used = input_next(&input, bytes, strlen(bytes), &key, &got);

	assert_true(got);
	assert_int_equal(used, strlen(bytes));
	return key;
}

static void a_click_says_where_and_with_what(void **state)
{
	struct key key = typed("\033[<0;12;3M");

	(void)state;
	assert_int_equal(key.code, KEY_MOUSE);
	assert_int_equal(key.button, MOUSE_LEFT);
	assert_int_equal(key.x, 11);
	assert_int_equal(key.y, 2);
	assert_int_equal(typed("\033[<2;1;1M").button, MOUSE_RIGHT);
	assert_int_equal(typed("\033[<64;1;1M").button, MOUSE_WHEEL_UP);
	assert_int_equal(typed("\033[<65;300;200M").button, MOUSE_WHEEL_DOWN);
	assert_int_equal(typed("\033[<4;1;1M").button, MOUSE_LEFT); /* with Shift */
}

static void letting_go_and_moving_do_nothing_and_nonsense_is_no_click(void **state)
{
	(void)state;
	assert_int_equal(typed("\033[<0;12;3m").code, KEY_MOUSE);
	assert_int_equal(typed("\033[<0;12;3m").button, 0);
	assert_int_equal(typed("\033[<32;12;3M").button, 0);
	assert_int_equal(typed("\033[<0;0;3M").code, KEY_UNKNOWN);
	assert_int_equal(typed("\033[<0;3M").code, KEY_UNKNOWN);
	assert_int_equal(typed("\033[<0;1;2;3M").code, KEY_UNKNOWN);
	assert_int_equal(typed("\033[<0;99999;2M").code, KEY_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_trip_is_shown_when_it_visibly_changes),
		cmocka_unit_test(a_slow_line_is_slow_until_it_is_clearly_not),
		cmocka_unit_test(bytes_a_second_come_in_steps_and_end_at_nothing),
		cmocka_unit_test(a_click_says_where_and_with_what),
		cmocka_unit_test(letting_go_and_moving_do_nothing_and_nonsense_is_no_click),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
