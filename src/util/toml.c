#include "util/toml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"
#include "util/toml_private.h"

int toml_fail(struct toml *toml, const char *what)
{
	return err_set(toml->err, EINVAL, "line %u: %s", toml->line, what);
}

bool toml_is(const struct toml *toml, char c)
{
	return toml->at < toml->end && *toml->at == c;
}

bool toml_take(struct toml *toml, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(toml->end - toml->at) < len || memcmp(toml->at, text, len) != 0)
		return false;
	toml->at += len;
	return true;
}

void toml_skip_blanks(struct toml *toml)
{
	while (toml_is(toml, ' ') || toml_is(toml, '\t'))
		toml->at++;
}

static void skip_comment(struct toml *toml)
{
	if (!toml_is(toml, '#'))
		return;
	while (toml->at < toml->end && *toml->at != '\n')
		toml->at++;
}

int toml_skip_lines(struct toml *toml)
{
	for (;;) {
		toml_skip_blanks(toml);
		skip_comment(toml);
		if (!toml_take(toml, "\n") && !toml_take(toml, "\r\n"))
			return 0;
		toml->line++;
	}
}

int toml_end_of_line(struct toml *toml)
{
	toml_skip_blanks(toml);
	skip_comment(toml);
	if (toml->at < toml->end && !toml_is(toml, '\n') && !toml_is(toml, '\r'))
		return toml_fail(toml, "something follows a value");
	return 0;
}

/* ---- values ---- */

/* Takes the item over, whatever happens. */
static int add(struct toml *toml, cJSON *out, const char *name, cJSON *item)
{
	if (!item || ++toml->values > TOML_VALUES_MAX) {
		cJSON_Delete(item);
		return item ? err_set(toml->err, E2BIG, "more than %d values", TOML_VALUES_MAX)
			    : err_set(toml->err, ENOMEM, "out of memory");
	}
	if (name && cJSON_GetObjectItemCaseSensitive(out, name)) {
		cJSON_Delete(item);
		return toml_fail(toml, "a key is there twice");
	}
	if (name ? cJSON_AddItemToObject(out, name, item) : cJSON_AddItemToArray(out, item))
		return 0;
	cJSON_Delete(item);
	return err_set(toml->err, ENOMEM, "out of memory");
}

static int array(struct toml *toml, cJSON *out, const char *name, int depth)
{
	cJSON *list = cJSON_CreateArray();

	if (add(toml, out, name, list) < 0)
		return toml->err->code;
	toml->at++;
	for (;;) {
		toml_skip_lines(toml);
		if (toml_take(toml, "]"))
			return 0;
		if (toml_value(toml, list, NULL, depth + 1) < 0)
			return toml->err->code;
		toml_skip_lines(toml);
		if (!toml_take(toml, ",") && !toml_is(toml, ']'))
			return toml_fail(toml, "an array does not end");
	}
}

static int inline_table(struct toml *toml, cJSON *out, const char *name, int depth)
{
	cJSON *table = cJSON_CreateObject();

	if (add(toml, out, name, table) < 0)
		return toml->err->code;
	toml->at++;
	toml_skip_lines(toml);
	if (toml_take(toml, "}"))
		return 0;
	for (;;) {
		toml_skip_lines(toml);
		if (toml_assign(toml, table, depth + 1) < 0)
			return toml->err->code;
		toml_skip_lines(toml);
		if (toml_take(toml, "}"))
			return 0;
		if (!toml_take(toml, ","))
			return toml_fail(toml, "a table does not end");
	}
}

/* Digits with "_" between them, by base; false: something else, such as a date. */
static bool read_number(const char *word, double *out)
{
	static const struct {
		const char *prefix;
		int base;
	} bases[] = {{"0x", 16}, {"0o", 8}, {"0b", 2}};
	auto_buf digits = BUF_INIT;
	char *end;

	for (const char *at = word; *at; at++)
		if (*at != '_')
			buf_addc(&digits, *at);
	for (size_t i = 0; i < array_len(bases); i++) {
		if (!str_has_prefix(word, bases[i].prefix))
			continue;
		*out = (double)strtoull(buf_text(&digits) + 2, &end, bases[i].base);
		return !*end && end > digits.data + 2;
	}
	if (!digits.len || strspn(buf_text(&digits), "+-.eE0123456789") != digits.len)
		return false;
	*out = strtod(buf_text(&digits), &end);
	return !*end && isfinite(*out);
}

/* "1979-05-27 07:32:00Z": only its shape is looked at. */
static bool is_date(const char *word)
{
	return strlen(word) >= 8 && word[0] >= '0' && word[0] <= '9' &&
	       strspn(word, "0123456789-:.+TtZz ") == strlen(word) &&
	       (word[4] == '-' || word[2] == ':');
}

static cJSON *plain_item(const char *word)
{
	double number;

	if (str_eq(word, "true") || str_eq(word, "false"))
		return cJSON_CreateBool(*word == 't');
	if (read_number(word, &number))
		return cJSON_CreateNumber(number);
	return cJSON_CreateString(word);
}

static int plain(struct toml *toml, cJSON *out, const char *name)
{
	const char *from = toml->at;
	auto_buf word = BUF_INIT;
	double number;

	while (toml->at < toml->end && !strchr(",]}#\r\n\t ", *toml->at))
		toml->at++;
	buf_add(&word, from, (size_t)(toml->at - from));
	/* A date may be parted from its time by a blank. */
	if (word.len == 10 && word.data[4] == '-' && toml->end - toml->at > 8 &&
		toml->at[0] == ' ' && toml->at[3] == ':') {
		while (toml->at < toml->end && !strchr(",]}#\r\n\t", *toml->at))
			toml->at++;
		buf_clear(&word);
		buf_add(&word, from, (size_t)(toml->at - from));
	}
	if (strlen(buf_text(&word)) != word.len ||
		(!str_eq(buf_text(&word), "true") && !str_eq(buf_text(&word), "false") &&
			!read_number(buf_text(&word), &number) && !is_date(buf_text(&word))))
		return toml_fail(toml, "a value that is none");
	return add(toml, out, name, plain_item(buf_text(&word)));
}

