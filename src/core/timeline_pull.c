/* timeline_pull.c - a pull: names become digests, digests become blobs, blobs become layers; a lane
 * for each layer, since they come and are unpacked side by side. */
#include <stdio.h>
#include <string.h>

#include "core/timeline.h"
#include "util/digest.h"

enum { LANE_DAVIT, SHORT = 12, SHOWN_MAX = 4000 };

struct replay {
	const struct timeline_subject *subject;
	const struct facts *facts;
	size_t from; /* its first fact */
	struct timeline *out;
};

/* ---- which facts ---- */

/* Of a pull of several tags: the last that brought something, else the last. */
static size_t begin_of(const struct facts *facts)
{
	size_t begin = facts->len, last = facts->len;

	for (size_t i = 0; i < facts->len; i++) {
		if (fact_is(&facts->v[i], "pull"))
			last = i;
		if (fact_is(&facts->v[i], "layer"))
			begin = last;
	}
	return begin < facts->len ? begin : last;
}

static bool is_end(const struct fact *fact)
{
	return fact_is(fact, "commit") || fact_is(fact, "have");
}

static bool is_so_far(const struct fact *fact)
{
	return fact_number(fact, "so_far", 0) != 0;
}

static bool same(const struct fact *a, const struct fact *b)
{
	return strcmp(a->what, b->what) == 0 && strcmp(fact_text(a, "of"), fact_text(b, "of")) == 0;
}

/* How far it is counts only as long as nothing newer tells of the same. */
static bool is_overtaken(const struct replay *replay, size_t i)
{
	const struct fact *fact = &replay->facts->v[i];

	for (size_t later = i + 1; later < replay->facts->len; later++)
		if (same(fact, &replay->facts->v[later]))
			return true;
	return false;
}

/* ---- lanes ---- */

static const char *shorten(const char *digest, char out[SHORT + 1])
{
	const char *colon = strchr(digest, ':');

	snprintf(out, SHORT + 1, "%s", colon ? colon + 1 : digest);
	return out;
}

static unsigned lane_of(struct replay *replay, const char *digest)
{
	char name[SHORT + 1];
	struct strs *lanes = &replay->out->lanes;

	shorten(digest, name);
	for (size_t i = 1; i < lanes->len; i++)
		if (strcmp(lanes->v[i], name) == 0)
			return (unsigned)i;
	strs_add(lanes, name);
	return lanes->len ? (unsigned)lanes->len - 1 : 0;
}

/* ---- spans ---- */

static const char *file_of(struct replay *replay, const char *tool, const char *digest)
{
	if (!replay->subject->root || !*digest)
		return "";
	return timeline_say(replay->out, "%s %s/blobs/sha256/%s", tool, replay->subject->root,
		digest_hex(digest));
}

static struct timeline_span *add(struct replay *replay, unsigned lane, const struct fact *fact)
{
	struct timeline_span *span;

	/* What is only known so far goes on, as long as somebody is at it. */
	if (is_so_far(fact) && replay->subject->running)
		span = timeline_open_span(
			replay->out, lane, fact->from_ns, replay->subject->now_ns);
	else
		span = timeline_span(replay->out, lane, fact->from_ns, fact->to_ns);
	span->result = (int)fact_number(fact, "result", 0);
	return span;
}

static void say_head(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, LANE_DAVIT, fact);
	char name[SHORT + 1];

	span->words =
		timeline_say(replay->out, "ask what %s names now: %s", fact_text(fact, "which"),
			span->result < 0 ? "no answer" : shorten(fact_text(fact, "of"), name));
	span->calls =
		timeline_say(replay->out, "HEAD /v2/…/manifests/%s", fact_text(fact, "which"));
}

static void say_manifest(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, LANE_DAVIT, fact);
	char name[SHORT + 1];

	span->done = span->total = (uint64_t)fact_number(fact, "bytes", 0);
	span->words = timeline_say(replay->out,
		"fetch the manifest %s, and compare its SHA-256 with its name",
		shorten(fact_text(fact, "of"), name));
	span->calls = timeline_say(
		replay->out, "GET /v2/…/manifests/%s; SHA-256", fact_text(fact, "which"));
	span->proof = file_of(replay, "sha256sum", fact_text(fact, "of"));
}

static void say_config(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, LANE_DAVIT, fact);

	span->done = span->total = (uint64_t)fact_number(fact, "bytes", 0);
	span->words = "fetch the image's config: its digest is the image's id";
	span->calls =
		timeline_say(replay->out, "GET /v2/…/blobs/%s; SHA-256", fact_text(fact, "of"));
	span->proof = file_of(replay, "sha256sum", fact_text(fact, "of"));
}

static const char *state_words(const struct fact *fact)
{
	const char *state = fact_text(fact, "state");

	if (strcmp(state, "held") == 0)
		return "here already, unpacked: nothing to do";
	if (strcmp(state, "same") == 0)
		return "the same as a layer below: nothing to do";
	return strcmp(state, "blob") == 0 ? "here already, still packed" : NULL;
}

