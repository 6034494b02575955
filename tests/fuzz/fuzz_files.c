/* Key map and theme files: taken or refused with a sentence, never half. */
#include <assert.h>
#include <stdint.h>

#include "tui/keymap.h"
#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct theme theme = *theme_find("auto");
	struct err err = {0};

	if (keymap_parse(keymap, (const char *)input, len, &err) < 0)
		assert(*err.text && *keymap_label(keymap, ACTION_BACK));
	if (theme_parse(&theme, (const char *)input, len, &err) < 0)
		assert(*err.text && memcmp(&theme, theme_find("auto"), sizeof(theme)) == 0);
	return 0;
}
