#include "core/image/bring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/image/compress.h"
#include "core/image/feed.h"
#include "core/image/http.h"
#include "core/image/layer_private.h"
#include "core/image/sha.h"
#include "core/image/tar.h"
#include "util/path.h"
#include "util/strs.h"

enum { PIECE = 64 << 10 };
static const uint64_t bytes_max = 100ull << 30;

struct bringing {
	struct store *store;
	const struct image_bring_options *options;
	const struct image_watch *watch;
	struct image_brought *out;
	struct sha *sha;
	int spool;
	uint64_t size;
	struct timespec modified;
	struct err *err; /* of on_body */
};

/* ---- the bytes ---- */

static int spool_add(struct bringing *b, const void *data, size_t len, struct err *err)
{
	sha_add(b->sha, data, len);
	for (const char *at = data; len;) {
		ssize_t put = write(b->spool, at, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(err, "write %s", b->options->name);
		at += put;
		len -= (size_t)put;
		b->size += (uint64_t)put;
	}
	return 0;
}

static int on_body(void *arg, const struct http_answer *answer, const void *data, size_t len)
{
	struct bringing *b = arg;
	struct image_progress progress = {.layer = b->options->name, .phase = IMAGE_DOWNLOADING};

	(void)answer;
	if (spool_add(b, data, len, b->err) < 0)
		return b->err->code;
	progress.done = b->size;
	if (b->watch && b->watch->on_progress)
		b->watch->on_progress(&progress, b->watch->arg);
	return 0;
}

static void read_time(struct bringing *b, const struct http_answer *answer)
{
	const char *text = http_answer_header(answer, "Last-Modified", NULL);
	struct tm when = {0};

	if (text && strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &when))
		b->modified.tv_sec = timegm(&when);
}

static int fetch(struct bringing *b, struct err *err)
{
	auto_of(http) struct http *http = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	const struct http_request request = {.method = "GET",
		.url = b->options->source,
		.body_max = bytes_max,
		.on_body = on_body,
		.arg = b};
	char reason[200];

	b->err = err;
	if (http_new("davit/" DAVIT_VERSION, b->watch ? b->watch->canceled : NULL, &http, err) <
			0 ||
		http_send(http, &request, &answer, err) < 0)
		return err->code;
	if (answer.status / 100 == 2) {
		read_time(b, &answer);
		return 0;
	}
	http_answer_reason(&answer, reason, sizeof(reason));
	return err_set(err, answer.status == 404 ? ENOENT : EREMOTEIO,
		"%.200s: the server answers %d%s%s", b->options->source, answer.status,
		*reason ? ": " : "", reason);
}

static int read_stream(struct bringing *b, struct err *err)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(b->options->fd, piece, sizeof(piece))) != 0) {
		if (b->watch && b->watch->canceled && atomic_load(b->watch->canceled))
			return err_set(err, ECANCELED, "canceled");
		if (got < 0 && errno != EINTR)
			return err_sys(err, "read %s", b->options->name);
		if (got > 0 && spool_add(b, piece, (size_t)got, err) < 0)
			return err->code;
		if (b->size > bytes_max)
			return err_set(err, EFBIG, "%s: more than 100 GiB", b->options->name);
	}
	return 0;
}

