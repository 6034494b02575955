/* recorded_layers.c - files of the recorded world, layer by layer, made of words (layers_rig.h):
 *
 *     layer IMAGE STEP\sTEXT WORD...       one more layer of an image, bottom first
 *     wrote CONTAINER IMAGE WORD...        what a container wrote on top of it
 *     thousands IMAGE N                    a layer of N files in N/50 directories
 *     web                                  web:2.0, web:1.9 and what shop/web wrote
 *
 * What files hold is made up of their path and layer. */
#include <stdio.h>

#include "core/layers_own.h"
#include "layers_rig.h"
#include "recorded_private.h"
#include "util/own.h"

struct recorded_layers {
	struct layers_rig rig; /* all layers of all */
	char *images[LAYERS_MAX], *steps[LAYERS_MAX];
	bool wrote[LAYERS_MAX];
};

/* What was asked for, until recorded_answer. */
struct world_ask {
	struct world_ask *next;
	struct recorded *recorded;
	enum { ASK_OPEN, ASK_WASTE, ASK_READ, ASK_DIFF, ASK_EXPORT } kind;
	struct layers *layers;
	struct layers_version old, new;
	struct layers_wish wish;
	char who[280], other[280];
	union {
		layers_done_fn *open;
		layers_waste_fn *waste;
		layers_read_fn *read;
		layers_diff_fn *diff;
		world_export_fn *export;
	} done;
	void *arg;
};

static void forget(struct world *world, struct world_ask *gone)
{
	struct world_ask **at = &recorded_of(world)->asks;

	while (*at && *at != gone)
		at = &(*at)->next;
	if (!*at || !gone)
		return;
	*at = gone->next;
	free(gone);
}

static struct recorded_layers *layers_of(struct recorded *recorded)
{
	if (!recorded->layers) {
		recorded->layers = calloc(1, sizeof(*recorded->layers));
		layers_rig_init(&recorded->layers->rig);
	}
	return recorded->layers;
}

void recorded_layers_free(struct recorded *recorded)
{
	struct recorded_layers *all = recorded->layers;

	while (recorded->asks)
		forget(&recorded->world, recorded->asks);
	if (!all)
		return;
	for (unsigned i = 0; i < all->rig.n; i++) {
		free(all->images[i]);
		free(all->steps[i]);
	}
	layers_rig_fini(&all->rig);
	free(all);
}

/* ---- what the test tells ---- */

static void add(struct recorded *recorded, const char *image, const char *step, bool wrote,
	const char *const *words)
{
	struct recorded_layers *all = layers_of(recorded);
	unsigned i = all->rig.n;

	all->images[i] = strdup(image);
	all->steps[i] = strdup(step);
	all->wrote[i] = wrote;
	layers_rig_add(&all->rig, words);
}

void recorded_tell_layer(struct recorded *recorded, char *rest, bool wrote)
{
	const char *words[64] = {0};
	char *image = strsep(&rest, " "), *step = strsep(&rest, " ");
	size_t n = 0;

	recorded_unescape(step);
	while (rest && n + 1 < array_len(words)) {
		char *word = strsep(&rest, " ");

		recorded_unescape(word);
		words[n++] = word;
	}
	add(recorded, image, step, wrote, words);
}

void recorded_tell_thousands(struct recorded *recorded, char *rest)
{
	char *image = strsep(&rest, " ");
	size_t n = (size_t)atol(rest);
	const char **words = calloc(n + 1, sizeof(*words));

	for (size_t i = 0; i < n; i++) {
		char *word = NULL;

		if (asprintf(&word, "usr/d%04zu/f%03zu=%zu", i / 50, i % 50, i) < 0)
			abort();
		words[i] = word;
	}
	add(recorded, image, "COPY", false, words);
	for (size_t i = 0; i < n; i++)
		free((void *)words[i]);
	free(words);
}

/* web:2.0, of six layers in which everything happens that can; web:1.9, of the first three of them
 * and one of its own; what shop/web wrote. */
