/* input.c - see input.h. */
#include <string.h>

#include "tui/input.h"
#include "tui/text.h"
#include "util/own.h"

/* What the held bytes are: too little to know, a key, or more than any key is. */
enum verdict { NEED_MORE, COMPLETE };

static const struct {
	char final;
	uint32_t code;
} letters[] = {
	{'A', KEY_UP},
	{'B', KEY_DOWN},
	{'C', KEY_RIGHT},
	{'D', KEY_LEFT},
	{'H', KEY_HOME},
	{'F', KEY_END},
	{'Z', KEY_BACKTAB},
	{'P', KEY_F1},
	{'Q', KEY_F1 + 1},
	{'R', KEY_F1 + 2},
	{'S', KEY_F1 + 3},
	{'M', KEY_ENTER},
};

static const struct {
	unsigned number;
	uint32_t code;
} numbers[] = {
	{1, KEY_HOME},
	{2, KEY_INSERT},
	{3, KEY_DELETE},
	{4, KEY_END},
	{5, KEY_PAGE_UP},
	{6, KEY_PAGE_DOWN},
	{7, KEY_HOME},
	{8, KEY_END},
	{11, KEY_F1},
	{12, KEY_F1 + 1},
	{13, KEY_F1 + 2},
	{14, KEY_F1 + 3},
	{15, KEY_F1 + 4},
	{17, KEY_F1 + 5},
	{18, KEY_F1 + 6},
	{19, KEY_F1 + 7},
	{20, KEY_F1 + 8},
	{21, KEY_F1 + 9},
	{23, KEY_F1 + 10},
	{24, KEY_F1 + 11},
};

static uint32_t code_of_letter(char final)
{
	for (size_t i = 0; i < array_len(letters); i++)
		if (letters[i].final == final)
			return letters[i].code;
	return KEY_UNKNOWN;
}

static uint32_t code_of_number(unsigned number)
{
	for (size_t i = 0; i < array_len(numbers); i++)
		if (numbers[i].number == number)
			return numbers[i].code;
	return KEY_UNKNOWN;
}

/* xterm sends modifiers as 1 + (1 shift, 2 alt, 4 control). */
static uint8_t mods_of(unsigned parameter)
{
	unsigned bits = parameter > 1 && parameter <= 8 ? parameter - 1 : 0;

	return (uint8_t)((bits & 1 ? KEY_SHIFT : 0) | (bits & 2 ? KEY_ALT : 0) |
			 (bits & 4 ? KEY_CTRL : 0));
}

/* ESC [ < button ; column ; row M: SGR 1006. A button let go (m) or held while moving is nothing.
 */
static void read_mouse(const struct input *input, struct key *key)
{
	static const uint8_t buttons[] = {MOUSE_LEFT, MOUSE_MIDDLE, MOUSE_RIGHT};
	unsigned p[3] = {0};
	size_t n = 0;

	for (size_t i = 3; i + 1 < input->len; i++) {
		char c = input->held[i];

		if (c == ';')
			n++;
		else if (c < '0' || c > '9' || n > 2 || p[n] > 9999)
			return;
		else
			p[n] = p[n] * 10 + (unsigned)(c - '0');
	}
	if (n != 2 || !p[1] || !p[2] || p[1] > 9999 || p[2] > 9999)
		return;
	key->code = KEY_MOUSE;
	key->x = (short)(p[1] - 1);
	key->y = (short)(p[2] - 1);
	if (input->held[input->len - 1] != 'M' || p[0] & 32)
		return;
	if (p[0] & 64)
		key->button = p[0] & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
	else if ((p[0] & 3) < 3)
		key->button = buttons[p[0] & 3];
}

