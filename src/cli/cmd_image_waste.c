#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "cli/names.h"
#include "cli/table.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

enum { TOP_DEFAULT = 10, STEP_COLUMNS = 60 };

struct values {
	int64_t top;
	const char *format;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{"top", 'n', OPTION_INT, NULL, "How many paths to name, 0: all (default 10)",
		offsetof(struct values, top)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.top = TOP_DEFAULT};

struct account {
	struct layers *layers;
	struct strata_waste waste;
	size_t losses, doubles; /* to be named */
};

static uint64_t lost(const struct strata_waste *waste)
{
	return waste->total - waste->bytes[STRATA_LIVE];
}

/* ---- for programs ---- */

static void add_path(cJSON *object, const struct account *account, uint32_t spot)
{
	auto_buf path = BUF_INIT;

	names_put_path(&path, layers_strata(account->layers), spot);
	cJSON_AddStringToObject(object, "Path", buf_text(&path));
}

static void add_losses(cJSON *to, const struct account *account)
{
	cJSON *list = cJSON_AddArrayToObject(to, "Lost");

	for (size_t i = 0; i < account->losses; i++) {
		const struct strata_loss *loss = &account->waste.losses[i];
		cJSON *object = cJSON_CreateObject();

		add_path(object, account, loss->spot);
		cJSON_AddStringToObject(object, "Fate", strata_fate_name(loss->fate));
		cJSON_AddNumberToObject(object, "Bytes", (double)loss->bytes);
		cJSON_AddNumberToObject(object, "Layer", loss->layer + 1);
		cJSON_AddNumberToObject(object, "ByLayer", loss->by + 1);
		cJSON_AddItemToArray(list, object);
	}
}

static void add_doubles(cJSON *to, const struct account *account)
{
	cJSON *list = cJSON_AddArrayToObject(to, "Doubles");

	for (size_t i = 0; i < account->doubles; i++) {
		const struct strata_double *one = &account->waste.doubles[i];
		cJSON *object = cJSON_CreateObject();

		add_path(object, account, one->spot);
		cJSON_AddNumberToObject(object, "Layer", one->layer + 1);
		cJSON_AddNumberToObject(object, "Copies", one->copies);
		cJSON_AddNumberToObject(object, "Bytes", (double)one->bytes);
		cJSON_AddItemToArray(list, object);
	}
}

static void add_layers(cJSON *to, const struct account *account)
{
	cJSON *list = cJSON_AddArrayToObject(to, "Layers");

	for (unsigned i = 0; i < layers_count(account->layers); i++) {
		const struct strata_layer_sum *sum = &account->waste.layers[i];
		const struct layers_layer *layer = layers_at(account->layers, i);
		cJSON *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "DiffID", layer->diff_id);
		cJSON_AddStringToObject(object, "CreatedBy", layer->created_by);
		cJSON_AddNumberToObject(object, "Bytes", (double)sum->bytes);
		cJSON_AddNumberToObject(object, "Files", (double)sum->files);
		cJSON_AddNumberToObject(object, "Lost", (double)sum->lost);
		cJSON_AddNumberToObject(object, "Hides", (double)sum->hides);
		cJSON_AddItemToArray(list, object);
	}
}

static void add_fates(cJSON *to, const struct strata_waste *waste)
{
	cJSON *fates = cJSON_AddObjectToObject(to, "Fates");

	for (int i = 0; i < STRATA_FATES; i++) {
		cJSON *object =
			cJSON_AddObjectToObject(fates, strata_fate_name((enum strata_fate)i));

		cJSON_AddNumberToObject(object, "Bytes", (double)waste->bytes[i]);
		cJSON_AddNumberToObject(object, "Files", (double)waste->files[i]);
	}
}