static void say_layer(struct replay *replay, const struct fact *fact)
{
	unsigned lane = lane_of(replay, fact_text(fact, "of"));
	const char *words = state_words(fact);
	struct timeline_span *span;

	if (!words)
		return; /* its download says the rest */
	span = add(replay, lane, fact);
	span->words = words;
	span->calls = "looked up by its diff id in the store's database";
	span->proof = file_of(replay, "ls -l", fact_text(fact, "of"));
}

static void say_download(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, lane_of(replay, fact_text(fact, "of")), fact);
	int64_t had = fact_number(fact, "had", 0), tries = fact_number(fact, "tries", 1);

	span->done = (uint64_t)fact_number(fact, "bytes", 0);
	span->total = (uint64_t)fact_number(fact, "total", 0);
	span->words =
		had > 0 ? timeline_say(replay->out, "download, from byte %lld on", (long long)had)
		: tries > 1 ? timeline_say(replay->out, "download, in %lld goes", (long long)tries)
			    : "download";
	span->calls = timeline_say(
		replay->out, "GET /v2/…/blobs/%s; pwrite to cache/ingest", fact_text(fact, "of"));
	span->proof = file_of(replay, "sha256sum", fact_text(fact, "of"));
}

static const char *unpack_words(struct replay *replay, const struct fact *fact)
{
	int64_t entries = fact_number(fact, "entries", 0);
	char hashed[24], waited[24];

	if (is_so_far(fact))
		return "unpack what has come";
	return timeline_say(replay->out,
		"unpack %lld file%s from %s; %s of it hashing, %s waiting for bytes",
		(long long)entries, entries == 1 ? "" : "s", fact_text(fact, "codec"),
		timeline_time((uint64_t)fact_number(fact, "hashed_us", 0) * 1000, hashed),
		timeline_time((uint64_t)fact_number(fact, "waited_us", 0) * 1000, waited));
}

static void say_unpack(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, lane_of(replay, fact_text(fact, "of")), fact);

	span->done = (uint64_t)fact_number(fact, is_so_far(fact) ? "bytes" : "tar", 0);
	span->total = is_so_far(fact) ? (uint64_t)fact_number(fact, "total", 0) : span->done;
	span->words = unpack_words(replay, fact);
	span->calls = "SHA-256 of the bytes as they come (digest) and inflated (diff id); "
		      "openat2, write, fchown, utimensat below layers/";
	span->proof = timeline_say(replay->out, "davit image layers %s", replay->subject->name);
}

static void say_end(struct replay *replay, const struct fact *fact)
{
	struct timeline_span *span = add(replay, LANE_DAVIT, fact);

	if (fact_is(fact, "have")) {
		span->words = "the image is here already: its name is set, and that is all";
		return;
	}
	span->words = "both hashes were right: the layers get their place, the image its name";
	span->calls = "renameat2 of each layer's directory; one transaction in the database";
	span->proof = timeline_say(
		replay->out, "davit image inspect -f '{{.RepoDigests}}' %s", replay->subject->name);
}

static void say_fact(struct replay *replay, size_t i)
{
	static const struct {
		const char *what;
		void (*say)(struct replay *replay, const struct fact *fact);
	} kinds[] = {{"head", say_head}, {"manifest", say_manifest}, {"config", say_config},
		{"layer", say_layer}, {"download", say_download}, {"unpack", say_unpack},
		{"commit", say_end}, {"have", say_end}};
	const struct fact *fact = &replay->facts->v[i];

	if (is_so_far(fact) && is_overtaken(replay, i))
		return;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (fact_is(fact, kinds[k].what))
			kinds[k].say(replay, fact);
}

/* ---- the sentence ---- */

static const char *sum_up(const struct replay *replay, bool ended)
{
	size_t layers = 0, here = 0;
	int64_t bytes = 0;

	for (size_t i = replay->from; i < replay->facts->len; i++) {
		const struct fact *fact = &replay->facts->v[i];

		if (fact_is(fact, "layer")) {
			layers++;
			here += state_words(fact) != NULL;
		}
		if (fact_is(fact, "download") && !is_so_far(fact))
			bytes += fact_number(fact, "bytes", 0) - fact_number(fact, "had", 0);
	}
	if (!ended && replay->subject->running)
		return timeline_say(
			replay->out, "%zu layers, %zu of them here before.", layers, here);
	return timeline_say(replay->out,
		"%zu layers, %zu of them here before; %.1f MB of layers were fetched%s.", layers,
		here, (double)bytes / 1e6, ended ? "" : "; it did not end well");
}

bool timeline_of_pull(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out)
{
	struct replay replay = {subject, facts, begin_of(facts), out};
	bool ended = false;

	if (replay.from == facts->len)
		return false;
	strs_add(&out->lanes, "davit");
	out->kind = TIMELINE_PULL;
	out->at_ns = facts->v[replay.from].at_us * 1000;
	out->title = timeline_say(out, "pull of %s", fact_text(&facts->v[replay.from], "name"));
	for (size_t i = replay.from; i < facts->len && out->count < SHOWN_MAX; i++) {
		say_fact(&replay, i);
		ended |= is_end(&facts->v[i]);
	}
	out->summary = sum_up(&replay, ended);
	out->open |= !ended && subject->running;
	timeline_end(out, facts->v[replay.from].from_ns, true);
	out->failed |= strs_failed(&out->lanes);
	return true;
}