void recorded_tell_web(struct recorded *recorded)
{
	static const char *const lines[] = {
		"base\\sdebian usr/lib/libc.so=cccccccccccccccccccccccccccccccccccccccc "
		"usr/bin/env=eeeeeeeeee etc/nginx.conf=1 etc/ssl/cert=55555 opt/old/a=1 "
		"opt/old/b=22 var/run/pid=1 a.wh.b=1",
		"/bin/sh\\s-c\\sapt-get\\sinstall\\snginx "
		"usr/bin/nginx=nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn "
		"var/lib/apt/lists/debian=llllllllllll tmp/build/out=bbbbbbbbbbbbbbbbbbbbbbbbbbb",
		"/bin/sh\\s-c\\s#(nop)\\sADD\\sfile:0815\\sin\\s/ etc/nginx.conf=22 opt/! opt/new=n",
		"RUN\\s/bin/sh\\s-c\\srm\\s-rf\\s/tmp/build\\s#\\sbuildkit !tmp/build "
		"var/run->/run dev/null2#259",
		"RUN\\s/bin/sh\\s-c\\schown\\s-R\\sapp\\s/usr/bin/nginx\\s#\\sbuildkit "
		"usr/bin/nginx=nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn%755:7 "
		"usr/bin/www=>usr/bin/nginx",
		"COPY\\snginx.conf\\s/etc etc/nginx.conf=333 srv/app/server.js=s "
		"srv/app/\\xff\\e[31mevil=x",
	};
	char line[1000];

	for (size_t i = 0; i < array_len(lines); i++) {
		snprintf(line, sizeof(line), "web:2.0 %s", lines[i]);
		recorded_tell_layer(recorded, line, false);
		if (i < 3) {
			snprintf(line, sizeof(line), "web:1.9 %s", lines[i]);
			recorded_tell_layer(recorded, line, false);
		}
	}
	snprintf(line, sizeof(line),
		"web:1.9 COPY\\s.\\s/srv srv/app/server.js=old srv/app/gone.js=g");
	recorded_tell_layer(recorded, line, false);
	snprintf(line, sizeof(line),
		"shop/web web:2.0 etc/nginx.conf=4444 !srv/app/server.js var/log/access=aaaaaaaa "
		"usr/bin/nginx=nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn%%700:7");
	recorded_tell_layer(recorded, line, true);
}

/* ---- layers as the engine would open them ---- */

/* Images are told by name; panes ask by id. */
static const char *name_of(struct recorded *recorded, const char *who)
{
	int row = recorded_find(recorded, who);

	for (size_t i = 0; i < recorded->image_count; i++)
		if (strcmp(recorded->images[i].id, who) == 0)
			return recorded->images[i].reference;
	return row < 0 ? who : recorded->rows[row].c.name;
}

static const char *image_of(struct recorded *recorded, const char *container)
{
	struct recorded_layers *all = layers_of(recorded);

	for (unsigned i = 0; i < all->rig.n; i++)
		if (all->wrote[i] && strcmp(all->images[i], container) == 0)
			return all->steps[i];
	return "";
}

static void put_layer(struct recorded *recorded, struct layers *layers, unsigned from)
{
	struct recorded_layers *all = layers_of(recorded);
	size_t n = layers->n++;

	layers->indexes[n] = all->rig.indexes[from];
	layers->described[n] = (struct layers_layer){.diff_id = "",
		.digest = "",
		.media_type = "",
		.path = "",
		.created = "",
		.created_by = all->wrote[from] ? "" : all->steps[from],
		.comment = "",
		.live = all->wrote[from],
		.size = index_size(all->rig.indexes[from]),
		.entries = index_count(all->rig.indexes[from])};
}

static void put_stack(
	struct recorded *recorded, struct layers *layers, const char *who, bool container)
{
	struct recorded_layers *all = layers_of(recorded);
	struct layers_stack *stack = &layers->stacks[layers->n_stacks++];
	const char *name = name_of(recorded, who);
	const char *image = container ? image_of(recorded, name) : name;

