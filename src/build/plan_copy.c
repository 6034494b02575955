/* COPY and ADD: where each source is, and where it goes. */
#include <errno.h>
#include <string.h>

#include "build/copy.h"
#include "build/git_url.h"
#include "build/paths.h"
#include "build/planner.h"

struct copying {
	struct planner *p;
	struct stage *stage;
	const struct command *command;
	struct build_copy copy;
	struct build_source *sources;
	int from;             /* the step that paths are in */
	bool from_context;    /* it is the main context */
	const char *checksum; /* expanded; NULL */
	struct buf history;
};

static int refuse(struct copying *c, const char *words)
{
	return refuse_at(c->p, &c->command->in->place, "%s", words);
}

static int expand(struct copying *c, const char *word, const char **out)
{
	*out = NULL;
	return word ? args_expand(c->p, c->stage, c->command, word, out) : 0;
}

/* ---- where paths are ---- */

static int find_from(struct copying *c)
{
	struct planner *p = c->p;
	const char *from = c->command->from, *context;
	const struct place *place = &c->command->in->place;
	int found;

	c->from_context = !from || !*from;
	if (c->from_context) {
		c->from = stages_main_context(p);
		return c->from == BUILD_NONE ? p->err->code : 0;
	}
	if (stages_find_source(p, c->command, from, &found) < 0)
		return p->err->code;
	if (found >= c->stage->index)
		return refuse_at(p, place,
			"cannot copy from stage \"%.100s\", it needs to be defined before current stage \"%.100s\"",
			from, c->stage->pub->title);
	if (found != BUILD_NONE) {
		c->from = p->pub[found].result;
		return 0;
	}
	c->from = BUILD_NONE;
	if (strcmp(from, "scratch") == 0)
		return 0;
	context = stages_context(p, from);
	c->from = context ? stages_named_context(p, context, place)
			  : stages_image(p, from, p->pub[p->plan.target].platform, true, place);
	return c->from == BUILD_NONE ? p->err->code : 0;
}

/* ---- sources ---- */

static struct build_source *add_source(struct copying *c, enum build_source_kind kind, int from)
{
	struct build_source *source = &c->sources[c->copy.sources_len++];

	*source = (struct build_source){.kind = kind, .from = from};
	return source;
}

static bool is_http(const char *source)
{
	return str_has_prefix(source, "http://") || str_has_prefix(source, "https://");
}

/* By its form alone; what looks like a path of the context is one. */
static bool is_git(const char *source)
{
	return git_url_is(source) && !str_has_prefix(source, "github.com/");
}

static const char *url_name(struct planner *p, const char *url)
{
	const char *path = strstr(url, "://") + 3, *name;
	size_t len = strcspn(path, "?#");

	path = arena_copy(&p->arena, path, len);
	if (!path)
		return NULL;
	name = strrchr(path, '/');
	return name && name[1] ? name + 1 : "__unnamed__";
}

static int add_git(struct copying *c, const char *url)
{
	struct planner *p = c->p;
	struct build_step *step;
	struct git_url parsed;
	int index;

	if (c->command->keyword == KEYWORD_COPY)
		return refuse(c, "source can't be a git ref for COPY");
	if (git_url_parse(url, &parsed, p->err) < 0) {
		*p->place = c->command->in->place;
		return p->err->code;
	}
	git_url_fini(&parsed);
	index = add_step(p, BUILD_GIT, c->stage->index, &c->command->in->place);
	if (index == BUILD_NONE)
		return p->err->code;
	step = &p->steps[index];
	step->git = (struct build_git){url, c->checksum, c->command->keep_git_dir};
	step->name = url;
	set_inputs(p, index, NULL, 0);
	set_key(p, index);
	add_source(c, BUILD_SOURCE_GIT, index);
	return 0;
}

