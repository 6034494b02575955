#include "build/call.h"

#include <string.h>

#include "build/lint.h"
#include "build/planner.h"

size_t call_check(const struct build_plan *plan, const struct source *source, struct buf *out)
{
	size_t len = plan->lint->len;

	if (len == 0)
		buf_adds(out, "Check complete, no warnings found.\n");
	else if (len == 1)
		buf_adds(out, "Check complete, 1 warning has been found!\n");
	else
		buf_addf(out, "Check complete, %zu warnings have been found!\n", len);
	lint_report(plan->lint, source, out);
	return len;
}

/* ---- tables: columns are at least 12 wide, a blank between ---- */

enum { COLUMN_LEAST = 12, COLUMNS_MAX = 3 };

struct row {
	const char *cells[COLUMNS_MAX];
	int line;
};

struct table {
	struct row *v;
	size_t len, room;
	int columns;
};

static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void add_row(struct arena *arena, struct table *table, struct row row)
{
	if (table->len == table->room) {
		size_t room = table->room ? table->room * 2 : 16;
		struct row *v = arena_get(arena, room * sizeof(*v));

		if (!v)
			return;
		if (table->len)
			memcpy(v, table->v, table->len * sizeof(*v));
		table->v = v;
		table->room = room;
	}
	table->v[table->len++] = row;
}

static void print_table(const struct table *table, struct buf *out)
{
	int widths[COLUMNS_MAX] = {0};

	for (size_t i = 0; i < table->len; i++)
		for (int c = 0; c < table->columns; c++) {
			int width = width_of(table->v[i].cells[c]) + 1;

			if (width > widths[c])
				widths[c] = width;
		}
	for (size_t i = 0; i < table->len; i++) {
		for (int c = 0; c < table->columns; c++) {
			const char *cell = table->v[i].cells[c];
			int width = widths[c] > COLUMN_LEAST ? widths[c] : COLUMN_LEAST;

			buf_adds(out, cell);
			for (int pad = width_of(cell); c + 1 < table->columns && pad < width; pad++)
				buf_addc(out, ' ');
		}
		buf_addc(out, '\n');
	}
}

/* ---- outline ---- */

static const char *comment_about(
	struct arena *arena, const struct instruction *in, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < in->comments.len; i++)
		if (strncmp(in->comments.v[i], name, len) == 0 && in->comments.v[i][len] == ' ') {
			struct piece about = piece_trim(piece_of(in->comments.v[i] + len + 1));

			return arena_copy(arena, about.at, about.len);
		}
	return "";
}

static bool has_row(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->len; i++)
		if (strcmp(table->v[i].cells[0], name) == 0)
			return true;
	return false;
}

static const struct command *global_arg(const struct planner *p, const char *name)
{
	const struct command *found = NULL;

	for (size_t i = 0; i < p->globals_read; i++)
		for (size_t j = 0; j < p->commands[i].pairs_len; j++)
			if (strcmp(p->commands[i].pairs[j].name, name) == 0)
				found = &p->commands[i];
	return found;
}

/* An ARG that takes what a global one has is told where that one stands. */
static void outline_arg(struct planner *p, struct table *table, const char *name, const char *value,
	const struct command *command)
{
	if (!command || has_row(table, name))
		return;
	add_row(&p->arena, table,
		(struct row){
			{name, value ? value : "", comment_about(&p->arena, command->in, name)},
			command->in->place.first});
}

/* A FROM that mentions $NAME or ${NAME… */
static bool mentions(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; text && (text = strchr(text, '$')); text++) {
		const char *at = text + 1 + (text[1] == '{');

		if (strncmp(at, name, len) == 0 && !strchr("abcdefghijklmnopqrstuvwxyz"
							   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
							   at[len] ? at[len] : ' '))
			return true;
	}
	return false;
}

