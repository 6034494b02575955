/* pattern_code.c - see pattern_code.h. */
#include <ctype.h>
#include <string.h>
#include <wctype.h>

#include "tui/pattern_code.h"
#include "tui/text.h"

enum { DEPTH_MAX = 20, REPEAT_MAX = 100, ENDLESS = -1 };

struct parser {
	struct pattern_code *code;
	const char *at;
	int depth;
	bool bad;
	/* the plain text that is being gathered, while everything so far must be met in order */
	char run[PATTERN_TEXT_MAX];
	size_t run_len;
	bool only_text;
};

static void alternatives(struct parser *p);

/* ---- emitting ---- */

static size_t emit(struct parser *p, enum pattern_op op, int x, int y)
{
	if (p->code->count == PATTERN_CODE_MAX) {
		p->bad = true;
		return 0;
	}
	p->code->steps[p->code->count] = (struct pattern_step){op, (int16_t)x, (int16_t)y};
	return p->code->count++;
}

static void insert(struct parser *p, size_t at, enum pattern_op op, int x, int y)
{
	struct pattern_step *steps = p->code->steps;

	emit(p, op, x, y);
	if (p->bad)
		return;
	memmove(steps + at + 1, steps + at, (p->code->count - 1 - at) * sizeof(*steps));
	steps[at] = (struct pattern_step){op, (int16_t)x, (int16_t)y};
}

static void set_add(struct pattern_set *set, unsigned byte)
{
	set->bits[byte >> 6] |= (uint64_t)1 << (byte & 63);
}

static void set_range(struct pattern_set *set, unsigned from, unsigned to)
{
	for (unsigned byte = from; byte <= to; byte++)
		set_add(set, byte);
}

static void set_join(struct pattern_set *set, const struct pattern_set *other)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] |= other->bits[i];
}

static void emit_set(struct parser *p, const struct pattern_set *set)
{
	struct pattern_code *code = p->code;
	size_t i = 0;

	while (i < code->set_count && memcmp(&code->sets[i], set, sizeof(*set)) != 0)
		i++;
	if (i == PATTERN_SETS_MAX) {
		p->bad = true;
		return;
	}
	if (i == code->set_count)
		code->sets[code->set_count++] = *set;
	emit(p, PATTERN_SET, (int)i, 0);
}

static void emit_byte(struct parser *p, unsigned byte)
{
	struct pattern_set set = {0};

	set_add(&set, byte);
	if (p->code->fold && byte < 0x80) {
		set_add(&set, (unsigned)tolower((int)byte));
		set_add(&set, (unsigned)toupper((int)byte));
	}
	emit_set(p, &set);
}

/* Any one character: a byte that begins one, and what continues it. */
static void emit_character(struct parser *p, struct pattern_set *first)
{
	struct pattern_set tail = {0};

	set_range(first, 0xc0, 0xff);
	emit_set(p, first);
	set_range(&tail, 0x80, 0xbf);
	emit(p, PATTERN_SPLIT, 1, 3);
	emit_set(p, &tail);
	emit(p, PATTERN_JUMP, -2, 0);
}

static void emit_point(struct parser *p, uint32_t code)
{
	char bytes[4];
	size_t len = text_encode(code, bytes);

	for (size_t i = 0; i < len; i++)
		emit_byte(p, (unsigned char)bytes[i]);
}

/* a|b, of what begins at `at` and what is emitted afterwards */
static size_t fork_from(struct parser *p, size_t at)
{
	size_t len = p->code->count - at;

	insert(p, at, PATTERN_SPLIT, 1, (int)len + 2);
	return emit(p, PATTERN_JUMP, 0, 0);
}

static void join_at(struct parser *p, size_t jump)
{
	if (!p->bad)
		p->code->steps[jump].x = (int16_t)(p->code->count - jump);
}

/* A character beyond ASCII, in both cases when case does not matter. */
static void emit_wide(struct parser *p, uint32_t code)
{
	uint32_t lower = (uint32_t)towlower((wint_t)code), upper = (uint32_t)towupper((wint_t)code);
	size_t at = p->code->count, jump;

	emit_point(p, p->code->fold ? lower : code);
	if (!p->code->fold || lower == upper)
		return;
	jump = fork_from(p, at);
	emit_point(p, upper);
	join_at(p, jump);
}

