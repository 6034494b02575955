/* keymap_presets.c - see keymap_presets.h. */
#include <string.h>

#include "tui/keymap_presets.h"
#include "util/own.h"

#define preset_bytes(name)                                                                         \
	__asm__(".pushsection .rodata\n"                                                           \
		"keys_" #name ": .incbin \"assets/keys/" #name ".keys\"\n"                         \
		"keys_" #name "_end: .byte 0\n"                                                    \
		".popsection\n");                                                                  \
	extern const char keys_##name[], keys_##name##_end[]

preset_bytes(lazydocker);
preset_bytes(ctop);
preset_bytes(k9s);
preset_bytes(dry);

static const struct {
	const char *name, *text, *end;
} presets[] = {
	{"lazydocker", keys_lazydocker, keys_lazydocker_end},
	{"ctop", keys_ctop, keys_ctop_end},
	{"k9s", keys_k9s, keys_k9s_end},
	{"dry", keys_dry, keys_dry_end},
};

const char *keymap_preset(const char *name, size_t *len)
{
	for (size_t i = 0; i < array_len(presets); i++)
		if (strcmp(presets[i].name, name) == 0) {
			*len = (size_t)(presets[i].end - presets[i].text);
			return presets[i].text;
		}
	return NULL;
}

const char *keymap_preset_name(size_t index)
{
	return index < array_len(presets) ? presets[index].name : NULL;
}
