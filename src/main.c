/* davit - argv → a front end; nothing else. */
#include <string.h>

#include "cli/cli.h"
#include "core/module.h"

static int screen(const struct engine_options *options)
{
	int (*screen_main)(const struct engine_options *options);
	void *symbol;
	struct err err;

	if (module_symbol("screen", "screen_main", &symbol, &err) < 0)
		return cli_fail(&err, 1);
	memcpy(&screen_main, &symbol, sizeof(symbol));
	return screen_main(options);
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, screen);
}