/* ---- the plain text in it ---- */

/* The longest is kept: the one most worth looking for. */
static void end_run(struct parser *p)
{
	if (p->run_len > p->code->text_len) {
		memcpy(p->code->text, p->run, p->run_len);
		p->code->text_len = p->run_len;
	}
	p->run_len = 0;
}

static void not_only_text(struct parser *p)
{
	end_run(p);
	p->only_text = false;
}

static void add_to_run(struct parser *p, uint32_t code)
{
	char bytes[4];
	size_t len = text_encode(code, bytes);

	/* Other cases of what is beyond ASCII have other bytes. */
	if (p->depth || (code >= 0x80 && p->code->fold) || p->run_len + len > sizeof(p->run)) {
		not_only_text(p);
		return;
	}
	for (size_t i = 0; i < len; i++)
		p->run[p->run_len++] =
			p->code->fold && code < 0x80 ? (char)tolower(bytes[i]) : bytes[i];
}

static void take_from_run(struct parser *p, size_t len)
{
	p->run_len -= len < p->run_len ? len : p->run_len;
	not_only_text(p);
}

/* ---- classes ---- */

static bool named_class(char name, struct pattern_set *set)
{
	struct pattern_set out = {0};
	bool negated = isupper((unsigned char)name);

	switch (tolower(name)) {
	case 'd':
		set_range(&out, '0', '9');
		break;
	case 'w':
		set_range(&out, '0', '9');
		set_range(&out, 'a', 'z');
		set_range(&out, 'A', 'Z');
		set_add(&out, '_');
		break;
	case 's':
		set_range(&out, '\t', '\r');
		set_add(&out, ' ');
		break;
	default:
		return false;
	}
	for (int i = 0; negated && i < 2; i++)
		out.bits[i] = ~out.bits[i];
	set_join(set, &out);
	return true;
}

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* After the backslash: the character that it stands for. */
static uint32_t escaped(struct parser *p)
{
	uint32_t code = (unsigned char)*p->at;
	size_t used;

	if (*p->at == 'x' && hex(p->at[1]) >= 0 && hex(p->at[2]) >= 0) {
		code = (uint32_t)(hex(p->at[1]) * 16 + hex(p->at[2]));
		p->at += 3;
		return code;
	}
	used = text_decode(p->at, strlen(p->at), &code);
	if (!used || (code < 0x80 && isalnum((int)code) && !strchr("tnr", (int)code)))
		p->bad = true;
	p->at += used;
	return code == 't' ? '\t' : code == 'n' ? '\n' : code == 'r' ? '\r' : code;
}

/* One end of a range in brackets. */
static uint32_t class_point(struct parser *p)
{
	uint32_t code = 0;
	size_t used;

	if (*p->at == '\\' && p->at[1]) {
		p->at++;
		return escaped(p);
	}
	used = text_decode(p->at, strlen(p->at), &code);
	if (!*p->at || !used)
		p->bad = true;
	else
		p->at += used;
	return code;
}

static bool posix_class(struct parser *p, struct pattern_set *set)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} classes[] = {{"[:alpha:]", isalpha}, {"[:digit:]", isdigit}, {"[:alnum:]", isalnum},
		{"[:upper:]", isupper}, {"[:lower:]", islower}, {"[:space:]", isspace},
		{"[:punct:]", ispunct}, {"[:xdigit:]", isxdigit}, {"[:blank:]", isblank}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		size_t len = strlen(classes[i].name);

		if (strncmp(p->at, classes[i].name, len) != 0)
			continue;
		for (int c = 0; c < 0x80; c++)
			if (classes[i].is(c))
				set_add(set, (unsigned)c);
		p->at += len;
		return true;
	}
	return false;
}

struct class
{
	struct pattern_set set;
	uint32_t wide[16]; /* members beyond ASCII */
	size_t wide_count;
};

static void class_add(struct parser *p, struct class *class, uint32_t from, uint32_t to)
{
	if (from > to || (from != to && to >= 0x80)) {
		p->bad = true;
	} else if (to < 0x80) {
		for (uint32_t c = from; c <= to; c++) {
			set_add(&class->set, c);
			if (p->code->fold) {
				set_add(&class->set, (unsigned)tolower((int)c));
				set_add(&class->set, (unsigned)toupper((int)c));
			}
		}
	} else if (class->wide_count == sizeof(class->wide) / sizeof(*class->wide)) {
		p->bad = true;
	} else {
		class->wide[class->wide_count++] = from;
	}
}

