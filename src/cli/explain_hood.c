/* explain_hood.c - see explain_hood.h. */
#include "cli/explain_hood.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_WIDTH = 20, VALUE_WIDTH = 26 };

static int read_parts(const struct strs *names, unsigned *out, struct err *err)
{
	*out = names->len ? 0 : HOOD_ALL;
	for (size_t i = 0; i < names->len; i++) {
		enum hood_part part = hood_part_find(names->v[i]);

		if (part == HOOD_PARTS)
			return err_set(err, EINVAL,
				"no part is called '%s': namespaces, cgroups, mounts, capabilities, "
				"seccomp, identity, environment, processes, network, records",
				names->v[i]);
		*out |= 1u << part;
	}
	return 0;
}

/* ---- as text ---- */

/* Columns as wide as what is in them, in each part. */
struct widths {
	int name, value;
};

static int at_least(int width, const char *text, int most)
{
	int len = (int)strlen(text);

	return len > most ? most : len > width ? len : width;
}

/* Of the part that begins with the first row. */
static struct widths part_widths(const struct hood_row *rows, size_t count)
{
	struct widths widths = {0};

	for (size_t i = 0; i < count && rows[i].part == rows[0].part; i++) {
		widths.name = at_least(widths.name, rows[i].name, NAME_WIDTH);
		widths.value = at_least(widths.value, rows[i].value, VALUE_WIDTH);
	}
	return widths;
}

static void put_row(const struct hood_row *row, struct widths widths, const struct hood *beside,
	bool proofs, struct buf *out)
{
	const struct hood_row *other = beside ? hood_find(beside, row->part, row->name) : NULL;

	buf_addf(out, "%c %-*s %-*s", row->open_door ? '!' : ' ', widths.name, row->name,
		widths.value, row->value);
	if (beside)
		buf_addf(out, " %s %s", other && strcmp(other->value, row->value) == 0 ? "=" : "≠",
			other ? other->value : "-");
	else
		buf_addf(out, " %s", row->words);
	buf_addc(out, '\n');
	if (proofs && *row->command)
		buf_addf(out, "  %*s $ %s\n", widths.name, "", row->command);
}

static void put_rows(
	const struct hood *hood, const struct hood *beside, bool proofs, struct buf *out)
{
	size_t count;
	const struct hood_row *rows = hood_rows(hood, &count);
	struct widths widths = {0};

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || rows[i].part != rows[i - 1].part) {
			const char *name = hood_part_name(rows[i].part);

			buf_addf(out, "%s%c%s\n", i ? "\n" : "", name[0] - 'a' + 'A', name + 1);
			widths = part_widths(rows + i, count - i);
		}
		put_row(&rows[i], widths, beside, proofs, out);
	}
}

/* ---- as JSON ---- */

static cJSON *row_json(const struct hood_row *row)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "Part", hood_part_name(row->part));
	cJSON_AddStringToObject(object, "Name", row->name);
	cJSON_AddStringToObject(object, "Value", row->value);
	cJSON_AddStringToObject(object, "Words", row->words);
	cJSON_AddStringToObject(object, "Proof", row->proof);
	cJSON_AddStringToObject(object, "Command", row->command);
	cJSON_AddBoolToObject(object, "OpenDoor", row->open_door);
	return object;
}

static int put_json(const struct hood *hood, const struct form *form, struct buf *out)
{
	cJSON *array = cJSON_CreateArray();
	size_t count;
	const struct hood_row *rows = hood_rows(hood, &count);
	struct err err;
	int failed;

	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, row_json(&rows[i]));
	failed = form_put(form, array, out, &err);
	cJSON_Delete(array);
	return failed ? cli_fail(&err, 1) : 0;
}

int explain_hood(
	struct cli *cli, const char *who, const struct hood_wish *wish, const struct form *form)
{
	struct hood *hood = NULL, *beside = NULL;
	bool host = wish->beside && strcmp(wish->beside, "host") == 0;
	unsigned parts;
	struct err err;
	int code = 0;

	if (read_parts(wish->parts, &parts, &err) < 0 ||
		engine_hood(cli->engine, who, parts, &hood, &err) < 0)
		return cli_fail(&err, 1);
	if (wish->beside &&
		engine_hood(cli->engine, host ? NULL : wish->beside, parts, &beside, &err) < 0)
		code = cli_fail(&err, 1);
	else if (form)
		code = put_json(hood, form, &cli->out.text);
	else
		put_rows(hood, beside, wish->proofs, &cli->out.text);
	hood_free(hood);
	hood_free(beside);
	return code;
}

/* ---- why ---- */

static int put_death(const struct death *death, const struct form *form, struct buf *out)
{
	cJSON *object = cJSON_CreateObject(), *evidence = cJSON_CreateArray();
	struct err err;
	int failed;

	cJSON_AddStringToObject(object, "Sentence", buf_text(&death->sentence));
	for (size_t i = 0; i < death->evidence.len; i++)
		cJSON_AddItemToArray(evidence, cJSON_CreateString(death->evidence.v[i]));
	cJSON_AddItemToObject(object, "Evidence", evidence);
	cJSON_AddStringToObject(object, "Advice", buf_text(&death->advice));
	failed = form_put(form, object, out, &err);
	cJSON_Delete(object);
	return failed ? cli_fail(&err, 1) : 0;
}

int explain_why(struct cli *cli, const char *who, const struct form *form)
{
	auto_death death = {0};
	struct buf *out = &cli->out.text;
	struct err err;

	if (engine_death(cli->engine, who, &death, &err) < 0)
		return cli_fail(&err, 1);
	if (form)
		return put_death(&death, form, out);
	buf_addf(out, "%s\n", buf_text(&death.sentence));
	for (size_t i = 0; i < death.evidence.len; i++)
		buf_addf(out, "  %s\n", death.evidence.v[i]);
	if (death.advice.len)
		buf_addf(out, "%s\n", buf_text(&death.advice));
	return 0;
}
