#include "cli/confirm.h"

#include <stdio.h>
#include <strings.h>

bool confirm(struct output *out, const char *warning)
{
	char answer[16];

	buf_addf(&out->text, "WARNING! %s\nAre you sure you want to continue? [y/N] ", warning);
	if (!output_flush(out) || !fgets(answer, sizeof(answer), stdin))
		return false;
	return strcasecmp(answer, "y\n") == 0;
}
