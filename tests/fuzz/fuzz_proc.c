#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/proc_text.h"
#include "runtime/launch_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a process calls itself, nothing of it may move a terminal. */
static void check_shown(const char *text, size_t room)
{
	size_t len = strlen(text);

	if (len >= room)
		abort();
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f ||
			(text[i] == (char)0xc2 && (unsigned char)text[i + 1] < 0xa0))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), shown[64];
	struct proc_status status;
	struct launch_stat few;
	struct proc_stat stat;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (proc_parse_stat(text, &stat) == 0 && strlen(stat.comm) >= sizeof(stat.comm))
		abort();
	if (proc_parse_status(text, &status) == 0 &&
		(!status.depth || status.depth > PROC_DEPTH_MAX))
		abort();
	if (launch_stat_parse(text, &few) == 0 && (!few.state || few.parent < 0))
		abort();
	proc_command(text, size, "name", shown, sizeof(shown));
	check_shown(shown, sizeof(shown));
	proc_command("", 0, text, shown, sizeof(shown));
	check_shown(shown, sizeof(shown));
	free(text);
	return 0;
}
