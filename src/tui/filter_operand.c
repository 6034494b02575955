/* filter_operand.c - one value as typed, by the kind of its field. See filter_private.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tui/filter_private.h"

enum { REGEX_MAX = 200, REPEAT_MAX = 1000 };

static bool has_capital(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			i++;
		else if (text[i] >= 'A' && text[i] <= 'Z')
			return true;
	}
	return false;
}

/* A copy; `\"` inside quotes is a quote. */
static char *copy_text(const char *text, size_t len, bool quoted, bool *failed)
{
	char *copy = malloc(len + 1);
	size_t at = 0;

	if (!copy) {
		*failed = true;
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\' && i + 1 < len &&
			(text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
		copy[at++] = text[i];
	}
	copy[at] = '\0';
	return copy;
}

static void read_text(struct operand *operand, enum operand_how how, const char *text, size_t len,
	bool quoted, bool *failed)
{
	operand->how = how;
	operand->fold = !has_capital(text, len);
	operand->text = copy_text(text, len, quoted, failed);
}

void operand_word(struct operand *operand, const char *text, size_t len, bool quoted, bool *failed)
{
	bool glob = !quoted && filter_is_glob(text, len);

	read_text(operand, glob ? HOW_GLOB : HOW_CONTAINS, text, len, quoted, failed);
}

/* The larger number of "{2,5}" that begins at *at, which moves on to its last byte. */
static unsigned long read_bound(const char *text, size_t len, size_t *at)
{
	unsigned long number = 0, most = 1;

	for (size_t i = *at + 1; i < len && (isdigit((unsigned char)text[i]) || text[i] == ',');
		i++) {
		number = text[i] == ',' ? 0 : number * 10 + (unsigned long)(text[i] - '0');
		most = number > most ? number : most;
		*at = i;
		if (most > REPEAT_MAX)
			break;
	}
	return most;
}

/* Compiling costs what all bounds multiplied are; matching back references has no end. */
static const char *judge_regex(const char *text, size_t len)
{
	unsigned long repeats = 1;

	if (len > REGEX_MAX)
		return "this regular expression is too long";
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len && isdigit((unsigned char)text[++i]))
			return "regular expressions have no back references here";
		if (text[i] == '{' && (i == 0 || text[i - 1] != '\\'))
			repeats *= read_bound(text, len, &i);
		if (repeats > REPEAT_MAX)
			return "this regular expression repeats too much";
	}
	return NULL;
}

const char *operand_regex(
	struct operand *operand, const char *text, size_t len, bool fold, bool *failed)
{
	const char *why = judge_regex(text, len);
	auto_free char *copy = NULL;
	regex_t *regex;
	int rc;

	if (why)
		return why;
	copy = copy_text(text, len, false, failed);
	regex = malloc(sizeof(*regex));
	if (!copy || !regex) {
		free(regex);
		*failed = true;
		return "out of memory";
	}
	fold = fold || !has_capital(text, len);
	rc = regcomp(regex, copy, REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0));
	if (rc != 0) {
		free(regex);
		return rc == REG_EBRACK   ? "a [ without its ]"
		       : rc == REG_EPAREN ? "a ( without its )"
					  : "this is no regular expression";
	}
	operand->how = HOW_REGEX;
	operand->regex = regex;
	return NULL;
}

void operand_fini(struct operand *operand)
{
	if (operand->regex)
		regfree(operand->regex);
	free(operand->regex);
	free(operand->text);
}

/* ---- by kind ---- */

/* What follows the number, as a factor; 0: no unit. */
static double size_unit(const char *unit, size_t len)
{
	static const char letters[] = "bkmgtpe";
	const char *at = len ? strchr(letters, tolower((unsigned char)*unit)) : letters;
	double factor = 1;

	if (!at || !*at)
		return len ? 0 : 1;
	for (const char *letter = letters; letter < at; letter++)
		factor *= 1024;
	if (len == 1 || len == 0)
		return factor;
	if (len == 2 && strncasecmp(unit + 1, "b", 1) == 0 && at > letters)
		return factor;
	return len == 3 && strncasecmp(unit + 1, "ib", 2) == 0 && at > letters ? factor : 0;
}