static int put_json(
	const struct account *account, const struct form *form, struct buf *out, struct err *err)
{
	const struct strata_waste *waste = &account->waste;
	cJSON *object = cJSON_CreateObject(), *dive;
	int failed;

	cJSON_AddStringToObject(object, "Image", layers_image(account->layers));
	cJSON_AddNumberToObject(object, "Bytes", (double)waste->total);
	cJSON_AddNumberToObject(object, "LostBytes", (double)lost(waste));
	cJSON_AddNumberToObject(object, "DoubleBytes", (double)waste->double_bytes);
	cJSON_AddNumberToObject(object, "DoubleFiles", (double)waste->double_files);
	cJSON_AddNumberToObject(object, "Efficiency", waste->efficiency);
	dive = cJSON_AddObjectToObject(object, "Dive");
	cJSON_AddNumberToObject(dive, "Efficiency", waste->dive_efficiency);
	cJSON_AddNumberToObject(dive, "WastedBytes", (double)waste->dive_wasted);
	cJSON_AddNumberToObject(dive, "UserWastedPercent", waste->dive_user_wasted);
	add_fates(object, waste);
	add_layers(object, account);
	add_losses(object, account);
	add_doubles(object, account);
	failed = form_put(form, object, out, err);
	cJSON_Delete(object);
	return failed;
}

/* ---- for people ---- */

static void put_sum(struct buf *out, const char *what, uint64_t bytes, uint64_t files)
{
	buf_addf(out, "%s\t", what);
	units_put_size(out, bytes);
	buf_addf(out, "\t%llu\t\n", (unsigned long long)files);
}

static void put_sums(const struct account *account, struct buf *out)
{
	static const char *const words[] = {
		[STRATA_LIVE] = "show in the image",
		[STRATA_LOST_SAME] = "written again unchanged",
		[STRATA_LOST_METADATA] = "copied for mode, owner, attributes",
		[STRATA_LOST_CHANGED] = "replaced by something else",
		[STRATA_LOST_DELETED] = "deleted by a later layer",
	};
	const struct strata_waste *waste = &account->waste;
	auto_buf lines = BUF_INIT;

	buf_adds(&lines, "OF ALL FILES\tBYTES\tFILES\t\n");
	for (int i = 0; i < STRATA_FATES; i++)
		put_sum(&lines, words[i], waste->bytes[i], waste->files[i]);
	put_sum(&lines, "show, but more than once", waste->double_bytes, waste->double_files);
	table_align(buf_text(&lines), lines.len, out);
	buf_addf(out, "\nEfficiency %.1f %%: what shows, the same content once, of ",
		100 * waste->efficiency);
	units_put_size(out, waste->total);
	buf_addf(out, ".\nAs dive counts: %.1f %%, ", 100 * waste->dive_efficiency);
	units_put_size(out, waste->dive_wasted);
	buf_addf(out, " in paths of several layers, %.1f %% of what is above the bottom layer.\n",
		100 * waste->dive_user_wasted);
}

static void put_layers(const struct account *account, struct buf *out)
{
	auto_buf lines = BUF_INIT;

	buf_adds(&lines, "LAYER\tBRINGS\tLOST LATER\tHIDES\tMADE BY\n");
	for (unsigned i = 0; i < layers_count(account->layers); i++) {
		const struct strata_layer_sum *sum = &account->waste.layers[i];

		buf_addf(&lines, "%u\t", i + 1);
		units_put_size(&lines, sum->bytes);
		buf_addc(&lines, '\t');
		units_put_size(&lines, sum->lost);
		buf_addc(&lines, '\t');
		units_put_size(&lines, sum->hides);
		buf_addc(&lines, '\t');
		names_put_short(&lines, layers_at(account->layers, i)->created_by, STEP_COLUMNS);
		buf_addc(&lines, '\n');
	}
	buf_addc(out, '\n');
	table_align(buf_text(&lines), lines.len, out);
}

