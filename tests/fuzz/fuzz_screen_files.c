/* The user's files, which one by the first byte: keys, theme, settings, commands. Nothing crashes,
 * what is refused changes nothing, and what a setting's file becomes can be read again. */
#include <assert.h>
#include <stdint.h>

#include "tui/custom.h"
#include "tui/keymap.h"
#include "tui/settings.h"
#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static void read_keys(const char *text, size_t len)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct err err;

	if (!keymap)
		return;
	if (keymap_parse(keymap, text, len, &err) < 0)
		assert(strcmp(keymap_label(keymap, ACTION_STOP), "s") == 0 && *err.text);
	keymap_choose(keymap, "k9s", &err);
	keymap_choose(keymap, "default", &err);
}

static void read_theme(const char *text, size_t len)
{
	struct theme theme = *theme_find("auto"), before = theme;
	struct err err;

	if (theme_parse(&theme, text, len, &err) < 0)
		assert(memcmp(&theme, &before, sizeof(theme)) == 0 && *err.text);
}

static void read_settings(const char *text, size_t len)
{
	auto_of(settings) struct settings *settings = settings_new();
	auto_of(settings) struct settings *again = settings_new();
	auto_buf edited = BUF_INIT;
	struct err err;

	if (!settings || !again || settings_parse(settings, text, len, &err) < 0)
		return;
	if (settings_set(settings, "filter.fuzz", "name:a | cpu>5", &err) < 0)
		return; /* there are too many */
	settings_edit(settings, "filter.fuzz", text, len, &edited);
	assert(settings_parse(again, buf_text(&edited), edited.len, &err) == 0);
	assert(strcmp(settings_filter(again, "fuzz"), "name:a | cpu>5") == 0);
	assert(strcmp(settings_get(again, "theme"), settings_get(settings, "theme")) == 0);
}

static void read_commands(const char *text, size_t len)
{
	auto_of(custom) struct custom *custom = NULL;
	const struct custom_command *command;
	auto_strs fields = STRS_INIT;
	struct err err;

	if (custom_parse(text, len, &custom, &err) < 0)
		return;
	strs_add(&fields, "Name=it's \"a\" $(name)");
	strs_add(&fields, "ID=");
	for (int context = 0; context < CONTEXT_COUNT; context++)
		for (size_t n = 0; (command = custom_at(custom, (enum context)context, n)); n++) {
			auto_buf line = BUF_INIT;

			custom_line(command, &fields, &line, &err);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static void (*const readers[])(const char *text, size_t len) = {
		read_keys, read_theme, read_settings, read_commands};

	if (len > 0)
		readers[input[0] % array_len(readers)]((const char *)input + 1, len - 1);
	return 0;
}