static void class_member(struct parser *p, struct class *class)
{
	uint32_t from, to;

	if (posix_class(p, &class->set))
		return;
	if (*p->at == '\\' && p->at[1] && named_class(p->at[1], &class->set)) {
		p->at += 2;
		return;
	}
	from = to = class_point(p);
	if (*p->at == '-' && p->at[1] && p->at[1] != ']') {
		p->at++;
		to = class_point(p);
	}
	class_add(p, class, from, to);
}

static void emit_class(struct parser *p, struct class *class, bool negated)
{
	size_t at = p->code->count, jump;
	bool none = true;

	if (negated) {
		class->set.bits[0] = ~class->set.bits[0];
		class->set.bits[1] = ~class->set.bits[1];
		p->bad |= class->wide_count > 0; /* all but some of them: nobody asks for it */
		emit_character(p, &class->set);
		return;
	}
	for (int i = 0; i < 4; i++)
		none &= !class->set.bits[i];
	if (!none || !class->wide_count)
		emit_set(p, &class->set);
	for (size_t i = 0; i < class->wide_count && !p->bad; i++) {
		if (none && i == 0) {
			emit_wide(p, class->wide[i]);
			continue;
		}
		jump = fork_from(p, at);
		emit_wide(p, class->wide[i]);
		join_at(p, jump);
	}
}

/* After the '['. */
static void class(struct parser *p)
{
	struct class class = {0};
	bool negated = *p->at == '^', first = true;

	p->at += negated;
	while (*p->at && (*p->at != ']' || first) && !p->bad) {
		first = false;
		class_member(p, &class);
	}
	p->bad |= *p->at != ']';
	if (p->bad)
		return;
	p->at++;
	emit_class(p, &class, negated);
}

/* ---- the grammar ---- */

static void plain_character(struct parser *p, uint32_t code)
{
	add_to_run(p, code);
	if (code < 0x80)
		emit_byte(p, code);
	else
		emit_wide(p, code);
}

static void group(struct parser *p)
{
	if (p->depth == DEPTH_MAX) {
		p->bad = true;
		return;
	}
	if (strncmp(p->at, "?:", 2) == 0)
		p->at += 2;
	p->depth++;
	alternatives(p);
	p->depth--;
	p->bad |= *p->at != ')';
	p->at += !p->bad;
}

static void backslash(struct parser *p)
{
	struct pattern_set set = {0};

	if (!*p->at) {
		p->bad = true;
	} else if (*p->at == 'b') {
		p->at++;
		not_only_text(p);
		emit(p, PATTERN_BORDER, 0, 0);
	} else if (named_class(*p->at, &set)) {
		not_only_text(p);
		if (isupper((unsigned char)*p->at++))
			emit_character(p, &set);
		else
			emit_set(p, &set);
	} else {
		plain_character(p, escaped(p));
	}
}

static void atom(struct parser *p)
{
	struct pattern_set any = {{~((uint64_t)1 << '\n'), ~(uint64_t)0, 0, 0}};
	char c = *p->at;
	uint32_t code;
	size_t used;

	if (c != '(' && c != '[' && c != '.' && c != '^' && c != '$' && c != '\\') {
		used = text_decode(p->at, strlen(p->at), &code);
		p->bad |= !used || strchr("*+?{", c);
		p->at += used;
		if (!p->bad)
			plain_character(p, code);
		return;
	}
	p->at++;
	if (c == '\\') {
		backslash(p);
		return;
	}
	not_only_text(p);
	if (c == '(')
		group(p);
	else if (c == '[')
		class(p);
	else if (c == '.')
		emit_character(p, &any);
	else
		emit(p, c == '^' ? PATTERN_BEGIN : PATTERN_END, 0, 0);
}

static int number(struct parser *p, int otherwise)
{
	int value = 0;

	if (!isdigit((unsigned char)*p->at))
		return otherwise;
	while (isdigit((unsigned char)*p->at) && value <= REPEAT_MAX)
		value = value * 10 + (*p->at++ - '0');
	p->bad |= value > REPEAT_MAX;
	return value;
}

