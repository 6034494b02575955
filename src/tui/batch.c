/* batch.c - see batch.h. */
#include <errno.h>
#include <stdio.h>

#include "tui/batch.h"

static const struct words {
	const char *doing, *done;
} words[VERB_COUNT] = {
	[VERB_START] = {"Starting", "started"},
	[VERB_STOP] = {"Stopping", "stopped"},
	[VERB_RESTART] = {"Restarting", "restarted"},
	[VERB_PAUSE] = {"Pausing", "paused"},
	[VERB_UNPAUSE] = {"Resuming", "resumed"},
	[VERB_KILL] = {"Signalling", "signalled"},
	[VERB_REMOVE] = {"Removing", "removed"},
	[VERB_RESTORE] = {"Bringing back", "brought back"},
	[VERB_UNDO] = {"Undoing", "undone"},
	[VERB_UPDATE] = {"Updating", "updated"},
};

void batch_fini(struct batch *batch)
{
	free(batch->items);
	*batch = (struct batch){0};
}

int batch_begin(struct batch *batch, enum verb verb, int signal, size_t count, int64_t now_ms)
{
	struct batch_item *items = calloc(count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	free(batch->items);
	*batch = (struct batch){.verb = verb,
		.signal = signal,
		.items = items,
		.count = count,
		.since_ms = now_ms,
		.noun = "containers"};
	return 0;
}

bool batch_is_over(const struct batch *batch)
{
	return batch->done + batch->failed == batch->count;
}

struct batch_item *batch_next(struct batch *batch)
{
	size_t most = batch->of == BATCH_IMAGES ? 1 : BATCH_AT_ONCE;

	for (size_t i = 0; batch->under_way < most && i < batch->count; i++)
		if (batch->items[i].state == BATCH_WAITS)
			return &batch->items[i];
	return NULL;
}

static void end(struct batch *batch, struct batch_item *item, bool failed, const char *text)
{
	item->state = failed ? BATCH_FAILED : BATCH_DONE;
	item->ticket = 0;
	snprintf(item->text, sizeof(item->text), "%s", text);
	*(failed ? &batch->failed : &batch->done) += 1;
}

void batch_begun(struct batch *batch, struct batch_item *item, uint64_t ticket, const char *text)
{
	item->ticket = ticket;
	if (ticket) {
		item->state = BATCH_UNDER_WAY;
		batch->under_way++;
	} else {
		end(batch, item, true, text);
	}
}

static struct batch_item *find(const struct batch *batch, uint64_t ticket)
{
	for (size_t i = 0; ticket && i < batch->count; i++)
		if (batch->items[i].state == BATCH_UNDER_WAY && batch->items[i].ticket == ticket)
			return &batch->items[i];
	return NULL;
}

bool batch_has(const struct batch *batch, uint64_t ticket)
{
	return find(batch, ticket) != NULL;
}

bool batch_ended(struct batch *batch, uint64_t ticket, bool failed, const char *text)
{
	struct batch_item *item = find(batch, ticket);

	if (!item)
		return false;
	batch->under_way--;
	end(batch, item, failed, text);
	return true;
}

void batch_retry(struct batch *batch, int64_t now_ms)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->items[i].state == BATCH_FAILED) {
			batch->items[i].state = BATCH_WAITS;
			batch->items[i].text[0] = '\0';
		}
	batch->failed = 0;
	batch->over_ms = 0;
	batch->since_ms = now_ms;
}

void batch_summary(const struct batch *batch, int64_t now_ms, char *out, size_t room)
{
	long long ms = (batch->over_ms ? batch->over_ms : now_ms) - batch->since_ms;
	const struct words *word = &words[batch->verb];

	if (!batch_is_over(batch))
		snprintf(out, room, "%s: %zu of %zu done", word->doing, batch->done + batch->failed,
			batch->count);
	else if (batch->failed)
		snprintf(out, room, "%zu %s, %zu failed", batch->done, word->done, batch->failed);
	else
		snprintf(out, room, "%zu %s %s in %lld.%03lld s", batch->done, batch->noun,
			word->done, ms / 1000, ms % 1000);
}