	*stack = (struct layers_stack){.first = (unsigned)layers->n, .container = container};
	for (unsigned i = 0; i < all->rig.n; i++)
		if (!all->wrote[i] && strcmp(all->images[i], image) == 0)
			put_layer(recorded, layers, i);
	stack->n = layers->n - stack->first;
	for (unsigned i = 0; container && i < all->rig.n; i++)
		if (all->wrote[i] && strcmp(all->images[i], name) == 0)
			put_layer(recorded, layers, i);
	stack->container = layers->n > stack->first + stack->n;
}

static struct world_ask *ask(struct world *world, int kind, struct layers *layers, void *arg)
{
	struct world_ask *ask = calloc(1, sizeof(*ask)), **at = &recorded_of(world)->asks;

	*ask = (struct world_ask){.recorded = recorded_of(world), .layers = layers, .arg = arg};
	ask->kind = kind;
	while (*at)
		at = &(*at)->next;
	return *at = ask;
}

/* ---- opening ---- */

static struct world_ask *ask_open(
	struct world *world, const struct layers_wish *wish, layers_done_fn *done, void *arg)
{
	struct world_ask *one = ask(world, ASK_OPEN, NULL, arg);

	one->wish = *wish;
	snprintf(one->who, sizeof(one->who), "%s", wish->who);
	snprintf(one->other, sizeof(one->other), "%s", wish->other ? wish->other : "");
	one->done.open = done;
	return one;
}

static void answer_open(const struct world_ask *one)
{
	struct layers *layers = calloc(1, sizeof(*layers));
	struct err err;

	layers->users = 1;
	layers->indexes = calloc(2 * LAYERS_MAX, sizeof(*layers->indexes));
	layers->owns = calloc(2 * LAYERS_MAX, sizeof(*layers->owns));
	layers->described = calloc(2 * LAYERS_MAX, sizeof(*layers->described));
	put_stack(one->recorded, layers, one->who, one->wish.container);
	if (*one->other)
		put_stack(one->recorded, layers, one->other, one->wish.other_container);
	if (layers->n) {
		strata_new((const struct index *const *)layers->indexes, (unsigned)layers->n,
			&layers->strata, &err);
		one->done.open(one->arg, layers, NULL);
		return;
	}
	layers_close(layers);
	err_set(&err, ENOENT, "No such image: %s", name_of(one->recorded, one->who));
	one->done.open(one->arg, NULL, &err);
}

static struct world_ask *ask_waste(
	struct world *world, struct layers *layers, layers_waste_fn *done, void *arg)
{
	struct world_ask *one = ask(world, ASK_WASTE, layers, arg);

	one->done.waste = done;
	return one;
}

static void answer_waste(const struct world_ask *one)
{
	struct strata *strata;
	struct strata_waste waste;
	struct err err;

	strata_new((const struct index *const *)one->layers->indexes,
		(unsigned)one->layers->stacks[0].n, &strata, &err);
	strata_waste(strata, &waste, &err);
	one->done.waste(one->arg, &waste, strata, NULL);
	strata_waste_fini(&waste);
	strata_free(strata);
}

/* ---- content ---- */

/* A few lines that differ where the layer does, so that versions can be compared. */
static void put_content(
	const struct layers *layers, const struct layers_version *version, struct buf *out)
{
	char path[INDEX_PATH_MAX];

	strata_path(layers->strata, version->spot, path);
	if (strstr(path, "bin/")) {
		for (int i = 0; i < 80; i++)
			buf_addc(out, (char)(i * 7 % 256 * !(i % 3)));
		return;
	}
	buf_addf(out, "# /%s\nworker_processes %u;\n", path, version->layer + 1);
	for (int i = 1; i <= 30; i++)
		buf_addf(out,
			i == 20 && version->layer > 2 ? "proxy_read_timeout 5s;\n"
						      : "line %d\tof it\n",
			i);
	buf_adds(out, "\x1b[31mred\x1b[0m \x07 bell\n");
}

