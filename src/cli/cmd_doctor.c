#include <cjson/cJSON.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "cli/units.h"
#include "util/json.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool repair;
	const char *format;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{"repair", 0, OPTION_BOOL, NULL, "Put right what can be put right",
		offsetof(struct values, repair)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static double number(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool is_repaired(const cJSON *finding)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(finding, "Repaired"));
}

static int count_open(const cJSON *findings)
{
	const cJSON *finding;
	int open = 0;

	cJSON_ArrayForEach(finding, findings)
		open += !is_repaired(finding);
	return open;
}

static void put_finding(const cJSON *finding, struct buf *out)
{
	buf_addf(out, "%s %s: %s\n", json_str_or(finding, "Kind", ""),
		json_str_or(finding, "Name", ""), json_str_or(finding, "Problem", ""));
	buf_addf(out, "    %s\n",
		is_repaired(finding) ? "repaired" : json_str_or(finding, "Remedy", ""));
}

static void put_words(const cJSON *report, struct buf *out)
{
	const cJSON *findings = cJSON_GetObjectItemCaseSensitive(report, "Findings"), *finding;
	int count = cJSON_GetArraySize(findings), open = count_open(findings);

	cJSON_ArrayForEach(finding, findings)
		put_finding(finding, out);
	buf_addf(out, "%s%.0f images, %.0f layers, %.0f blobs, %.0f containers; ",
		count ? "\n" : "", number(report, "Images"), number(report, "Layers"),
		number(report, "Blobs"), number(report, "Containers"));
	units_put_size(out, (uint64_t)number(report, "BytesRead"));
	buf_adds(out, " read: ");
	if (!count)
		buf_adds(out, "all is well\n");
	else
		buf_addf(out, "%d found, %d repaired\n", count, count - open);
	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(report, "Alone")))
		buf_adds(out, "Others are at work: what seems to be left over was not judged.\n");
}

static int doctor(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(form) struct form *form = NULL;
	cJSON *report = NULL;
	struct err err;
	int code;

	(void)operands;
	if (values->format && form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	if (engine_doctor_here(cli->engine, values->repair, &report, &err) < 0)
		return cli_fail(&err, 1);
	code = count_open(cJSON_GetObjectItemCaseSensitive(report, "Findings")) > 0;
	if (!form)
		put_words(report, &cli->out.text);
	else if (form_put(form, report, &cli->out.text, &err) < 0)
		code = cli_fail(&err, 1);
	cJSON_Delete(report);
	return code;
}

const struct command command_doctor = {
	.names = {"doctor"},
	.usage = "[OPTIONS]",
	.summary = "Check the store against itself: contents, indexes, rows, references",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = doctor,
};
