/* timeline_build.c - a build: its steps side by side; or one of them, and where its time went: key,
 * launch, command, comparing, hashing, committing. */
#include <stdio.h>
#include <string.h>

#include "core/timeline.h"

enum { SHOWN_MAX = 4000, LANE_SIZE = 15, STEPS_MAX = 100000 };

struct review {
	const struct timeline_subject *subject;
	const struct facts *facts;
	struct timeline *out;
	unsigned lane;
};

static bool is_so_far(const struct fact *fact)
{
	return fact_number(fact, "so_far", 0) != 0;
}

static int64_t step_of(const struct fact *fact)
{
	return fact_number(fact, "step", -1);
}

/* What was begun and is told whole later: a command by its run, all else by itself. */
static bool is_overtaken(const struct review *review, size_t i)
{
	const struct fact *fact = &review->facts->v[i];
	const char *by = fact_is(fact, "command") ? "run" : fact->what;

	for (size_t later = i + 1; later < review->facts->len; later++) {
		const struct fact *other = &review->facts->v[later];

		if (step_of(other) == step_of(fact) &&
			(fact_is(other, by) || (fact_is(other, "step") && !is_so_far(other))))
			return true;
	}
	return false;
}

static struct timeline_span *add(struct review *review, const struct fact *fact)
{
	struct timeline_span *span;

	if (is_so_far(fact) && review->subject->running)
		span = timeline_open_span(
			review->out, review->lane, fact->from_ns, review->subject->now_ns);
	else
		span = timeline_span(review->out, review->lane, fact->from_ns, fact->to_ns);
	span->result = (int)fact_number(fact, "result", 0);
	return span;
}

/* A part of a fact's time; *from moves behind it. */
static struct timeline_span *add_part(
	struct review *review, const struct fact *fact, const char *key, uint64_t *from)
{
	uint64_t took = (uint64_t)fact_number(fact, key, 0) * 1000;
	struct timeline_span *span = timeline_span(review->out, review->lane, *from, *from + took);

	*from += took;
	return span;
}

/* ---- one step ---- */

static void say_key(struct review *review, const struct fact *fact)
{
	struct timeline_span *span = add(review, fact);
	const char *key = fact_text(fact, "key"), *colon = strchr(key, ':');

	span->words = timeline_say(review->out, "what it is and stands on has the key %.12s: %s",
		colon ? colon + 1 : key,
		fact_number(fact, "hit", 0) ? "done before, its layer is known" : "not known");
	span->calls = timeline_say(review->out,
		"SHA-256 of the step, the layers below and the files it reads: %s", key);
	span->proof = "davit builder du";
}

static void say_why(struct review *review, const struct fact *fact)
{
	timeline_span(review->out, review->lane, fact->from_ns, fact->from_ns)->words =
		timeline_say(review->out, "it is to be done, because %s", fact_text(fact, "text"));
}

static void say_bring(struct review *review, const struct fact *fact)
{
	struct timeline_span *span = add(review, fact);

	span->words = "see that the layers below are here, make its directories";
	span->calls = "mkdirat(staging)";
}

static void say_prepare(struct review *review, const struct fact *fact)
{
	add(review, fact)->words = "open what its --mount options ask for";
}

static void say_run(struct review *review, const struct fact *fact)
{
	uint64_t from = fact->from_ns;
	int code = (int)fact_number(fact, "code", 0);
	struct timeline_span *span = add_part(review, fact, "launch_us", &from);

	span->words = "launch its container: spec, plan, monitor, exec";
	span->calls = "clone3, mount(overlay), execve: as every container";
	span = add_part(review, fact, "command_us", &from);
	span->words =
		code ? timeline_say(review->out, "its command ran, and ended with code %d", code)
		     : "its command ran";
	span = add_part(review, fact, "after_us", &from);
	span->words = "let go of its container";
	span->calls = "umount2, rmdir(cgroups), waitid(monitor)";
}

static void say_command(struct review *review, const struct fact *fact)
{
	add(review, fact)->words = "its command runs";
}

static void say_write(struct review *review, const struct fact *fact)
{
	struct timeline_span *span = add(review, fact);

	span->words = "write the files where they go; nothing is mounted for it";
	span->calls = "openat2, copy_file_range or FICLONE, fchown, utimensat";
}

static void say_diff(struct review *review, const struct fact *fact)
{
	uint64_t from = fact->from_ns;
	struct timeline_span *span;

	if (is_so_far(fact)) {
		add(review, fact)->words = "make a layer of what it wrote";
		return;
	}
	span = add_part(review, fact, "scan_us", &from);
	span->words = fact_number(fact, "empty", 0)
			      ? "compare what it wrote with the layers below: nothing changed"
			      : "compare what it wrote with the layers below";
	span->calls = "getdents64, statx of the upper directory; the layers' indexes";
	span = add_part(review, fact, "stage_us", &from);
	span->words = "take it over as a layer's directory";
	span->calls = "renameat2(upper, staging)";
	span = add_part(review, fact, "digest_us", &from);
	span->words = timeline_say(
		review->out, "hash its tar: diff id %.19s", fact_text(fact, "diff_id"));
	span->calls = "read of every file; SHA-256 of the tar, which is kept nowhere";
}

static void say_commit(struct review *review, const struct fact *fact)
{
	struct timeline_span *span = add(review, fact);
	const char *layer = fact_text(fact, "layer");

	span->words = *layer ? timeline_say(review->out,
				       "the layer %.12s gets its place, the key its row", layer)
			     : "no layer: only the key gets its row";
	span->calls = "renameat2(staging, layers/); one transaction";
	span->proof = *layer && review->subject->root ? timeline_say(review->out, "ls %s/layers/%s",
								review->subject->root, layer)
						      : "";
}