static int add_http(struct copying *c, const char *url)
{
	struct planner *p = c->p;
	struct build_step *step;
	int index;

	if (c->command->keyword == KEYWORD_COPY)
		return refuse(c, "source can't be a URL for COPY");
	if (c->checksum && !digest_is_sha256(c->checksum))
		return refuse_at(p, &c->command->in->place,
			"invalid checksum \"%.100s\": it should be sha256: and 64 hex digits",
			c->checksum);
	index = add_step(p, BUILD_HTTP, c->stage->index, &c->command->in->place);
	if (index == BUILD_NONE)
		return p->err->code;
	step = &p->steps[index];
	step->http = (struct build_http){url, url_name(p, url), c->checksum};
	step->name = url;
	set_inputs(p, index, NULL, 0);
	set_key(p, index);
	add_source(c, BUILD_SOURCE_HTTP, index);
	return 0;
}

static void warn_ignored(struct copying *c, const char *path)
{
	auto_buf clean = BUF_INIT;
	const char *text;
	size_t len;

	if (!c->from_context || !c->p->options->ignore)
		return;
	path_clean(piece_of(path), &clean);
	text = buf_text(&clean);
	text += text[0] == '/';
	len = strlen(text);
	if (ignore_matches(c->p->options->ignore, text, len))
		lint_warn(&c->p->lint, LINT_COPY_IGNORED_FILE, &c->command->in->place,
			"Attempting to %s file \"%s\" that is excluded by .dockerignore",
			c->command->keyword == KEYWORD_ADD ? "Add" : "Copy", text);
}

static int add_path(struct copying *c, const char *word)
{
	const char *path;

	if (expand(c, word, &path) < 0)
		return c->p->err->code;
	buf_addf(&c->history, " %s", path);
	if (is_git(path))
		return add_git(c, path);
	if (is_http(path))
		return add_http(c, path);
	if (c->checksum)
		return refuse(c, "checksum requires HTTP(S) or Git sources");
	warn_ignored(c, path);
	add_source(c, BUILD_SOURCE_PATH, c->from)->path = path;
	return 0;
}

static int add_text(struct copying *c, const struct text_source *text)
{
	struct build_source *source = add_source(c, BUILD_SOURCE_TEXT, BUILD_NONE);

	source->text = text->file;
	buf_addf(&c->history, " <<%s", text->file.name);
	if (!text->expand)
		return 0;
	return args_expand_text(c->p, c->stage, c->command,
		(struct piece){text->file.text, text->file.len}, &source->text.text,
		&source->text.len);
}

static int add_sources(struct copying *c)
{
	const struct command *command = c->command;

	c->sources = arena_get(&c->p->arena,
		(command->sources.len + command->texts_len + 1) * sizeof(*c->sources));
	if (!c->sources)
		return out_of_memory(c->p);
	c->copy.sources = c->sources;
	if (c->checksum && command->sources.len + command->texts_len != 1)
		return refuse(c, "checksum can't be specified for multiple sources");
	for (size_t i = 0; i < command->sources.len; i++)
		if (add_path(c, command->sources.v[i]) < 0)
			return c->p->err->code;
	for (size_t i = 0; i < command->texts_len; i++)
		if (add_text(c, &command->texts[i]) < 0)
			return c->p->err->code;
	return 0;
}

/* ---- the destination and how ---- */

/* The slash at the end stays: it says that a directory is meant. */
static int set_dest(struct copying *c)
{
	const char *workdir = c->stage->pub->config->working_dir, *dest;
	auto_buf path = BUF_INIT;
	size_t len;

	if (expand(c, c->command->dest, &dest) < 0)
		return c->p->err->code;
	len = strlen(dest);
	path_below(workdir ? workdir : "/", dest, &path);
	if (path.len > 1 && (!len || strcmp(dest, ".") == 0 || dest[len - 1] == '/' ||
				    str_has_suffix(dest, "/.")))
		buf_addc(&path, '/');
	buf_addf(&c->history, " %s", dest);
	c->copy.dest = keep_text(c->p, &path);
	return c->copy.dest ? 0 : out_of_memory(c->p);
}

