#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/journal.h"
#include "runtime/wire.h"
#include "../support/scratch.h"

struct seen {
	unsigned count;
	char actions[256];
	uint64_t last_seq;
};

static void see(void *arg, const struct event *event)
{
	struct seen *seen = arg;

	seen->count++;
	seen->last_seq = event->seq;
	if (strlen(seen->actions) > 100)
		return;
	strcat(seen->actions, event->action);
	strcat(seen->actions, ":");
	if (event_attr(event, "name"))
		strcat(seen->actions, event_attr(event, "name"));
	strcat(seen->actions, " ");
}

static struct journal *open_journal(struct scratch *scratch)
{
	struct journal *journal = NULL;

	assert_int_equal(journal_open(scratch->fd, &journal, NULL), 0);
	return journal;
}

static void add(struct journal *journal, const char *action, const char *name)
{
	const char *attrs[] = {"image", "x", "name", name, NULL};

	assert_int_equal(journal_add(journal, EVENT_CONTAINER, action, "id", attrs, NULL), 0);
}

static void events_come_back_in_order_with_their_attributes(void **state)
{
	struct journal *journal = open_journal(*state);
	struct seen seen = {0};
	uint64_t seq = 0;

	add(journal, "create", "web");
	add(journal, "start", "web");
	assert_int_equal(journal_read(journal, &seq, see, &seen, NULL), 0);
	assert_string_equal(seen.actions, "create:web start:web ");
	assert_int_equal(seq, journal_end(journal));
	journal_close(journal);
}

/* Longer than the head has room for, and no attribute of its own. */
static void an_action_goes_on_with_its_command(void **state)
{
	struct journal *journal = open_journal(*state);
	const char *attrs[] = {
		JOURNAL_MORE, "sh -c 'a sentence that is longer than a word'", "name", "web", NULL};
	struct seen seen = {0};
	uint64_t seq = 0;

	assert_int_equal(journal_add(journal, EVENT_CONTAINER, "exec_start", "id", attrs, NULL), 0);
	add(journal, "die", "web");
	journal_read(journal, &seq, see, &seen, NULL);
	assert_string_equal(seen.actions,
		"exec_start: sh -c 'a sentence that is longer than a word':web die:web ");
	journal_close(journal);
}

static void reading_goes_on_where_it_stopped(void **state)
{
	struct journal *journal = open_journal(*state);
	struct seen seen = {0};
	uint64_t seq = 0;

	add(journal, "create", "a");
	journal_read(journal, &seq, see, &seen, NULL);
	add(journal, "die", "a");
	memset(&seen, 0, sizeof(seen));
	journal_read(journal, &seq, see, &seen, NULL);
	assert_string_equal(seen.actions, "die:a ");
	journal_close(journal);
}

static void a_torn_record_costs_itself_only(void **state)
{
	struct scratch *scratch = *state;
	struct journal *journal = open_journal(scratch);
	struct journal_head torn = {.mark = JOURNAL_MARK, .len = 4096, .len_again = 0};
	struct seen seen = {0};
	uint64_t seq = 0;

	add(journal, "create", "a");
	assert_int_equal(write(journal_fd(journal), &torn, sizeof(torn)), sizeof(torn));
	add(journal, "start", "a");
	journal_read(journal, &seq, see, &seen, NULL);
	assert_string_equal(seen.actions, "create:a start:a ");
	journal_close(journal);
}

static void count(void *arg, const struct event *event)
{
	struct seen *seen = arg;

	seen->count++;
	seen->last_seq = event->seq;
}

static void a_long_journal_keeps_its_newest_events_and_their_sequences(void **state)
{
	struct journal *journal = open_journal(*state);
	char name[4000];
	struct seen seen = {0};
	struct stat st;
	uint64_t seq = 0, last;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	while (journal_end(journal) < (17 << 20))
		add(journal, "start", name);
	last = journal_end(journal);
	add(journal, "last", "one");
	journal_close(journal);
	journal = open_journal(*state); /* whoever opens it cuts */
	assert_int_equal(journal_read(journal, &seq, count, &seen, NULL), 0);
	assert_int_equal(seen.last_seq, last);
	assert_in_range(seen.count, 1500, 2500); /* 8 MiB of them */
	assert_int_equal(fstat(journal_fd(journal), &st), 0);
	assert_in_range(st.st_blocks * 512, 7 << 20, 9 << 20);
	journal_close(journal);
}

static void many_events_cross_every_chunk_border(void **state)
{
	struct journal *journal = open_journal(*state);
	char name[300];
	struct seen seen = {0};
	uint64_t seq = 0;

	memset(name, 'n', sizeof(name));
	for (int i = 0; i < 2000; i++) {
		name[i % 290] = '\0';
		journal_add(
			journal, EVENT_IMAGE, "", "", (const char *const[]){"k", name, NULL}, NULL);
		name[i % 290] = 'n';
	}
	journal_read(journal, &seq, see, &seen, NULL);
	assert_int_equal(seen.count, 2000);
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(events_come_back_in_order_with_their_attributes),
		in_scratch(an_action_goes_on_with_its_command),
		in_scratch(reading_goes_on_where_it_stopped),
		in_scratch(a_torn_record_costs_itself_only),
		in_scratch(many_events_cross_every_chunk_border),
		in_scratch(a_long_journal_keeps_its_newest_events_and_their_sequences),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