static void put_losses(const struct account *account, struct buf *out)
{
	auto_buf lines = BUF_INIT;

	if (!account->losses)
		return;
	buf_adds(&lines, "LOST\tWHY\tLAYER\tBY\tPATH\n");
	for (size_t i = 0; i < account->losses; i++) {
		const struct strata_loss *loss = &account->waste.losses[i];

		units_put_size(&lines, loss->bytes);
		buf_addf(&lines, "\t%s\t%u\t%u\t", strata_fate_name(loss->fate), loss->layer + 1,
			loss->by + 1);
		names_put_path(&lines, layers_strata(account->layers), loss->spot);
		buf_addc(&lines, '\n');
	}
	buf_addc(out, '\n');
	table_align(buf_text(&lines), lines.len, out);
	if (account->losses < account->waste.n_losses)
		buf_addf(out, "and %zu more: --top 0 names all\n",
			account->waste.n_losses - account->losses);
}

static void put_doubles(const struct account *account, struct buf *out)
{
	auto_buf lines = BUF_INIT;

	if (!account->doubles)
		return;
	buf_adds(&lines, "TWICE\tCOPIES\tLAYER\tTHE FIRST\n");
	for (size_t i = 0; i < account->doubles; i++) {
		const struct strata_double *one = &account->waste.doubles[i];

		units_put_size(&lines, one->bytes * (one->copies - 1));
		buf_addf(&lines, "\t%u\t%u\t", one->copies, one->layer + 1);
		names_put_path(&lines, layers_strata(account->layers), one->spot);
		buf_addc(&lines, '\n');
	}
	buf_addc(out, '\n');
	table_align(buf_text(&lines), lines.len, out);
}

static void put_hints(const struct strata_waste *waste, struct buf *out)
{
	static const struct {
		enum strata_fate fate;
		const char *hint;
	} hints[] = {
		{STRATA_LOST_DELETED,
			"Delete in the RUN that made it, or use RUN --mount=type=cache."},
		{STRATA_LOST_METADATA, "Set mode and owner on the way in: COPY --chmod, --chown."},
		{STRATA_LOST_SAME, "Copy it once: a later step writes what is there already."},
	};
	bool first = true;

	for (size_t i = 0; i < array_len(hints); i++) {
		uint64_t bytes = waste->bytes[hints[i].fate];

		if (!bytes || bytes < waste->total / 100)
			continue;
		buf_addf(out, "%s%s (", first ? "\n" : "", hints[i].hint);
		units_put_size(out, bytes);
		buf_adds(out, ")\n");
		first = false;
	}
}

static void put_words(const struct account *account, struct buf *out)
{
	put_sums(account, out);
	put_layers(account, out);
	put_losses(account, out);
	put_doubles(account, out);
	put_hints(&account->waste, out);
}

/* ---- the command ---- */

static size_t at_most(size_t count, int64_t top)
{
	return top && (uint64_t)top < count ? (size_t)top : count;
}

static int tell(struct cli *cli, const struct values *values, const char *who,
	const struct form *form, struct err *err)
{
	auto_layers *layers = NULL;
	struct account account = {0};
	int failed = engine_layers_open(cli->engine, who, &layers, err);

	if (failed)
		return failed;
	account.layers = layers;
	failed = strata_waste(layers_strata(layers), &account.waste, err);
	account.losses = at_most(account.waste.n_losses, values->top);
	account.doubles = at_most(account.waste.n_doubles, values->top);
	if (!failed && form)
		failed = put_json(&account, form, &cli->out.text, err);
	else if (!failed)
		put_words(&account, &cli->out.text);
	strata_waste_fini(&account.waste);
	return failed;
}

static int image_waste(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(form) struct form *form = NULL;
	struct err err;

	if (values->top < 0) {
		cli_say("--top must be 0 or more");
		return 1;
	}
	if (values->format && form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	return tell(cli, values, operands->v[0], form, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_image_waste = {
	.names = {"image waste"},
	.usage = "[OPTIONS] IMAGE",
	.summary = "Account for bytes of an image that do not show, or show twice",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = image_waste,
};
