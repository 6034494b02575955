/* Definition keys: what a step does, of what it is given, as one digest. */
#include <string.h>

#include "build/key.h"
#include "build/planner.h"

/* p->alone: the step whatever it is given, for keys of content. */
static void key_step(struct planner *p, struct key *key, const char *name, int step)
{
	key_text(key, name,
		step == BUILD_NONE ? "nothing"
		: p->alone         ? "something"
				   : p->steps[step].key);
}

static void key_image(struct key *key, const struct build_image *image)
{
	key_begin(key, "image");
	key_text(key, "digest", *image->digest ? image->digest : image->reference);
	key_text(key, "platform", image->platform);
}

/* What a mount is called from outside (a cache's id, its files' path) does not change what a
 * command makes of the same files; what is secret is never in a key. */
static void key_mount(struct planner *p, struct key *key, const struct build_mount *mount)
{
	key_number(key, "mount", mount->kind);
	key_text(key, "target", mount->target);
	key_text(key, "env", mount->env);
	key_number(key, "read-only", mount->read_only);
	key_number(key, "mode", mount->mode);
	key_number(key, "uid", mount->uid);
	key_number(key, "gid", mount->gid);
	if (mount->kind == BUILD_MOUNT_SECRET || mount->kind == BUILD_MOUNT_SSH) {
		key_text(key, "id", mount->id);
		return;
	}
	key_number(key, "size", mount->size);
	key_text(key, "source", mount->source);
	key_step(p, key, "from", mount->from);
}

static void key_run(struct planner *p, struct key *key, const struct build_run *run)
{
	const struct build_plan_options *options = p->options;

	key_begin(key, "run");
	key_words(key, "argv", &run->argv);
	key_words(key, "env", &run->env);
	key_text(key, "cwd", run->cwd);
	key_text(key, "user", run->user);
	key_number(key, "network", run->network);
	key_number(key, "insecure", run->insecure);
	key_words(key, "devices", &run->devices);
	for (size_t i = 0; i < options->add_hosts.len; i++)
		key_bytes(key, "host", options->add_hosts.v[i],
			strcspn(options->add_hosts.v[i], ":="));
	for (size_t i = 0; i < options->run_facts.len; i++)
		key_text(key, "fact", options->run_facts.v[i]);
	for (size_t i = 0; i < run->mounts_len; i++)
		key_mount(p, key, &run->mounts[i]);
	if (run->script) {
		key_text(key, "script", run->script->name);
		key_bytes(key, "text", run->script->text, run->script->len);
	}
}

static void key_source(struct planner *p, struct key *key, const struct build_source *source)
{
	key_number(key, "source", source->kind);
	key_text(key, "path", source->path);
	key_step(p, key, "from", source->from);
	if (source->kind != BUILD_SOURCE_TEXT)
		return;
	key_text(key, "name", source->text.name);
	key_bytes(key, "text", source->text.text, source->text.len);
}

static void key_copy(struct planner *p, struct key *key, const struct build_copy *copy)
{
	key_begin(key, copy->add ? "add" : "copy");
	for (size_t i = 0; i < copy->sources_len; i++)
		key_source(p, key, &copy->sources[i]);
	key_text(key, "dest", copy->dest);
	key_text(key, "chown", copy->chown);
	key_text(key, "chmod", copy->chmod);
	key_words(key, "exclude", &copy->excludes);
	key_number(key, "link", copy->link);
	key_number(key, "parents", copy->parents);
	key_number(key, "unpack", copy->unpack);
}

static void key_fetched(struct key *key, const struct build_step *step)
{
	if (step->kind == BUILD_HTTP) {
		key_begin(key, "http");
		key_text(key, "url", step->http.url);
		key_text(key, "checksum", step->http.checksum);
		return;
	}
	key_begin(key, "git");
	key_text(key, "url", step->git.url);
	key_text(key, "checksum", step->git.checksum);
	key_number(key, "keep", step->git.keep_git_dir);
}

static void set_one_key(struct planner *p, const struct build_step *step, char digest[DIGEST_SIZE])
{
	struct key key;

	switch (step->kind) {
	case BUILD_IMAGE:
		key_image(&key, &step->image);
		break;
	case BUILD_CONTEXT:
		key_begin(&key, "context");
		key_text(&key, "name", step->context);
		break;
	case BUILD_HTTP:
	case BUILD_GIT:
		key_fetched(&key, step);
		break;
	case BUILD_RUN:
		key_run(p, &key, &step->run);
		break;
	case BUILD_COPY:
		key_copy(p, &key, &step->copy);
		break;
	case BUILD_WORKDIR:
		key_begin(&key, "workdir");
		key_text(&key, "path", step->workdir.path);
		key_text(&key, "user", step->workdir.user);
		break;
	}
	key_step(p, &key, "base", step->base);
	if (!key_end(&key, digest))
		p->arena.failed = true;
}

void set_key(struct planner *p, int index)
{
	struct build_step *step = &p->steps[index];

	p->alone = true;
	set_one_key(p, step, step->own);
	p->alone = false;
	set_one_key(p, step, step->key);
}