static int check_mode(struct copying *c)
{
	struct copy_mode *mode = NULL;

	if (!c->copy.chmod)
		return 0;
	if (copy_mode_parse(c->copy.chmod, &mode, c->p->err) < 0) {
		*c->p->place = c->command->in->place;
		return c->p->err->code;
	}
	copy_mode_free(mode);
	return 0;
}

static int set_options(struct copying *c)
{
	const struct command *command = c->command;
	const struct build_config *config = c->stage->pub->config;
	struct ignore *excludes = NULL;
	auto_strs patterns = STRS_INIT;

	c->copy.add = command->keyword == KEYWORD_ADD;
	c->copy.link = command->link;
	c->copy.parents = command->parents;
	c->copy.unpack = command->unpack;
	c->copy.user =
		config->user ? arena_copy(&c->p->arena, config->user, strlen(config->user)) : "";
	if (expand(c, command->chown, &c->copy.chown) < 0 ||
		expand(c, command->chmod, &c->copy.chmod) < 0 ||
		expand(c, command->checksum, &c->checksum) < 0)
		return c->p->err->code;
	if (c->copy.chown && !*c->copy.chown)
		c->copy.chown = NULL;
	if (c->copy.chmod && !*c->copy.chmod)
		c->copy.chmod = NULL;
	if (c->checksum && !*c->checksum)
		c->checksum = NULL;
	for (size_t i = 0; i < command->excludes.len; i++) {
		const char *pattern;

		if (expand(c, command->excludes.v[i], &pattern) < 0)
			return c->p->err->code;
		words_add(&c->copy.excludes, &c->p->arena, pattern, strlen(pattern));
		strs_add(&patterns, pattern);
	}
	if (ignore_new(&patterns, &excludes, c->p->err) < 0) {
		*c->p->place = c->command->in->place;
		return err_in(c->p->err, "--exclude");
	}
	ignore_free(excludes);
	return check_mode(c);
}

static void begin_history(struct copying *c)
{
	buf_adds(&c->history, c->copy.add ? "ADD" : "COPY");
	if (c->copy.parents)
		buf_adds(&c->history, " --parents");
	if (c->copy.chown)
		buf_addf(&c->history, " --chown=%s", c->copy.chown);
	if (c->copy.chmod)
		buf_addf(&c->history, " --chmod=%s", c->copy.chmod);
}

static int add_copy(struct copying *c)
{
	struct planner *p = c->p;
	int *inputs = arena_get(&p->arena, (c->copy.sources_len + 1) * sizeof(*inputs));
	int step = add_step(p, BUILD_COPY, c->stage->index, &c->command->in->place);

	if (!inputs || step == BUILD_NONE)
		return p->arena.failed ? out_of_memory(p) : p->err->code;
	inputs[0] = c->stage->tip;
	for (size_t i = 0; i < c->copy.sources_len; i++)
		inputs[i + 1] = c->sources[i].from;
	p->steps[step].copy = c->copy;
	p->steps[step].base = c->stage->tip;
	p->steps[step].name = line_title(p, c->stage, c->command);
	set_inputs(p, step, inputs, c->copy.sources_len + 1);
	set_key(p, step);
	c->stage->tip = step;
	buf_adds(&c->history, " # buildkit");
	build_config_commit(c->stage->pub->config, buf_text(&c->history), step);
	return buf_failed(&c->history) ? out_of_memory(p) : 0;
}

int plan_copy(struct planner *p, struct stage *stage, const struct command *command)
{
	struct copying c = {.p = p, .stage = stage, .command = command};
	int failed = set_options(&c);

	if (!failed)
		begin_history(&c);
	if (!failed && command->sources.len)
		failed = find_from(&c);
	if (!failed)
		failed = add_sources(&c);
	if (!failed)
		failed = set_dest(&c);
	if (!failed)
		failed = add_copy(&c);
	buf_fini(&c.history);
	return failed;
}