static struct world_ask *ask_read(struct world *world, struct layers *layers,
	struct layers_version version, uint64_t offset, size_t max, layers_read_fn *done, void *arg)
{
	struct world_ask *one = ask(world, ASK_READ, layers, arg);

	(void)offset, (void)max;
	one->new = version;
	one->done.read = done;
	return one;
}

static void answer_read(const struct world_ask *one)
{
	auto_buf content = BUF_INIT;
	struct layers_piece piece;

	put_content(one->layers, &one->new, &content);
	piece = (struct layers_piece){buf_text(&content), content.len, content.len};
	one->done.read(one->arg, &piece, NULL);
}

static int keep(void *arg, const struct linediff_line *line)
{
	struct layers_diff *diff = arg;

	diff->lines = realloc(diff->lines, (diff->count + 1) * sizeof(*diff->lines));
	diff->lines[diff->count++] = (struct layers_diff_line){line->kind, line->old_line,
		line->new_line, (uint32_t)diff->text.len, (uint32_t)line->len, line->cut};
	buf_add(&diff->text, line->text, line->len);
	return 0;
}

static struct world_ask *ask_diff(struct world *world, struct layers *layers,
	struct layers_version old, struct layers_version new, layers_diff_fn *done, void *arg)
{
	struct world_ask *one = ask(world, ASK_DIFF, layers, arg);

	one->old = old;
	one->new = new;
	one->done.diff = done;
	return one;
}

static void answer_diff(const struct world_ask *one)
{
	struct layers_diff *diff = calloc(1, sizeof(*diff));
	auto_buf a = BUF_INIT, b = BUF_INIT;
	struct err err;

	put_content(one->layers, &one->old, &a);
	put_content(one->layers, &one->new, &b);
	diff->binary = linediff_is_binary(a.data, a.len);
	if (!diff->binary)
		linediff(&(struct linediff_text){a.data, a.len},
			&(struct linediff_text){b.data, b.len},
			&(struct linediff_options){.context = 3}, keep, diff, &diff->sum, &err);
	one->done.diff(one->arg, diff, NULL);
}

static struct world_ask *ask_export(
	struct world *world, const struct world_export *wish, world_export_fn *done, void *arg)
{
	struct recorded *recorded = recorded_of(world);
	struct world_ask *one = ask(world, ASK_EXPORT, NULL, arg);

	buf_addf(&recorded->acts, "export %s %s height=%u%s to %s\n", name_of(recorded, wish->who),
		wish->inside, wish->height,
		wish->alone ? " alone"
		: wish->tar ? " tar"
			    : "",
		wish->outside);
	one->done.export = done;
	return one;
}

bool recorded_answer(struct recorded *recorded)
{
	auto_free struct world_ask *one = recorded->asks;

	if (!one)
		return recorded_figure_answer(recorded);
	recorded->asks = one->next;
	switch (one->kind) {
	case ASK_OPEN:
		answer_open(one);
		break;
	case ASK_WASTE:
		answer_waste(one);
		break;
	case ASK_READ:
		answer_read(one);
		break;
	case ASK_DIFF:
		answer_diff(one);
		break;
	case ASK_EXPORT:
		one->done.export(one->arg, NULL);
		break;
	}
	return true;
}

static struct world_watch *watch(
	struct world *world, struct layers *layers, void (*changed)(void *arg), void *arg)
{
	(void)world, (void)layers, (void)changed, (void)arg;
	return NULL;
}

static void unwatch(struct world_watch *watched)
{
	(void)watched;
}

const struct world_layers_ops recorded_layers_ops = {
	.open = ask_open,
	.waste = ask_waste,
	.read = ask_read,
	.diff = ask_diff,
	.export = ask_export,
	.forget = forget,
	.watch = watch,
	.unwatch = unwatch,
};