/* ESC [ parameters final, whole in held. */
static void read_csi(const struct input *input, struct key *key)
{
	unsigned parameters[2] = {0, 0};
	char final = input->held[input->len - 1];
	size_t n = 0;

	if (input->held[2] == '<' && (final == 'M' || final == 'm')) {
		read_mouse(input, key);
		return;
	}
	for (size_t i = 2; i + 1 < input->len; i++) {
		char c = input->held[i];

		if (c == ';')
			n++;
		else if (c < '0' || c > '9')
			return;
		else if (n < 2 && parameters[n] < 1000)
			parameters[n] = parameters[n] * 10 + (unsigned)(c - '0');
	}
	if (final == 'n' && parameters[0] == 0)
		key->code = KEY_ALIVE;
	else
		key->code = final == '~' ? code_of_number(parameters[0]) : code_of_letter(final);
	key->mods = mods_of(parameters[1]);
}

static enum verdict judge_csi(const struct input *input, struct key *key)
{
	char last = input->held[input->len - 1];

	if (input->len == 2)
		return NEED_MORE;
	/* The Linux console sends F1 to F5 as ESC [ [ A to E. */
	if (input->held[2] == '[') {
		if (input->len < 4)
			return NEED_MORE;
		if (last >= 'A' && last <= 'E')
			key->code = KEY_F1 + (uint32_t)(last - 'A');
		return COMPLETE;
	}
	if (last >= 0x20 && last < 0x40)
		return input->len == KEY_RAW_MAX ? COMPLETE : NEED_MORE;
	if (last >= 0x40 && last < 0x7f)
		read_csi(input, key);
	return COMPLETE;
}

static size_t utf8_length(unsigned char first)
{
	return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
}

static enum verdict judge_character(const char *bytes, size_t len, struct key *key)
{
	uint32_t code;

	if (len < utf8_length((unsigned char)bytes[0]) && len < 4) {
		/* A tail byte that is none ends the wait. */
		if (len == 1 || ((unsigned char)bytes[len - 1] & 0xc0) == 0x80)
			return NEED_MORE;
	}
	if (text_decode(bytes, len, &code) == len)
		key->code = code;
	return COMPLETE;
}

static enum verdict judge(const struct input *input, struct key *key)
{
	*key = (struct key){.code = KEY_UNKNOWN};
	if (input->held[0] != KEY_ESC)
		return judge_character(input->held, input->len, key);
	if (input->len == 1)
		return NEED_MORE;
	if (input->held[1] == '[')
		return judge_csi(input, key);
	if (input->held[1] == 'O') {
		if (input->len == 2)
			return NEED_MORE;
		key->code = code_of_letter(input->held[2]);
		return COMPLETE;
	}
	key->mods = KEY_ALT;
	return judge_character(input->held + 1, input->len - 1, key);
}

static void finish(struct input *input, struct key *key)
{
	key->len = (uint8_t)input->len;
	memcpy(key->raw, input->held, input->len);
	input->len = 0;
}

size_t input_next(struct input *input, const char *bytes, size_t len, struct key *out, bool *got)
{
	*got = false;
	for (size_t used = 0; used < len;) {
		/* An escape begins anew, the terminal's answer perhaps: what it breaks off was no
		 * key, or one more escape, pressed on its own. */
		if (input->len > 0 && bytes[used] == KEY_ESC) {
			*out = (struct key){.code = KEY_UNKNOWN};
			if (input->len == 1 && input->held[0] == KEY_ESC)
				out->code = KEY_ESC;
			finish(input, out);
			*got = true;
			return used;
		}
		input->held[input->len++] = bytes[used++];
		if (judge(input, out) == COMPLETE) {
			finish(input, out);
			*got = true;
			return used;
		}
	}
	return len;
}

bool input_waits(const struct input *input)
{
	return input->len > 0;
}

bool input_flush(struct input *input, struct key *out)
{
	if (input->len == 0)
		return false;
	*out = (struct key){.code = (unsigned char)input->held[0], .len = 1};
	if (out->code >= 0x80)
		out->code = KEY_UNKNOWN;
	out->raw[0] = input->held[0];
	memmove(input->held, input->held + 1, --input->len);
	return true;
}
