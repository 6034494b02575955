/* import.c - an archive of files becomes an image of one layer.
 *
 *     fetch    a file as it lies, or a stream into a nameless file in the store
 *     unpack   as any stranger's layer, so with all its checks
 *     make     the tree once more as a layer of our own (layer_make.h): its tar can be made again
 *              at any time, so the archive need not be kept */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/image/change.h"
#include "core/image/feed.h"
#include "core/image/http.h"
#include "core/image/image_make.h"
#include "core/image/layer_private.h"
#include "core/image/transfer.h"
#include "core/reference.h"
#include "util/buf.h"
#include "util/json.h"

struct importing {
	struct store *store;
	const struct image_import_options *options;
	const struct image_watch *watch;
	int fd; /* of the archive */
	uint64_t size;
	struct strs tags;
};

/* ---- fetch ---- */

static int spool_new(struct importing *im, struct err *err)
{
	im->fd = openat(
		store_dir(im->store, STORE_STAGING), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return im->fd < 0 ? err_sys(err, "import: spool") : 0;
}

static int spool_add(struct importing *im, const void *data, size_t len, struct err *err)
{
	for (const char *at = data; len;) {
		ssize_t put = write(im->fd, at, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(err, "import: spool");
		at += put;
		len -= (size_t)put;
		im->size += (uint64_t)put;
	}
	return 0;
}

static bool is_canceled(const struct importing *im)
{
	return im->watch && im->watch->canceled && atomic_load(im->watch->canceled);
}

static int spool_stream(struct importing *im, int from, struct err *err)
{
	char piece[64 << 10];
	ssize_t got;

	if (spool_new(im, err) < 0)
		return err->code;
	while ((got = read(from, piece, sizeof(piece))) != 0) {
		if (is_canceled(im))
			return err_set(err, ECANCELED, "canceled");
		if (got < 0 && errno != EINTR)
			return err_sys(err, "import: read");
		if (got > 0 && spool_add(im, piece, (size_t)got, err) < 0)
			return err->code;
	}
	return 0;
}

static int open_file(struct importing *im, const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, EISDIR, "import: %s is a directory: give an archive", path);
	if (!S_ISREG(st.st_mode))
		return spool_stream(im, fd, err);
	im->fd = take_fd(&fd);
	im->size = (uint64_t)st.st_size;
	return 0;
}

struct landing {
	struct importing *im;
	struct err *err;
};

static int on_body(void *arg, const struct http_answer *answer, const void *data, size_t len)
{
	struct landing *landing = arg;

	(void)answer;
	return spool_add(landing->im, data, len, landing->err);
}

static int fetch(struct importing *im, const char *url, struct err *err)
{
	static const uint64_t body_max = 100ull << 30;
	auto_of(http) struct http *http = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	struct landing landing = {.im = im, .err = err};
	const struct http_request request = {.method = "GET",
		.url = url,
		.body_max = body_max,
		.on_body = on_body,
		.arg = &landing};
	char reason[200];

	if (spool_new(im, err) < 0 ||
		http_new("davit/" DAVIT_VERSION, im->watch ? im->watch->canceled : NULL, &http,
			err) < 0)
		return err->code;
	if (http_send(http, &request, &answer, err) < 0)
		return err_in(err, "import");
	if (answer.status / 100 == 2)
		return 0;
	http_answer_reason(&answer, reason, sizeof(reason));
	return err_set(err, EREMOTEIO, "import %s: the server answers %d%s%s", url, answer.status,
		*reason ? ": " : "", reason);
}

static bool is_url(const char *source)
{
	return str_has_prefix(source, "http://") || str_has_prefix(source, "https://");
}

/* The file is opened before the process gives up what it does not need any more. */
static int open_source(struct importing *im, struct err *err)
{
	const char *source = im->options->source;
	int failed = 0;

	if (!str_eq(source, "-") && !is_url(source)) {
		failed = open_file(im, source, err);
		return failed ? failed : confine_job(im->store, 0, err);
	}
	failed = confine_job(im->store, is_url(source) ? CONFINE_NETWORK : 0, err);
	if (failed)
		return failed;
	return is_url(source) ? fetch(im, source, err) : spool_stream(im, im->options->fd, err);
}

/* ---- unpack, make ---- */

static int unpack(struct importing *im, struct layer **out, struct err *err)
{
	const struct layer_wish wish = {.size = im->size, .archive = true, .remade = true};
	auto_of(feed) struct feed *feed = feed_of_part(im->fd, 0, im->size);
	auto_of(layer) struct layer *layer = NULL;

	if (!feed)
		return err_set(err, ENOMEM, "import: out of memory");
	if (!im->size)
		return err_set(err, EBADMSG, "import: the archive is empty");
	if (layer_unpack(im->store, feed, &wish, im->watch, &layer, err) < 0)
		return err_in(err, "import");
	if (layer->n_pending)
		return err_set(err, EBADMSG,
			"import: hard link to %.200s, which the archive does not have",
			layer->pending[0].target);
	*out = take(layer);
	return 0;
}

static int make_layer(struct importing *im, struct layer **out, struct err *err)
{
	auto_of(layer) struct layer *unpacked = NULL;
	struct layer_source source = {
		.name = "diff",
		.take = true,
		.latest = SCAN_ANY_TIME,
		.canceled = im->watch ? im->watch->canceled : NULL,
	};

	if (unpack(im, &unpacked, err) < 0)
		return err->code;
	source.dir_fd = stage_fd(unpacked->stage);
	return layer_make(im->store, &source, out, err);
}

static int read_options(struct importing *im, struct platform *platform, struct err *err)
{
	const struct image_import_options *options = im->options;
	auto_buf whole = BUF_INIT;
	struct reference ref;

	platform_host(platform);
	if (options->platform && platform_parse(options->platform, platform, err) < 0)
		return err->code;
	if (!options->reference || !*options->reference)
		return 0;
	if (reference_parse(options->reference, &ref, err) < 0)
		return err->code;
	if (ref.digest[0])
		return err_set(err, EINVAL, "cannot import digest reference");
	reference_default_tag(&ref);
	reference_text(&ref, &whole);
	strs_add(&im->tags, buf_text(&whole));
	return strs_failed(&im->tags) ? err_set(err, ENOMEM, "import: out of memory") : 0;
}

static int import(struct importing *im, char id[DIGEST_SIZE], struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_json *config = cJSON_CreateObject();
	auto_buf comment = BUF_INIT;
	struct platform platform;
	struct image_history line = {.created_ns = IMAGE_MAKE_NOW};
	struct image_make make = {
		.layers = &layer,
		.n_layers = 1,
		.config = config,
		.history = &line,
		.n_history = 1,
		.platform = &platform,
		.created_ns = IMAGE_MAKE_NOW,
		.tags = &im->tags,
		.action = "import",
	};

	store_sweep(im->store);
	if (read_options(im, &platform, err) < 0 ||
		change_config(config, im->options->changes, err) < 0 || open_source(im, err) < 0 ||
		make_layer(im, &layer, err) < 0)
		return err->code;
	buf_addf(&comment, "Imported from %s", im->options->source);
	line.comment = im->options->message && *im->options->message ? im->options->message
								     : buf_text(&comment);
	return image_make(im->store, &make, im->watch, id, err);
}

int image_import(struct store *store, const struct image_import_options *options,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err)
{
	struct importing im = {.store = store, .options = options, .watch = watch, .fd = -1};
	int failed = import(&im, id, err);

	own_closep(&im.fd);
	strs_fini(&im.tags);
	return failed;
}