static void outline_from(struct planner *p, const struct stage *stage, struct table *table)
{
	for (size_t i = 0; i < p->globals_read; i++)
		for (size_t j = 0; j < p->commands[i].pairs_len; j++) {
			const char *name = p->commands[i].pairs[j].name;

			if (mentions(stage->from->base, name) ||
				mentions(stage->from->platform, name))
				outline_arg(p, table, name, strs_env(&p->globals, name),
					&p->commands[i]);
		}
}

static void outline_args(struct planner *p, const struct stage *stage, struct table *table)
{
	outline_from(p, stage, table);
	for (size_t i = 0; i < stage->args_len; i++) {
		const struct stage_arg *arg = &stage->args[i];

		outline_arg(p, table, arg->name, arg->value,
			arg->inherited ? global_arg(p, arg->name) : arg->command);
	}
}

static void outline_mounts(struct planner *p, const struct build_run *run,
	enum build_mount_kind kind, struct table *table)
{
	for (size_t i = 0; i < run->mounts_len; i++) {
		const struct build_mount *mount = &run->mounts[i];

		if (mount->kind == kind && !has_row(table, mount->id))
			add_row(&p->arena, table,
				(struct row){{mount->id, mount->required ? "true" : ""}, 0});
	}
}

static void sort_by_line(struct table *table)
{
	for (size_t i = 2; i < table->len; i++)
		for (size_t j = i; j > 1 && table->v[j - 1].line > table->v[j].line; j--) {
			struct row kept = table->v[j];

			table->v[j] = table->v[j - 1];
			table->v[j - 1] = kept;
		}
}

static void print_found(struct table *table, struct buf *out)
{
	if (table->len < 2)
		return;
	sort_by_line(table);
	print_table(table, out);
	buf_addc(out, '\n');
}

void call_outline(const struct build_plan *plan, struct buf *out)
{
	struct planner *p = (struct planner *)plan;
	const struct build_stage *target = &plan->stages[plan->target];
	struct table head = {.columns = 2}, args = {.columns = 3}, secrets = {.columns = 2},
		     agents = {.columns = 2};

	add_row(&p->arena, &head,
		(struct row){{"TARGET:", *target->name ? target->name : "(default)"}, 0});
	if (*target->description)
		add_row(&p->arena, &head, (struct row){{"DESCRIPTION:", target->description}, 0});
	add_row(&p->arena, &args, (struct row){{"BUILD ARG", "VALUE", "DESCRIPTION"}, 0});
	add_row(&p->arena, &secrets, (struct row){{"SECRET", "REQUIRED"}, 0});
	add_row(&p->arena, &agents, (struct row){{"SSH", "REQUIRED"}, 0});
	for (size_t i = 0; i < p->len; i++)
		if (p->pub[i].needed)
			outline_args(p, &p->stages[i], &args);
	for (size_t i = 0; i < plan->steps_len; i++) {
		if (plan->steps[i].kind != BUILD_RUN)
			continue;
		outline_mounts(p, &plan->steps[i].run, BUILD_MOUNT_SECRET, &secrets);
		outline_mounts(p, &plan->steps[i].run, BUILD_MOUNT_SSH, &agents);
	}
	print_table(&head, out);
	buf_addc(out, '\n');
	print_found(&args, out);
	print_found(&secrets, out);
	print_found(&agents, out);
}

/* ---- targets ---- */

void call_targets(const struct build_plan *plan, struct buf *out)
{
	struct planner *p = (struct planner *)plan;
	struct table table = {.columns = 2};

	add_row(&p->arena, &table, (struct row){{"TARGET", "DESCRIPTION"}, 0});
	for (size_t i = 0; i < plan->stages_len; i++) {
		const struct build_stage *stage = &plan->stages[i];
		bool last = i + 1 == plan->stages_len;
		auto_buf name = BUF_INIT;

		buf_addf(&name, "%s%s%s", stage->name, last && *stage->name ? " " : "",
			last ? "(default)" : "");
		if (name.len)
			add_row(&p->arena, &table,
				(struct row){{keep_text(p, &name), stage->description}, 0});
	}
	print_table(&table, out);
}