/* "*", "+", "?", "{2}", "{2,}", "{2,5}": false when there is none. */
static bool how_often(struct parser *p, int *least, int *most)
{
	char c = *p->at;

	if (c != '*' && c != '+' && c != '?' && c != '{')
		return false;
	p->at++;
	*least = c == '+';
	*most = c == '?' ? 1 : ENDLESS;
	if (c != '{')
		return true;
	p->bad |= !isdigit((unsigned char)*p->at);
	*least = *most = number(p, 0);
	if (*p->at == ',') {
		p->at++;
		*most = number(p, ENDLESS);
	}
	p->bad |= *p->at != '}' || (*most != ENDLESS && *most < *least);
	p->at += !p->bad;
	return true;
}

static void copy(struct parser *p, size_t from, size_t len)
{
	for (size_t i = 0; i < len && !p->bad; i++) {
		struct pattern_step step = p->code->steps[from + i];

		emit(p, (enum pattern_op)step.op, step.x, step.y);
	}
}

/* What was emitted from `at` on, `least` to `most` times. */
static void repeat(struct parser *p, size_t at, int least, int most)
{
	struct pattern_step part[PATTERN_CODE_MAX];
	size_t len = p->code->count - at;
	int optional = most == ENDLESS ? 1 : most - least;

	memcpy(part, p->code->steps + at, len * sizeof(*part));
	for (int i = 1; i < least && !p->bad; i++)
		copy(p, at, len);
	if (least == 0)
		p->code->count = at;
	for (int i = 0; i < optional && !p->bad; i++) {
		emit(p, PATTERN_SPLIT, 1, (int)len + 1 + (most == ENDLESS));
		for (size_t n = 0; n < len && !p->bad; n++)
			emit(p, (enum pattern_op)part[n].op, part[n].x, part[n].y);
		if (most == ENDLESS)
			emit(p, PATTERN_JUMP, -(int)len - 1, 0);
	}
}

static void sequence(struct parser *p)
{
	while (*p->at && *p->at != '|' && *p->at != ')' && !p->bad) {
		size_t at = p->code->count, run = p->run_len;
		int least, most;

		atom(p);
		while (!p->bad && how_often(p, &least, &most)) {
			/* "abc*" has "ab" in it, and "abc+" too. */
			take_from_run(p, p->run_len > run ? p->run_len - run : 0);
			repeat(p, at, least, most);
		}
	}
}

static void alternatives(struct parser *p)
{
	size_t at = p->code->count, jump;

	sequence(p);
	while (*p->at == '|' && !p->bad) {
		p->at++;
		if (!p->depth) { /* neither side must be met */
			p->run_len = p->code->text_len = 0;
			p->only_text = false;
		}
		jump = fork_from(p, at);
		p->depth++; /* nothing in here must be met either */
		sequence(p);
		p->depth--;
		join_at(p, jump);
	}
}

static bool has_capital(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++; /* \S is a class, not a capital */
		else if (isupper((unsigned char)*text))
			return true;
	}
	return false;
}

static void finish(struct parser *p)
{
	end_run(p);
	emit(p, PATTERN_MATCH, 0, 0);
	p->code->is_text = p->only_text && p->code->text_len > 0;
}

bool pattern_compile(struct pattern_code *code, const char *text)
{
	struct parser p = {.code = code, .at = text, .only_text = true};

	*code = (struct pattern_code){.fold = !has_capital(text)};
	alternatives(&p);
	p.bad |= *p.at != '\0';
	finish(&p);
	return !p.bad;
}

void pattern_compile_plain(struct pattern_code *code, const char *text)
{
	struct parser p = {.code = code, .at = text, .only_text = true};
	bool fold = true;

	for (const char *at = text; *at; at++)
		fold &= !isupper((unsigned char)*at);
	*code = (struct pattern_code){.fold = fold};
	while (*p.at && !p.bad) {
		uint32_t c;
		size_t used = text_decode(p.at, strlen(p.at), &c);

		if (used) {
			plain_character(&p, c);
		} else {
			not_only_text(&p);
			emit_byte(&p, (unsigned char)*p.at);
		}
		p.at += used ? used : 1;
	}
	finish(&p);
}