static int spool(struct bringing *b, struct err *err)
{
	b->spool = openat(
		store_dir(b->store, STORE_STAGING), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (b->spool < 0)
		return err_sys(err, "write %s", b->options->name);
	return b->options->source ? fetch(b, err) : read_stream(b, err);
}

static int check(struct bringing *b, struct err *err)
{
	const char *wanted = b->options->checksum;

	sha_done(b->sha, b->out->digest);
	if (wanted && !str_eq(wanted, b->out->digest))
		return err_set(err, EBADMSG, "digest mismatch %s: %s", b->out->digest, wanted);
	return 0;
}

/* ---- what it is ---- */

struct reading {
	struct feed *feed;
	struct decoder *decoder;
	unsigned char packed[PIECE], plain[PIECE];
};

static ssize_t more_packed(void *arg, const unsigned char **data, struct err *err)
{
	struct reading *reading = arg;
	ssize_t got = feed_read(reading->feed, reading->packed, sizeof(reading->packed));

	*data = reading->packed;
	return got < 0 ? err_set(err, (int)got, "read: %s", err_name((int)got)) : got;
}

static ssize_t more_plain(void *arg, const unsigned char **data, struct err *err)
{
	struct reading *reading = arg;

	*data = reading->plain;
	return decoder_read(reading->decoder, reading->plain, sizeof(reading->plain), err);
}

/* It is an archive when, unwrapped, it begins with a header that a tar reader takes. */
static bool has_header(struct reading *reading)
{
	auto_of(tar) struct tar *tar = NULL;
	const struct tar_entry *entry;
	struct err ignored;

	if (decoder_new(more_packed, reading, true, &reading->decoder, &ignored) < 0)
		return false;
	tar = tar_new(more_plain, reading);
	return tar && tar_next(tar, &entry, &ignored) == 0 && entry;
}

static bool is_archive(struct bringing *b)
{
	auto_free struct reading *reading = calloc(1, sizeof(*reading));
	bool yes = false;

	if (!reading)
		return false;
	reading->feed = feed_of_part(b->spool, 0, b->size);
	if (reading->feed)
		yes = b->size >= TAR_BLOCK_SIZE / 8 && has_header(reading);
	decoder_free(reading->decoder);
	feed_free(reading->feed);
	return yes;
}

/* ---- where it goes ---- */

static int unpack(struct bringing *b, struct err *err)
{
	const struct layer_wish wish = {.size = b->size, .archive = true};
	auto_of(feed) struct feed *feed = feed_of_part(b->spool, 0, b->size);
	auto_of(layer) struct layer *layer = NULL;

	if (!feed)
		return err_set(err, ENOMEM, "%s: out of memory", b->options->name);
	if (layer_unpack(b->store, feed, &wish, b->watch, &layer, err) < 0)
		return err_in(err, "%s", b->options->name);
	if (layer->n_pending)
		return err_set(err, EBADMSG,
			"%s: hard link to %.200s, which the archive does not have",
			b->options->name, layer->pending[0].target);
	if (renameat(stage_fd(layer->stage), "diff", AT_FDCWD, b->options->into) < 0)
		return err_sys(err, "%s: unpack", b->options->name);
	b->out->archive = true;
	return 0;
}

static int copy_spool(struct bringing *b, int to, struct err *err)
{
	off_t at = 0;

	while ((uint64_t)at < b->size) {
		ssize_t got = copy_file_range(b->spool, &at, to, NULL, b->size - (uint64_t)at, 0);

		if (got <= 0)
			return err_sys(err, "write %s", b->options->name);
	}
	return 0;
}

static int put_file(struct bringing *b, struct err *err)
{
	struct timespec times[] = {b->modified, b->modified};
	auto_close int dir = -1, to = -1;

	if (mkdir(b->options->into, 0755) < 0)
		return err_sys(err, "write %s", b->options->name);
	dir = open(b->options->into, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	to = openat(
		dir, b->options->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || fchmod(to, 0600) < 0)
		return err_sys(err, "write %s", b->options->name);
	if (copy_spool(b, to, err) < 0)
		return err->code;
	return futimens(to, times) < 0 ? err_sys(err, "write %s", b->options->name) : 0;
}

static int bring(struct bringing *b, struct err *err)
{
	int failed = confine_job(b->store, b->options->source ? CONFINE_NETWORK : 0, err);

	if (!failed)
		failed = spool(b, err);
	if (!failed)
		failed = check(b, err);
	if (failed)
		return failed;
	return b->options->unpack && is_archive(b) ? unpack(b, err) : put_file(b, err);
}

int image_bring(struct store *store, const struct image_bring_options *options,
	const struct image_watch *watch, struct image_brought *out, struct err *err)
{
	auto_of(sha) struct sha *sha = sha_new();
	struct bringing b = {.store = store,
		.options = options,
		.watch = watch,
		.out = out,
		.sha = sha,
		.spool = -1};
	int failed;

	*out = (struct image_brought){0};
	if (!sha)
		return err_set(err, ENOMEM, "%s: out of memory", options->name);
	if (strchr(options->name, '/') || !*options->name || str_eq(options->name, ".") ||
		str_eq(options->name, ".."))
		return err_set(err, EINVAL, "%.100s is no name of a file", options->name);
	failed = bring(&b, err);
	own_closep(&b.spool);
	return failed;
}
