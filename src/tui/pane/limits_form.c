/* limits_form.c - how much containers may use, and what comes after their end; see forms.h. What is
 * left as it was is not asked for. */
#include <stdio.h>

#include "tui/pane/forms.h"
#include "tui/pane/sheet.h"
#include "tui/quantity.h"

enum field { MEMORY, SWAP, RESERVATION, CPUS, SHARES, CPUSET, PIDS, RESTART, FIELDS };

enum { NAMED_MAX = 6 };

/* "": as it is. Of several, whose policies may differ. */
static const char *const restarts[] = {
	"as it is", "no", "always", "unless-stopped", "on-failure", NULL};

static const struct sheet_field fields[FIELDS] = {
	[MEMORY] = {SHEET_TEXT, "Memory", "such as 512m; empty: as it is", NULL},
	[SWAP] = {SHEET_TEXT, "With swap", "memory and swap together; -1: no limit", NULL},
	[RESERVATION] = {SHEET_TEXT, "Reserved", "memory that is left when the host runs short",
		NULL},
	[CPUS] = {SHEET_TEXT, "CPUs", "such as 1.5; empty: as it is", NULL},
	[SHARES] = {SHEET_TEXT, "CPU shares", "its weight beside others, 1024 is usual", NULL},
	[CPUSET] = {SHEET_TEXT, "Which CPUs", "such as 0-3 or 0,2", NULL},
	[PIDS] = {SHEET_TEXT, "Tasks", "how many at once; -1: no limit", NULL},
	[RESTART] = {SHEET_CHOICE, "Restart", "when its command ends by itself", restarts},
};

struct limits {
	size_t count;
	char before[FIELDS][64]; /* what the form began with */
	char names[300];
	char ids[][65];
};

static bool changed(const struct limits *limits, const struct sheet *sheet, enum field field)
{
	return sheet_is_on(sheet, field) &&
	       strcmp(sheet_get(sheet, field), limits->before[field]) != 0;
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	static const char *const options[FIELDS] = {"-m", "--memory-swap", "--memory-reservation",
		"--cpus", "--cpu-shares", "--cpuset-cpus", "--pids-limit", "--restart"};
	const struct limits *limits = arg;

	strs_add(words, "davit");
	strs_add(words, "update");
	for (int i = 0; i < FIELDS; i++) {
		if (!changed(limits, sheet, (enum field)i))
			continue;
		strs_add(words, options[i]);
		strs_add(words, sheet_get(sheet, (size_t)i));
	}
	sheet_words(limits->names, words);
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	const char *text = sheet_get(sheet, field);
	int64_t number;

	if (!changed(arg, sheet, (enum field)field))
		return;
	switch ((enum field)field) {
	case MEMORY:
	case SWAP:
	case RESERVATION:
		if (!quantity_bytes(text, &number) || (number < 0 && field != SWAP))
			buf_adds(mistake, "A size is a number with b, k, m or g: 512m");
		return;
	case CPUS:
		if (!quantity_cpus(text, &number))
			buf_adds(mistake, "A number of processors, such as 1.5");
		return;
	case SHARES:
	case PIDS:
		if (!quantity_number(text, &number))
			buf_adds(mistake, "A whole number");
		return;
	default:
		return;
	}
}

