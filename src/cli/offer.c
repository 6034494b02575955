/* The first command after a boot that starts something says what a boot would have started. */
#include "cli/cli.h"

void offer_boot(struct engine *engine)
{
	auto_buf sentence = BUF_INIT;

	engine_boot_offer(engine, &sentence);
	if (sentence.len)
		cli_say("%s", buf_text(&sentence));
}