/* "1.5G": the number, and how much its last digit is worth. */
static bool read_number(struct operand *operand, const char *text, size_t len, bool sized)
{
	double number = 0, digit = 1, factor;
	bool dot = false, any = false, minus = len && *text == '-';
	size_t i = minus;

	for (; i < len && (isdigit((unsigned char)text[i]) || (text[i] == '.' && !dot)); i++) {
		if (text[i] == '.') {
			dot = true;
			continue;
		}
		any = true;
		digit = dot ? digit / 10 : digit;
		number = dot ? number + (text[i] - '0') * digit : number * 10 + (text[i] - '0');
	}
	if (!any || (i < len && !sized && !(i + 1 == len && text[i] == '%')))
		return false;
	factor = sized ? size_unit(text + i, len - i) : 1;
	operand->how = HOW_NUMBER;
	operand->number = (minus ? -number : number) * factor;
	operand->below = operand->above = digit * factor / 2;
	return factor > 0;
}

static const char *read_rank(
	struct operand *operand, const struct filter_field *field, const char *text, size_t len)
{
	int found = -1;

	for (int i = 0; field->ranks[i]; i++) {
		if (strncasecmp(field->ranks[i], text, len) != 0)
			continue;
		if (found < 0 || strlen(field->ranks[i]) == len)
			found = i;
	}
	operand->how = HOW_NUMBER;
	operand->number = found;
	operand->below = operand->above = 0.5;
	return found < 0 ? "there is no such level" : NULL;
}

static const char *read_flag(struct operand *operand, const char *text, size_t len)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	operand->how = HOW_NUMBER;
	operand->below = operand->above = 0.5;
	for (size_t i = 0; i < array_len(yes); i++) {
		if (strncasecmp(yes[i], text, len) == 0) {
			operand->number = 1;
			return NULL;
		}
		if (strncasecmp(no[i], text, len) == 0) {
			operand->number = 0;
			return NULL;
		}
	}
	return "yes or no is wanted here";
}

static const char *read_time(struct operand *operand, enum filter_kind kind, const char *text,
	size_t len, uint64_t now_ns)
{
	uint64_t span, unit;

	if (filter_read_span(text, len, &span, &unit)) {
		operand->how = HOW_AGO;
		operand->time_ns = unit;
		operand->span_ns = span;
		return NULL;
	}
	if (kind == FILTER_AGE)
		return "an age is wanted here, such as 90s, 3d or 1h30m";
	return filter_read_moment(text, len, now_ns, operand)
		       ? NULL
		       : "a time is wanted here, such as 10m, 14:02, 2026-11-26 or today";
}

static const char *read_textual(struct operand *operand, const struct filter_field *field,
	enum filter_op op, const char *text, size_t len, bool quoted, bool *failed)
{
	enum operand_how how = HOW_CONTAINS;

	if (op == OP_REGEX)
		return operand_regex(operand, text, len, false, failed);
	if (op > OP_REGEX)
		return "text is asked with : = != or ~";
	if (op == OP_EQUAL || op == OP_OTHER)
		how = HOW_WHOLE;
	else if (!quoted && filter_is_glob(text, len))
		how = field->kind == FILTER_LONG ? HOW_GLOB_INSIDE : HOW_GLOB;
	else if (field->kind == FILTER_BEGIN)
		how = HOW_BEGINS;
	read_text(operand, how, text, len, quoted, failed);
	return NULL;
}

const char *operand_read(struct operand *operand, const struct filter_field *field,
	enum filter_op op, const char *text, size_t len, bool quoted, uint64_t now_ns, bool *failed)
{
	*operand = (struct operand){0};
	if (field->kind <= FILTER_LONG)
		return read_textual(operand, field, op, text, len, quoted, failed);
	if (op == OP_REGEX)
		return "~ is for text";
	switch (field->kind) {
	case FILTER_RANK:
		return read_rank(operand, field, text, len);
	case FILTER_FLAG:
		return op <= OP_OTHER ? read_flag(operand, text, len) : "yes or no is wanted here";
	case FILTER_NUMBER:
		return read_number(operand, text, len, false)
			       ? NULL
			       : "a number is wanted here, such as 80";
	case FILTER_SIZE:
		return read_number(operand, text, len, true)
			       ? NULL
			       : "a size is wanted here, such as 100M or 1.5G";
	default:
		return read_time(operand, field->kind, text, len, now_ns);
	}
}
