#include "cli/modes.h"

#include <string.h>

#include "util/own.h"

enum { GROUND, ESCAPE, CSI, STRING, STRING_ESCAPE, CHARSET, SKIP_ONE };

/* ESC [ ? NUMBER h sets, … l resets. What is on when a terminal starts is undone with h. The
 * alternate screen goes first, so that the rest acts on the screen that is left. */
static const struct {
	uint16_t number;
	bool on_at_start;
} table[] = {
	{1049, false},
	{1047, false},
	{47, false},
	{1, false},
	{5, false},
	{6, false},
	{7, true},
	{9, false},
	{25, true},
	{66, false},
	{1000, false},
	{1001, false},
	{1002, false},
	{1003, false},
	{1004, false},
	{1005, false},
	{1006, false},
	{1015, false},
	{1016, false},
	{2004, false},
	{2026, false},
	{2031, false},
};

static void private_mode(struct modes *modes, uint16_t number, bool on)
{
	for (size_t i = 0; i < array_len(table); i++) {
		if (table[i].number != number)
			continue;
		if (on != table[i].on_at_start)
			modes->set |= UINT32_C(1) << i;
		else
			modes->set &= ~(UINT32_C(1) << i);
	}
}

static void finish_csi(struct modes *modes, char final)
{
	uint16_t first = modes->numbers[0];

	switch (final) {
	case 'h':
	case 'l':
		for (uint8_t i = 0; i < modes->count; i++) {
			if (modes->prefix == '?')
				private_mode(modes, modes->numbers[i], final == 'h');
			else if (!modes->prefix && modes->numbers[i] == 4)
				modes->insert = final == 'h';
		}
		return;
	case 'm':
		if (!modes->prefix)
			modes->coloured = modes->count > 1 || first != 0;
		return;
	case 'r':
		if (!modes->prefix)
			modes->region = modes->count > 1 || first != 0;
		return;
	case 'q':
		if (modes->prefix == ' ')
			modes->cursor_shape = first != 0;
		return;
	case 'u':
		if (modes->prefix == '>')
			modes->keyboards++;
		else if (modes->prefix == '<')
			modes->keyboards -= modes->keyboards > 0;
		return;
	}
}

static void in_csi(struct modes *modes, char c)
{
	uint8_t last = modes->count ? modes->count - 1 : 0;

	if (c >= '0' && c <= '9') {
		if (modes->numbers[last] < 6000)
			modes->numbers[last] = (uint16_t)(modes->numbers[last] * 10 + (c - '0'));
	} else if (c == ';' || c == ':') {
		if (modes->count < array_len(modes->numbers))
			modes->numbers[modes->count++] = 0;
	} else if ((c >= '<' && c <= '?') || (c >= ' ' && c <= '/')) {
		modes->prefix = c;
	} else if (c >= '@' && c <= '~') {
		finish_csi(modes, c);
		modes->state = GROUND;
	}
}

static void begin_csi(struct modes *modes)
{
	modes->state = CSI;
	modes->prefix = 0;
	modes->count = 1;
	memset(modes->numbers, 0, sizeof(modes->numbers));
}

static void after_escape(struct modes *modes, char c)
{
	modes->state = GROUND;
	switch (c) {
	case '[':
		begin_csi(modes);
		return;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		modes->state = STRING;
		return;
	case '(':
	case ')':
		modes->state = CHARSET;
		return;
	case '#':
	case '%':
	case '*':
	case '+':
		modes->state = SKIP_ONE;
		return;
	case '=':
		modes->keypad = true;
		return;
	case '>':
		modes->keypad = false;
		return;
	case 'c':
		*modes = (struct modes)MODES_INIT;
		return;
	}
}

static void step(struct modes *modes, char c)
{
	/* CAN, SUB and a new escape end whatever was under way. */
	if (c == 0x18 || c == 0x1a) {
		modes->state = GROUND;
		return;
	}
	if (c == 0x1b) {
		modes->state = modes->state == STRING ? STRING_ESCAPE : ESCAPE;
		return;
	}
	switch (modes->state) {
	case GROUND:
		if (c == 0x0e || c == 0x0f)
			modes->graphics = c == 0x0e;
		return;
	case ESCAPE:
		after_escape(modes, c);
		return;
	case CSI:
		in_csi(modes, c);
		return;
	case STRING:
		if (c == 7)
			modes->state = GROUND;
		return;
	case STRING_ESCAPE:
		if (c == '\\')
			modes->state = GROUND;
		else
			after_escape(modes, c);
		return;
	case CHARSET:
		modes->graphics = c != 'B';
		modes->state = GROUND;
		return;
	default:
		modes->state = GROUND;
	}
}

void modes_watch(struct modes *modes, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		/* Most output is plain text: go to the next control byte without the parser. */
		if (modes->state == GROUND) {
			while (data < end && (unsigned char)*data >= ' ')
				data++;
			if (data == end)
				return;
		}
		step(modes, *data++);
	}
}

void modes_undo(struct modes *modes, struct buf *out)
{
	if (modes->state == STRING || modes->state == STRING_ESCAPE)
		buf_adds(out, "\033\\");
	for (; modes->keyboards && modes->keyboards < 100; modes->keyboards--)
		buf_adds(out, "\033[<u");
	for (size_t i = 0; i < array_len(table); i++)
		if (modes->set & UINT32_C(1) << i)
			buf_addf(out, "\033[?%u%c", table[i].number,
				table[i].on_at_start ? 'h' : 'l');
	if (modes->insert)
		buf_adds(out, "\033[4l");
	if (modes->keypad)
		buf_adds(out, "\033>");
	/* Setting the region homes the cursor, so its place is kept around it. */
	if (modes->region)
		buf_adds(out, "\0337\033[r\0338");
	if (modes->graphics)
		buf_adds(out, "\033(B\017");
	if (modes->cursor_shape)
		buf_adds(out, "\033[0 q");
	if (modes->coloured)
		buf_adds(out, "\033[m");
	*modes = (struct modes)MODES_INIT;
}