int toml_value(struct toml *toml, cJSON *out, const char *name, int depth)
{
	auto_buf text = BUF_INIT;

	if (depth > TOML_DEPTH_MAX)
		return toml_fail(toml, "nested too deep");
	if (toml->at == toml->end || strchr("\r\n#", *toml->at))
		return toml_fail(toml, "a value is missing");
	switch (*toml->at) {
	case '[':
		return array(toml, out, name, depth);
	case '{':
		return inline_table(toml, out, name, depth);
	case '"':
	case '\'':
		if (toml_string(toml, true, &text) < 0)
			return toml->err->code;
		return add(toml, out, name, cJSON_CreateString(buf_text(&text)));
	}
	return plain(toml, out, name);
}

/* ---- tables ---- */

/* The table of that name, made when it is missing; of an array of tables, its last. */
static cJSON *enter(struct toml *toml, cJSON *table, const char *name)
{
	cJSON *there = cJSON_GetObjectItemCaseSensitive(table, name);

	if (!there) {
		there = cJSON_CreateObject();
		return add(toml, table, name, there) < 0 ? NULL : there;
	}
	if (cJSON_IsArray(there))
		there = cJSON_GetArrayItem(there, cJSON_GetArraySize(there) - 1);
	if (cJSON_IsObject(there))
		return there;
	toml_fail(toml, "a key is a value and a table");
	return NULL;
}

int toml_assign(struct toml *toml, cJSON *table, int depth)
{
	auto_strs key = STRS_INIT;

	if (toml_key(toml, &key) < 0)
		return toml->err->code;
	for (size_t i = 0; i + 1 < key.len; i++) {
		table = enter(toml, table, key.v[i]);
		if (!table)
			return toml->err->code;
	}
	if (!toml_take(toml, "="))
		return toml_fail(toml, "a key without =");
	toml_skip_blanks(toml);
	return toml_value(toml, table, key.v[key.len - 1], depth + (int)key.len);
}

/* A table may be opened by what is below it before it is defined, but defined only once. */
static int define(struct toml *toml, cJSON *parent, const char *name, cJSON **out)
{
	static const char mark[] = "\x01"
				   "defined";
	cJSON *table = enter(toml, parent, name);

	if (!table)
		return toml->err->code;
	*out = table;
	if (cJSON_GetObjectItemCaseSensitive(table, mark))
		return toml_fail(toml, "a table is there twice");
	return add(toml, table, mark, cJSON_CreateTrue());
}

static int append(struct toml *toml, cJSON *parent, const char *name, cJSON **out)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(parent, name);

	if (list && (!cJSON_IsArray(list) || !cJSON_IsObject(list->child)))
		return toml_fail(toml, "a key is a value and a table");
	if (!list) {
		list = cJSON_CreateArray();
		if (add(toml, parent, name, list) < 0)
			return toml->err->code;
	}
	*out = cJSON_CreateObject();
	return add(toml, list, NULL, *out);
}

static int header(struct toml *toml, cJSON *root, cJSON **out)
{
	bool many = toml_take(toml, "[[");
	auto_strs key = STRS_INIT;
	cJSON *table = root;

	if (!many)
		toml->at++;
	if (toml_key(toml, &key) < 0)
		return toml->err->code;
	if (!toml_take(toml, many ? "]]" : "]"))
		return toml_fail(toml, "a table's name does not end");
	for (size_t i = 0; i + 1 < key.len; i++) {
		table = enter(toml, table, key.v[i]);
		if (!table)
			return toml->err->code;
	}
	return many ? append(toml, table, key.v[key.len - 1], out)
		    : define(toml, table, key.v[key.len - 1], out);
}

static void drop_marks(cJSON *item)
{
	for (cJSON *child = item ? item->child : NULL, *next; child; child = next) {
		next = child->next;
		if (child->string && child->string[0] == '\x01')
			cJSON_Delete(cJSON_DetachItemViaPointer(item, child));
		else
			drop_marks(child);
	}
}

static int document(struct toml *toml, cJSON *root)
{
	cJSON *table = root;

	toml_take(toml, "\xef\xbb\xbf"); /* some editors begin with it */
	for (;;) {
		toml_skip_lines(toml);
		if (toml->at == toml->end)
			return 0;
		if (toml_is(toml, '[') ? header(toml, root, &table) < 0
				       : toml_assign(toml, table, 0) < 0)
			return toml->err->code;
		if (toml_end_of_line(toml) < 0)
			return toml->err->code;
		/* A carriage return alone ends no line. */
		if (toml_is(toml, '\r') && !toml_take(toml, "\r\n"))
			return toml_fail(toml, "something follows a value");
	}
}

int toml_parse(const char *text, size_t len, cJSON **out, struct err *err)
{
	struct err own = {0};
	struct toml toml = {.at = text, .end = text + len, .line = 1, .err = err ? err : &own};
	auto_json *root = cJSON_CreateObject();
	int failed;

	if (len > TOML_MAX)
		return err_set(err, E2BIG, "longer than %d bytes", TOML_MAX);
	if (!root)
		return err_set(err, ENOMEM, "out of memory");
	failed = document(&toml, root);
	if (failed)
		return failed;
	drop_marks(root);
	*out = take(root);
	return 0;
}
