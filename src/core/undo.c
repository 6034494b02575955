/* undo.c - what takes an action back (engine_actions.h): one operation for each kind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/op.h"
#include "util/own.h"

struct undo {
	char kind[16];
	char first[400], second[300]; /* restore: first is all of them */
};

static bool parse(const char *text, struct undo *out)
{
	int at = 0;

	*out = (struct undo){0};
	if (sscanf(text, "%15s %n", out->kind, &at) != 1 || !at || !text[at])
		return false;
	if (str_eq(out->kind, "restore")) {
		snprintf(out->first, sizeof(out->first), "%s", text + at);
		return strlen(text + at) < sizeof(out->first);
	}
	return sscanf(text + at, "%399s %299s", out->first, out->second) >= 1;
}

static int refuse(struct op *op, struct err *err)
{
	return err_set(err, EINVAL, "undo: \"%.60s\" is nothing this davit can take back", op->who);
}

struct op *engine_undo(struct engine *engine, const char *text, op_done_fn done, void *arg)
{
	static const struct op_verb unknown = {.doing = "undo", .prepare = refuse};
	struct undo undo;
	bool known = parse(text, &undo);

	if (known && str_eq(undo.kind, "restore"))
		return engine_trash_restore(engine, undo.first, NULL, done, arg);
	if (known && str_eq(undo.kind, "rename") && undo.second[0])
		return engine_rename(engine, undo.first, undo.second, done, arg);
	if (known && str_eq(undo.kind, "tag") && undo.second[0])
		return engine_image_tag(engine, undo.first, undo.second, done, arg);
	if (known && str_eq(undo.kind, "untag"))
		return engine_image_remove(engine, undo.first, false, done, arg);
	if (known && str_eq(undo.kind, "start"))
		return engine_start(engine, undo.first, done, arg);
	if (known && str_eq(undo.kind, "pause"))
		return engine_pause(engine, undo.first, done, arg);
	if (known && str_eq(undo.kind, "unpause"))
		return engine_unpause(engine, undo.first, done, arg);
	return op_start(engine, &unknown, op_new(text), done, arg);
}

/* An id is as good as its beginning. */
static void put_args(struct buf *out, const char *args)
{
	while (*args) {
		size_t len = strcspn(args, " ");
		bool is_id = len == 64 && str_is_hex(args, 64);

		buf_addf(out, " %.*s", (int)(is_id ? 12 : len), args);
		args += len + strspn(args + len, " ");
	}
}

void engine_undo_describe(const char *text, struct buf *words, struct buf *command)
{
	static const struct {
		const char *kind, *words, *command;
	} kinds[] = {
		{"restore", "bring it back", "davit trash restore"},
		{"rename", "give it its old name", "davit rename"},
		{"tag", "give the name back", "davit tag"},
		{"untag", "take the name away", "davit rmi"},
		{"start", "start again", "davit start"},
		{"pause", "pause it again", "davit pause"},
		{"unpause", "resume it", "davit unpause"},
	};
	struct undo undo;

	if (!parse(text, &undo))
		return;
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (!str_eq(kinds[i].kind, undo.kind))
			continue;
		buf_adds(words, kinds[i].words);
		buf_adds(command, kinds[i].command);
		put_args(command, undo.first);
		put_args(command, undo.second);
	}
}