static void say_part(struct review *review, size_t i)
{
	static const struct {
		const char *what;
		void (*say)(struct review *review, const struct fact *fact);
	} kinds[] = {{"key", say_key}, {"why", say_why}, {"bring", say_bring},
		{"prepare", say_prepare}, {"run", say_run}, {"command", say_command},
		{"write", say_write}, {"diff", say_diff}, {"commit", say_commit}};
	const struct fact *fact = &review->facts->v[i];

	if (is_so_far(fact) && is_overtaken(review, i))
		return;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (fact_is(fact, kinds[k].what))
			kinds[k].say(review, fact);
}

/* ---- all steps ---- */

/* Without the digests that a plan nails its images to. */
static const char *name_of(struct review *review, const struct fact *fact)
{
	const char *name = fact_text(fact, "name"), *at = strstr(name, "@sha256:");

	if (!at || strspn(at + 8, "0123456789abcdef") != 64)
		return timeline_say(review->out, "%s", name);
	return timeline_say(review->out, "%.*s%s", (int)(at - name), name, at + 8 + 64);
}

/* "[build 2/5] RUN make" is in the lane "build 2/5"; what has no brackets in one of its own. */
static void lane_name(const struct fact *fact, char out[LANE_SIZE])
{
	const char *name = fact_text(fact, "name"), *end = strchr(name, ']');

	if (*name == '[' && end && end - name > 1)
		snprintf(out, LANE_SIZE, "%.*s", (int)(end - name - 1), name + 1);
	else
		snprintf(out, LANE_SIZE, "step %u", (unsigned)(step_of(fact) + 1) % STEPS_MAX);
}

static unsigned lane_of(struct review *review, const struct fact *fact)
{
	char name[LANE_SIZE];
	struct strs *lanes = &review->out->lanes;

	lane_name(fact, name);
	for (size_t i = 0; i < lanes->len; i++)
		if (strcmp(lanes->v[i], name) == 0)
			return (unsigned)i;
	strs_add(lanes, name);
	return lanes->len ? (unsigned)lanes->len - 1 : 0;
}

static void say_step(struct review *review, size_t i)
{
	const struct fact *fact = &review->facts->v[i];
	const char *state = fact_text(fact, "state"), *name, *end;
	struct timeline_span *span;

	if (!fact_is(fact, "step") || (is_so_far(fact) && is_overtaken(review, i)))
		return;
	name = name_of(review, fact);
	end = strchr(name, ']');
	review->lane = lane_of(review, fact);
	span = add(review, fact);
	span->words = timeline_say(review->out, "#%lld %s%s%s", (long long)step_of(fact) + 1,
		*name == '[' && end && end[1] ? end + 2 : name,
		strcmp(state, "done") == 0 || is_so_far(fact) ? "" : ": ",
		strcmp(state, "done") == 0 || is_so_far(fact) ? "" : state);
	span->result = strcmp(state, "failed") == 0 ? -1 : 0;
	span->proof = timeline_say(review->out, "davit explain --build %s --step %lld",
		review->subject->name, (long long)step_of(fact) + 1);
}

/* ---- where the time went ---- */

static const char *sum_up(struct review *review, int64_t step)
{
	static const struct {
		const char *fact, *key, *words;
	} parts[] = {{"run", "launch_us", "launching"}, {"run", "command_us", "commands"},
		{"diff", "scan_us", "comparing"}, {"diff", "digest_us", "hashing"},
		{"commit", NULL, "committing"}, {"key", NULL, "keys"}, {"write", NULL, "writing"}};
	auto_buf text = BUF_INIT;
	char took[24];

	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < review->facts->len; i++) {
			const struct fact *fact = &review->facts->v[i];

			if (is_so_far(fact) || !fact_is(fact, parts[p].fact) ||
				(step >= 0 && step_of(fact) != step))
				continue;
			sum += parts[p].key ? (uint64_t)fact_number(fact, parts[p].key, 0) * 1000
					    : fact->to_ns - fact->from_ns;
		}
		if (sum >= 1000)
			buf_addf(&text, "%s%s %s", text.len ? ", " : "", parts[p].words,
				timeline_time(sum, took));
	}
	return text.len ? timeline_say(review->out, "Time went to: %s.", buf_text(&text)) : "";
}

static const struct fact *fact_of_step(const struct facts *facts, int64_t step)
{
	const struct fact *found = NULL;

	for (size_t i = 0; i < facts->len; i++)
		if (fact_is(&facts->v[i], "step") && step_of(&facts->v[i]) == step)
			found = &facts->v[i];
	return found;
}

bool timeline_of_build(const struct timeline_subject *subject, const struct facts *facts,
	unsigned step, struct timeline *out)
{
	struct review review = {.subject = subject, .facts = facts, .out = out};
	int64_t only = step && step < STEPS_MAX ? (int64_t)step - 1 : -1;
	const struct fact *first = only >= 0 ? fact_of_step(facts, only) : NULL;

	if (step && !first)
		return false;
	out->kind = TIMELINE_BUILD;
	if (first) {
		review.lane = lane_of(&review, first);
		out->title = timeline_say(out, "step %u: %s", step, name_of(&review, first));
	} else {
		out->title = timeline_say(out, "build %s", subject->name);
	}
	for (size_t i = 0; i < facts->len && out->count < SHOWN_MAX; i++) {
		if (!first)
			say_step(&review, i);
		else if (step_of(&facts->v[i]) == only)
			say_part(&review, i);
	}
	out->at_ns = first ? first->at_us * 1000 : facts->len ? facts->v[0].at_us * 1000 : 0;
	out->summary = sum_up(&review, only);
	out->open |= subject->running && (!first || is_so_far(first));
	timeline_end(out, first ? first->from_ns : 0, true);
	return out->count > 0 || first;
}
