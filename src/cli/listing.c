#include "cli/listing.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "util/own.h"
#include "util/strs.h"
#include "util/template.h"
#include "util/template_value.h"

struct listing {
	const struct field *fields;
	const char *const *columns; /* without a template */
	const char *type;
	struct template *tmpl;
	bool is_table, is_json;
	struct buf text;
	const void *row; /* the one under way; NULL: the headers */
};

own_define(listing)

void listing_free(struct listing *listing)
{
	if (!listing)
		return;
	template_free(listing->tmpl);
	buf_fini(&listing->text);
	free(listing);
}

static const struct field *find(const struct listing *listing, const char *name)
{
	for (const struct field *field = listing->fields; field->name; field++)
		if (str_eq(field->name, name))
			return field;
	return NULL;
}

/* In --format, "\t" and "\n" are written as two characters. */
static char *unescape(const char *format)
{
	auto_buf text = BUF_INIT;

	for (; *format; format++) {
		bool escaped = format[0] == '\\' && (format[1] == 't' || format[1] == 'n');

		if (escaped)
			format++;
		buf_addc(&text, escaped ? (*format == 't' ? '\t' : '\n') : *format);
	}
	return buf_take(&text);
}

static bool look(void *context, const char *name, const char *word, struct buf *out)
{
	struct listing *listing = context;
	const struct field *field = find(listing, name);

	if (!field || !field->look)
		return false;
	if (listing->row)
		field->look(out, listing->row, word);
	else
		buf_adds(out, word);
	return true;
}

static int run(struct listing *listing, const cJSON *data, struct err *err)
{
	const struct template_type types[] = {{NULL, 0, false}};
	const struct template_options options = {
		.type = listing->type, .types = types, .method = look, .context = listing};

	if (template_run(listing->tmpl, data, &options, &listing->text, err) < 0)
		return err_in(err, "template parsing error");
	if (!listing->text.len || listing->text.data[listing->text.len - 1] != '\n')
		buf_addc(&listing->text, '\n');
	return 0;
}

static int put_headers(struct listing *listing, struct err *err)
{
	cJSON *data;
	int failed;

	if (!listing->tmpl) {
		for (const char *const *name = listing->columns; *name; name++)
			buf_addf(&listing->text, "%s%c", find(listing, *name)->header,
				name[1] ? '\t' : '\n');
		return 0;
	}
	data = cJSON_CreateObject();
	for (const struct field *field = listing->fields; field->name; field++)
		if (field->put)
			cJSON_AddStringToObject(data, field->name, field->header);
	failed = run(listing, data, err);
	cJSON_Delete(data);
	return failed;
}

int listing_new(const char *format, const struct field *fields, const char *const *columns,
	const char *type, struct listing **out, struct err *err)
{
	auto_of(listing) struct listing *listing = calloc(1, sizeof(*listing));
	auto_free char *text = NULL;

	if (!listing)
		return err_set(err, ENOMEM, "out of memory");
	listing->fields = fields;
	listing->columns = columns;
	listing->type = type;
	listing->is_json = str_eq(format, "json");
	listing->is_table = !format || !*format || str_has_prefix(format, "table");
	if (listing->is_table && format && *format)
		format += 5 + strspn(format + 5, " ");
	if (format && *format && !listing->is_json) {
		text = unescape(format);
		if (!text)
			return err_set(err, ENOMEM, "out of memory");
		if (template_parse(text, &listing->tmpl, err) < 0)
			return err_in(err, "template parsing error");
	}
	if (listing->is_table && put_headers(listing, err) < 0)
		return err->code;
	*out = take(listing);
	return 0;
}

bool listing_wants(const struct listing *listing, const char *field)
{
	if (listing->is_json)
		return true;
	if (listing->tmpl)
		return template_wants(listing->tmpl, field);
	for (const char *const *name = listing->columns; *name; name++)
		if (str_eq(*name, field))
			return true;
	return false;
}

static void add_columns(struct listing *listing, const void *row)
{
	for (const char *const *name = listing->columns; *name; name++) {
		find(listing, *name)->put(&listing->text, row);
		buf_addc(&listing->text, name[1] ? '\t' : '\n');
	}
}

static cJSON *row_object(const struct listing *listing, const void *row)
{
	cJSON *data = cJSON_CreateObject();
	auto_buf value = BUF_INIT;

	for (const struct field *field = listing->fields; field->name; field++) {
		if (!field->put)
			continue;
		buf_clear(&value);
		if (listing_wants(listing, field->name))
			field->put(&value, row);
		cJSON_AddStringToObject(data, field->name, buf_text(&value));
	}
	return data;
}

int listing_add(struct listing *listing, const void *row, struct err *err)
{
	cJSON *data;
	int failed = 0;

	if (!listing->is_json && !listing->tmpl) {
		add_columns(listing, row);
		return 0;
	}
	data = row_object(listing, row);
	if (listing->is_json) {
		char *text = cJSON_PrintUnformatted(data);

		buf_addf(&listing->text, "%s\n", text ? text : "");
		cJSON_free(text);
	} else {
		listing->row = row;
		failed = run(listing, data, err);
	}
	cJSON_Delete(data);
	return failed;
}

void listing_drain(struct listing *listing, struct buf *out)
{
	buf_add(out, buf_text(&listing->text), listing->text.len);
	if (buf_failed(&listing->text))
		out->failed = true;
	buf_clear(&listing->text);
}

void listing_end(struct listing *listing, struct buf *out)
{
	if (!listing->is_table) {
		listing_drain(listing, out);
		return;
	}
	table_align(buf_text(&listing->text), listing->text.len, out);
	if (buf_failed(&listing->text))
		out->failed = true;
	buf_clear(&listing->text);
}

void listing_put_list(struct buf *out, const struct strs *list)
{
	for (size_t i = 0; i < list->len; i++)
		buf_addf(out, "%s%s", i ? "," : "", list->v[i]);
}

void listing_put_short(struct buf *out, const char *text, size_t len)
{
	size_t total = strlen(text), at = 0, cut = 0, count = 0;
	uint32_t rune;

	for (; at < total; count++) {
		at += utf8_get(text + at, total - at, &rune);
		if (count + 2 == len)
			cut = at;
	}
	if (count <= len)
		buf_adds(out, text);
	else
		buf_addf(out, "%.*s…", (int)cut, text);
}
