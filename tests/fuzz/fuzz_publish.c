/* Ports and networks as users write them: any text is understood or refused in one sentence. */
#include <stdlib.h>
#include <string.h>

#include "core/publish.h"
#include "core/subnet.h"
#include "core/wanted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct publish_list list = {0};
	struct attachment attachment;
	struct subnet subnet;
	struct err err = {0};

	memcpy(text, data, size);
	text[size] = '\0';
	if (publish_parse(text, &list, &err) < 0 && !*err.text)
		abort();
	expose_parse(text, &list, &err);
	for (size_t i = 0; i < list.len; i++)
		if (!list.v[i].port || list.v[i].to < list.v[i].from)
			abort();
	publish_list_fini(&list);
	if (subnet_parse(text, &subnet, &err) == 0 && !subnet_has(&subnet, subnet.base))
		abort();
	if (attachment_parse(text, &attachment, &err) == 0)
		attachment_fini(&attachment);
	free(text);
	return 0;
}
