#include "build/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/git_url.h"
#include "build/no_memory.h"
#include "build/source.h"
#include "core/child.h"
#include "core/engine_own.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { IGNORE_MAX = 1 << 20, SILENCE_S = 120 };

struct build_context {
	char *name; /* "" is the main one */
	char *path;
	int fd;
	bool brought; /* into the build's own directory: new each time */
	struct ignore *ignore;
};

struct contexts {
	struct context_place place;
	struct build_context *v;
	size_t n;
	struct strs names, wheres; /* of --build-context */
};

/* ---- one ---- */

static void context_fini(struct build_context *context)
{
	free(context->name);
	free(context->path);
	own_closep(&context->fd);
	ignore_free(context->ignore);
}

const char *context_path(const struct build_context *context)
{
	return context->path;
}

int context_fd(const struct build_context *context)
{
	return context->fd;
}

const struct ignore *context_ignore(const struct build_context *context)
{
	return context->ignore;
}

bool context_stamps(const struct build_context *context, char name[80])
{
	struct stat st;

	if (context->brought || fstat(context->fd, &st) < 0)
		return false;
	snprintf(name, 80, "%llx-%llx", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	return true;
}

static int open_directory(struct build_context *context, struct err *err)
{
	context->fd = open(context->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (context->fd < 0)
		return err_set(err, errno, "unable to prepare context: path \"%.300s\": %s",
			context->path, err_name(errno));
	return 0;
}

/* ---- bringing ---- */

struct answer {
	const struct context_place *place;
	char *words, *path; /* "archive sha256:…", a commit */
};

/* A line of progress is told on; the last line is the answer. */
static void on_line(void *arg, const char *text)
{
	struct answer *answer = arg;

	free(answer->words);
	answer->words = strdup(text);
	if (answer->place->note && strchr(text, ':') && !str_has_prefix(text, "archive ") &&
		!str_has_prefix(text, "file "))
		answer->place->note(answer->place->arg, text);
}

static int run_child(const struct context_place *place, const char *const *args,
	const struct strs *env, int in, struct answer *answer, struct err *err)
{
	const struct child child = {
		.args = args,
		.env = env,
		.in = in,
		.line = on_line,
		.arg = answer,
		.canceled = place->canceled,
		.silence_s = SILENCE_S,
	};

	return child_run(place->engine, &child, err);
}

/* A place in the build's directory that nobody else takes: git wants it to be there, bring makes
 * it.
 */
static int new_place(const struct context_place *place, bool make, char **path, struct err *err)
{
	auto_buf text = BUF_INIT;
	char name[40];
	unsigned n = 0;

	do
		snprintf(name, sizeof(name), "context-%u", n++);
	while (mkdirat(place->dir_fd, name, 0700) < 0 && errno == EEXIST);
	buf_addf(&text, "%s/%s/files", place->dir, name);
	*path = buf_take(&text);
	if (!*path)
		return no_memory(err);
	return make && mkdir(*path, 0755) < 0 ? err_sys(err, "context: make %s", name) : 0;
}

static bool is_allowed(const struct build_request *request, const char *what)
{
	for (size_t i = 0; i < request->allow.len; i++)
		if (str_eq(request->allow.v[i], what))
			return true;
	return false;
}

int context_git_url(
	const char *url, const char *commit, bool keep, struct buf *out, struct err *err)
{
	const char *fragment = strchr(url, '#');
	size_t len = fragment ? (size_t)(fragment - url) : strlen(url);

	buf_add(out, url, len);
	if (commit)
		buf_addf(out, "%cchecksum=%s", memchr(url, '?', len) ? '&' : '?', commit);
	if (keep)
		buf_addf(out, "%ckeep-git-dir=1", strchr(buf_text(out), '?') ? '&' : '?');
	if (fragment)
		buf_adds(out, fragment);
	return buf_failed(out) ? no_memory(err) : 0;
}

int context_bring_git(const struct context_place *place, const char *url,
	const struct strs *secrets, char **path, struct err *err)
{
	struct answer answer = {.place = place};
	const char *args[8];
	size_t n = 0;
	int failed = new_place(place, true, path, err);

	args[n++] = "git-fetch";
	args[n++] = "--into";
	args[n++] = *path;
	if (is_allowed(place->request, "git.file"))
		args[n++] = "--allow-local";
	args[n++] = url;
	args[n] = NULL;
	if (!failed)
		failed = run_child(place, args, secrets, 0, &answer, err);
	free(answer.words);
	return failed;
}

int context_bring_url(const struct context_place *place, const struct context_wish *wish,
	char **path, bool *archive, struct err *err)
{
	struct answer answer = {.place = place};
	const char *args[12];
	size_t n = 0;
	int failed = new_place(place, false, path, err);

	args[n++] = "bring";
	args[n++] = "--into";
	args[n++] = *path;
	args[n++] = "--name";
	args[n++] = wish->name;
	if (wish->unpack)
		args[n++] = "--unpack";
	if (wish->checksum) {
		args[n++] = "--checksum";
		args[n++] = wish->checksum;
	}
	if (wish->url)
		args[n++] = wish->url;
	args[n] = NULL;
	if (!failed)
		failed = run_child(place, args, NULL, wish->fd, &answer, err);
	if (!failed && answer.words)
		*archive = str_has_prefix(answer.words, "archive ");
	free(answer.words);
	return failed;
}

static bool is_url(const char *where)
{
	return str_has_prefix(where, "http://") || str_has_prefix(where, "https://");
}

static bool keeps_git(const struct build_request *request)
{
	static const char name[] = "BUILDKIT_CONTEXT_KEEP_GIT_DIR=";
	const char *value = "";

	for (size_t i = 0; i < request->build_args.len; i++)
		if (str_has_prefix(request->build_args.v[i], name))
			value = request->build_args.v[i] + strlen(name);
	return str_eq(value, "1") || str_eq(value, "true");
}

/* *single: it is one file, not a tree: a Dockerfile. */
static int bring(struct contexts *contexts, struct build_context *context, const char *where,
	bool *single, struct err *err)
{
	const struct context_place *place = &contexts->place;
	const struct context_wish wish = {
		.url = str_eq(where, "-") ? NULL : where, .name = "Dockerfile", .unpack = true};
	bool archive = true;
	int failed;

	context->brought = true;
	if (git_url_is(where) && !str_eq(where, "-")) {
		auto_strs env = STRS_INIT;
		auto_buf url = BUF_INIT;

		failed = context_git_secrets(place->request, where, &env, err);
		if (!failed)
			failed = context_git_url(where, NULL, keeps_git(place->request), &url, err);
		if (!failed)
			failed =
				context_bring_git(place, buf_text(&url), &env, &context->path, err);
	} else {
		failed = context_bring_url(place, &wish, &context->path, &archive, err);
	}
	*single = !archive;
	return failed;
}

static int open_context(struct contexts *contexts, struct build_context *context, const char *where,
	bool *single, struct err *err)
{
	*single = false;
	if (str_eq(where, "-") || is_url(where) || git_url_is(where)) {
		if (bring(contexts, context, where, single, err) < 0)
			return err->code;
	} else if (str_has_prefix(where, "oci-layout://") || str_has_prefix(where, "target:")) {
		return err_set(err, ENOTSUP,
			"%.300s: such a context is not supported: davit load it, and name it as "
			"docker-image://NAME",
			where);
	} else {
		context->path = realpath(where, NULL);
		if (!context->path)
			return err_set(err, errno, "unable to prepare context: path \"%.300s\" %s",
				where, errno == ENOENT ? "not found" : err_name(errno));
	}
	return open_directory(context, err);
}

/* ---- the Dockerfile ---- */

static int read_stdin(struct buf *out, struct err *err)
{
	for (;;) {
		char *to = buf_reserve(out, 65536);
		ssize_t got = to ? read(STDIN_FILENO, to, 65536) : -1;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "read the Dockerfile from standard input");
		if (!got)
			break;
		out->len += (size_t)got;
		if (out->len > SOURCE_MAX)
			return err_set(err, EFBIG, "the Dockerfile is larger than 4 MiB");
	}
	buf_add(out, "", 0);
	return 0;
}

/* In the context, through its links and not out of it. */
static int read_inside(
	const struct build_context *context, const char *path, size_t max, struct buf *out)
{
	auto_close int fd = path_open_in(context->fd, path, O_PATH, 0);
	char name[32];

	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return path_read_at(AT_FDCWD, name, max, out);
}

static int cannot_read(const char *path, int code, struct err *err)
{
	if (code == -ENOENT)
		return err_set(err, ENOENT,
			"failed to read dockerfile: open %.200s: no such file or directory", path);
	return err_set(err, code, "failed to read dockerfile: %.200s: %s", path, err_name(code));
}

static int read_default(
	const struct build_context *context, struct buf *file, struct buf *name, struct err *err)
{
	static const char *const tried[] = {"Dockerfile", "dockerfile", "Containerfile"};

	for (size_t i = 0; i < array_len(tried); i++) {
		int failed = read_inside(context, tried[i], SOURCE_MAX, file);

		if (failed == -ENOENT)
			continue;
		buf_adds(name, tried[i]);
		return failed ? cannot_read(tried[i], failed, err) : 0;
	}
	return cannot_read("Dockerfile", -ENOENT, err);
}

/* -f of a context on this host is the user's path; of one that was brought it is inside. */
static int read_named(const struct build_context *context, const char *path, struct buf *file,
	struct buf *name, struct err *err)
{
	int failed = context->brought ? read_inside(context, path, SOURCE_MAX, file)
				      : path_read_at(AT_FDCWD, path, SOURCE_MAX, file);

	if (failed == -ENOENT && !context->brought && *path != '/')
		failed = read_inside(context, path, SOURCE_MAX, file);
	buf_adds(name, path);
	return failed ? cannot_read(path, failed, err) : 0;
}

static int read_dockerfile(const struct contexts *contexts, const struct build_context *context,
	bool single, struct buf *file, struct buf *name, struct err *err)
{
	const char *path = contexts->place.request->file;

	if (path && str_eq(path, "-")) {
		buf_adds(name, "Dockerfile");
		return read_stdin(file, err);
	}
	if (path && !single)
		return read_named(context, path, file, name, err);
	return read_default(context, file, name, err);
}

/* A Dockerfile that came alone is no file of the context. */
static int drop_single(struct build_context *context, struct err *err)
{
	int failed = path_remove_at(context->fd, "Dockerfile");

	return failed ? err_set(err, failed, "context: %s", err_name(failed)) : 0;
}

/* ---- .dockerignore ---- */

static int read_ignore(struct build_context *context, const char *dockerfile, struct err *err)
{
	auto_buf text = BUF_INIT, name = BUF_INIT;
	int failed = -ENOENT;

	if (dockerfile) {
		buf_addf(&name, "%s.dockerignore", dockerfile);
		failed = context->brought
				 ? read_inside(context, buf_text(&name), IGNORE_MAX, &text)
				 : path_read_at(AT_FDCWD, buf_text(&name), IGNORE_MAX, &text);
		if (failed == -ENOENT && !context->brought)
			failed = read_inside(context, buf_text(&name), IGNORE_MAX, &text);
	}
	if (failed == -ENOENT)
		failed = read_inside(context, ".dockerignore", IGNORE_MAX, &text);
	if (failed == -ENOENT)
		return 0;
	if (failed)
		return err_set(err, failed, "failed to read .dockerignore: %s", err_name(failed));
	return ignore_read(buf_text(&text), text.len, &context->ignore, err);
}

/* ---- all ---- */

static int read_names(struct contexts *contexts, struct err *err)
{
	const struct strs *given = &contexts->place.request->contexts;

	for (size_t i = 0; i < given->len; i++) {
		const char *equals = strchr(given->v[i], '=');

		if (!equals || equals == given->v[i] || !equals[1])
			return err_set(err, EINVAL,
				"invalid context name %.100s, expected key=value", given->v[i]);
		strs_addf(&contexts->names, "%.*s", (int)(equals - given->v[i]), given->v[i]);
		strs_add(&contexts->wheres, equals + 1);
	}
	return strs_failed(&contexts->names) || strs_failed(&contexts->wheres) ? no_memory(err) : 0;
}

static struct build_context *add(struct contexts *contexts, const char *name)
{
	struct build_context *context = &contexts->v[contexts->n];

	*context = (struct build_context){.name = strdup(name), .fd = -1};
	if (!context->name)
		return NULL;
	contexts->n++;
	return context;
}

static int open_main(struct contexts *contexts, struct buf *file, struct buf *name, struct err *err)
{
	const struct build_request *request = contexts->place.request;
	struct build_context *context = add(contexts, "");
	bool single = false;

	if (!context)
		return no_memory(err);
	if (request->file && str_eq(request->file, "-") && str_eq(request->context, "-"))
		return err_set(err, EINVAL,
			"invalid argument: can't use stdin for both build context and dockerfile");
	if (open_context(contexts, context, request->context, &single, err) < 0 ||
		read_dockerfile(contexts, context, single, file, name, err) < 0)
		return err->code;
	if (single)
		return drop_single(context, err);
	return read_ignore(context, buf_text(name), err);
}

int contexts_open(const struct context_place *place, struct contexts **out, struct buf *file,
	struct buf *name, struct err *err)
{
	auto_of(contexts) struct contexts *contexts = calloc(1, sizeof(*contexts));

	if (!contexts)
		return no_memory(err);
	contexts->place = *place;
	contexts->v = calloc(place->request->contexts.len + 1, sizeof(*contexts->v));
	if (!contexts->v)
		return no_memory(err);
	if (read_names(contexts, err) < 0 || open_main(contexts, file, name, err) < 0)
		return err->code;
	*out = take(contexts);
	return 0;
}

void contexts_free(struct contexts *contexts)
{
	if (!contexts)
		return;
	for (size_t i = 0; i < contexts->n; i++)
		context_fini(&contexts->v[i]);
	free(contexts->v);
	strs_fini(&contexts->names);
	strs_fini(&contexts->wheres);
	free(contexts);
}

const struct strs *contexts_names(const struct contexts *contexts)
{
	return &contexts->names;
}

static const char *where_of(const struct contexts *contexts, const char *name)
{
	for (size_t i = 0; i < contexts->names.len; i++)
		if (str_eq(contexts->names.v[i], name))
			return contexts->wheres.v[i];
	return NULL;
}

const char *contexts_image(const struct contexts *contexts, const char *name)
{
	static const char scheme[] = "docker-image://";
	const char *where = where_of(contexts, name);

	return where && str_has_prefix(where, scheme) ? where + strlen(scheme) : NULL;
}

int contexts_get(struct contexts *contexts, const char *name, const struct build_context **out,
	struct err *err)
{
	const char *where = where_of(contexts, name);
	struct build_context *context;
	bool single;

	for (size_t i = 0; i < contexts->n; i++)
		if (str_eq(contexts->v[i].name, name)) {
			*out = &contexts->v[i];
			return 0;
		}
	if (!where)
		return err_set(err, ENOENT, "build: there is no context %.100s", name);
	context = add(contexts, name);
	if (!context)
		return no_memory(err);
	*out = context;
	if (open_context(contexts, context, where, &single, err) < 0)
		return err_in(err, "context %.100s", name);
	return single ? 0 : read_ignore(context, NULL, err);
}