static void bytes(
	const struct limits *limits, const struct sheet *sheet, enum field field, int64_t *out)
{
	if (changed(limits, sheet, field))
		quantity_bytes(sheet_get(sheet, field), out);
}

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	const struct limits *limits = arg;
	struct update_request request = {.pids_limit = INT64_MIN};
	auto_buf line = BUF_INIT;
	bool any = false;

	for (int i = 0; i < FIELDS; i++)
		any |= changed(limits, sheet, (enum field)i);
	if (!any)
		return err_set(err, EINVAL, "Nothing has changed; Esc leaves");
	sheet_command(sheet, &line);
	if (app_refuses(app, buf_text(&line)))
		return 0;
	bytes(limits, sheet, MEMORY, &request.memory);
	bytes(limits, sheet, SWAP, &request.memory_swap);
	bytes(limits, sheet, RESERVATION, &request.memory_reservation);
	if (changed(limits, sheet, CPUS))
		quantity_cpus(sheet_get(sheet, CPUS), &request.nano_cpus);
	if (changed(limits, sheet, SHARES))
		quantity_number(sheet_get(sheet, SHARES), &request.cpu_shares);
	if (changed(limits, sheet, PIDS))
		quantity_number(sheet_get(sheet, PIDS), &request.pids_limit);
	if (changed(limits, sheet, CPUSET))
		request.cpuset_cpus = sheet_get(sheet, CPUSET);
	if (changed(limits, sheet, RESTART))
		request.restart = sheet_get(sheet, RESTART);
	app_update(app, limits->ids, limits->count, &request);
	model_unmark(app_model(app));
	return 0;
}

/* ---- what they have now ---- */

static void size_text(int64_t bytes, char out[64])
{
	static const char units[] = "bkmg";
	int unit = 0;

	while (bytes > 0 && bytes % 1024 == 0 && units[unit + 1]) {
		bytes /= 1024;
		unit++;
	}
	if (bytes)
		snprintf(out, 64, unit && bytes > 0 ? "%lld%c" : "%lld", (long long)bytes,
			units[unit]);
}

static void take_before(struct limits *limits, const struct container_facts *facts)
{
	size_text(facts->memory, limits->before[MEMORY]);
	size_text(facts->memory_swap, limits->before[SWAP]);
	size_text(facts->memory_reservation, limits->before[RESERVATION]);
	if (facts->cpus > 0)
		snprintf(limits->before[CPUS], 64, "%g", facts->cpus);
	if (facts->cpu_shares)
		snprintf(limits->before[SHARES], 64, "%lld", (long long)facts->cpu_shares);
	if (facts->pids_limit)
		snprintf(limits->before[PIDS], 64, "%lld", (long long)facts->pids_limit);
	snprintf(limits->before[CPUSET], 64, "%s", facts->cpuset);
	snprintf(limits->before[RESTART], 64, "%s", *facts->restart ? facts->restart : "no");
}

static struct limits *limits_of(struct row *const *rows, size_t count)
{
	struct limits *limits = calloc(1, sizeof(*limits) + count * sizeof(limits->ids[0]));
	size_t len = 0;

	for (; limits && limits->count < count; limits->count++) {
		const struct row *row = rows[limits->count];

		memcpy(limits->ids[limits->count], row->c.id, sizeof(limits->ids[0]));
		if (limits->count < NAMED_MAX && len < sizeof(limits->names))
			len += (size_t)snprintf(limits->names + len, sizeof(limits->names) - len,
				"%s%s", len ? " " : "", row->c.name);
	}
	if (limits && count > NAMED_MAX && len + sizeof(" …") <= sizeof(limits->names))
		memcpy(limits->names + len, " …", sizeof(" …"));
	if (limits)
		snprintf(limits->before[RESTART], 64, "as it is");
	return limits;
}

void limits_form_open(struct app *app, struct row *const *rows, size_t count)
{
	struct limits *limits = limits_of(rows, count);
	struct sheet_wish wish = {
		.verb = "update",
		.shape = {fields, FIELDS, check, command, NULL},
		.arg = limits,
		.arg_free = free,
		.run = run,
	};
	char title[200];
	struct sheet *sheet;
	struct pane *pane;

	if (!limits || !count) {
		free(limits);
		return;
	}
	if (count == 1)
		snprintf(title, sizeof(title), "Limits of %s", rows[0]->c.name);
	else
		snprintf(title, sizeof(title), "Limits of %zu containers", count);
	wish.title = title;
	if (count == 1 && rows[0]->has_facts)
		take_before(limits, rows[0]->facts);
	pane = sheet_pane_new(app, &wish, &sheet);
	for (size_t i = 0; pane && i < FIELDS; i++)
		sheet_set(sheet, i, limits->before[i]);
	app_push(app, pane);
}
