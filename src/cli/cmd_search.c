#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/listing.h"

/* docker's formatter: a longer description ends with "…" there. */
enum { DESCRIPTION_MAX = 45, LIMIT_DEFAULT = 25, LIMIT_MAX = 100 };

struct values {
	bool no_trunc, tls_verify;
	int64_t limit;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"filter", 'f', OPTION_LIST, "filter",
		"Filter output based on conditions provided: is-official=true, stars=3",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"limit", 0, OPTION_INT, NULL, "Max number of search results (default 25)",
		offsetof(struct values, limit)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Don't truncate output",
		offsetof(struct values, no_trunc)},
	{"tls-verify", 0, OPTION_BOOL, NULL,
		"Require HTTPS and a certificate that verifies (default true)",
		offsetof(struct values, tls_verify)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.tls_verify = true, .limit = LIMIT_DEFAULT};

struct row {
	const cJSON *result;
	bool no_trunc;
};

static const cJSON *get(const struct row *row, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(row->result, key);
}

static void put_name(struct buf *out, const void *data)
{
	buf_adds(out, cJSON_GetStringValue(get(data, "Name")));
}

static void put_description(struct buf *out, const void *data)
{
	const struct row *row = data;
	const char *text = cJSON_GetStringValue(get(row, "Description"));

	if (row->no_trunc)
		buf_adds(out, text);
	else
		listing_put_short(out, text, DESCRIPTION_MAX);
}

static void put_stars(struct buf *out, const void *data)
{
	buf_addf(out, "%.0f", cJSON_GetNumberValue(get(data, "StarCount")));
}

static void put_official(struct buf *out, const void *data)
{
	buf_adds(out, cJSON_IsTrue(get(data, "IsOfficial")) ? "[OK]" : "");
}

static void put_automated(struct buf *out, const void *data)
{
	buf_adds(out, cJSON_IsTrue(get(data, "IsAutomated")) ? "[OK]" : "");
}

static const struct field fields[] = {
	{"Description", "DESCRIPTION", put_description, NULL},
	{"IsAutomated", "AUTOMATED", put_automated, NULL},
	{"IsOfficial", "OFFICIAL", put_official, NULL},
	{"Name", "NAME", put_name, NULL},
	{"StarCount", "STARS", put_stars, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"Name", "Description", "StarCount", "IsOfficial", NULL};

/* ---- which ---- */

static bool has_stars(const char *value, const void *arg)
{
	return cJSON_GetNumberValue(get(arg, "StarCount")) >= strtod(value, NULL);
}

/* No wish, or the one the registry's answer fulfils; check has refused what is neither. */
static bool has_flag(
	const struct strs *filters, const char *key, const char *member, const struct row *row)
{
	int wanted = -1;

	return filters_truth(filters, key, &wanted, NULL) < 0 || wanted < 0 ||
	       wanted == (bool)cJSON_IsTrue(get(row, member));
}

static int check(const struct values *values, struct err *err)
{
	static const char *const known[] = {"is-automated", "is-official", "stars", NULL};
	const char *value;
	size_t at = 0;
	int flag;

	if (values->limit < 1 || values->limit > LIMIT_MAX)
		return err_set(err, EINVAL, "limit %lld is outside the range of [1, %d]",
			(long long)values->limit, LIMIT_MAX);
	if (filters_check(&values->filters, known, NULL, err) < 0 ||
		filters_truth(&values->filters, "is-official", &flag, err) < 0 ||
		filters_truth(&values->filters, "is-automated", &flag, err) < 0)
		return err->code;
	while ((value = filters_next(&values->filters, "stars", &at)))
		if (!*value || strspn(value, "0123456789") != strlen(value))
			return err_set(err, EINVAL, "invalid filter 'stars=[%s]'", value);
	return 0;
}

static bool is_wanted(const struct strs *filters, const struct row *row)
{
	return filters_every(filters, "stars", has_stars, row) &&
	       has_flag(filters, "is-official", "IsOfficial", row) &&
	       has_flag(filters, "is-automated", "IsAutomated", row);
}

static int show(struct cli *cli, const struct values *values, const cJSON *results,
	struct listing *listing, struct err *err)
{
	const cJSON *result;

	cJSON_ArrayForEach(result, results) {
		struct row row = {.result = result, .no_trunc = values->no_trunc};

		if (is_wanted(&values->filters, &row) && listing_add(listing, &row, err) < 0)
			return err->code;
	}
	listing_end(listing, &cli->out.text);
	return 0;
}

static int search(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct search_request request = {
		.term = operands->v[0],
		.limit = (int)values->limit,
		.insecure = !values->tls_verify,
	};
	struct listing *listing = NULL;
	cJSON *results = NULL;
	struct err err;
	int code = 0;

	if (check(values, &err) < 0 || listing_new(values->format, fields, columns,
					       "*formatter.SearchContext", &listing, &err) < 0)
		return cli_fail(&err, 1);
	if (engine_search(&request, &results, &err) < 0 ||
		show(cli, values, results, listing, &err) < 0)
		code = cli_fail(&err, 1);
	cJSON_Delete(results);
	listing_free(listing);
	return code;
}

const struct command command_search = {
	.names = {"search"},
	.usage = "[OPTIONS] TERM",
	.summary = "Search a registry for images",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = search,
};
