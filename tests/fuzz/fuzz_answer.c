/* An HTTP answer's headers and body, and the addresses in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/http.h"
#include "core/image/retry.h"
#include "core/image/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_buf text = BUF_INIT;
	auto_free char *joined = NULL;
	char reason[200];

	buf_add(&text, data, size);
	buf_add(&answer.body, data, size);
	strs_addf(&answer.headers, "Location: %s", buf_text(&text));
	joined = url_join("https://a.example/v2/x/blobs/y", buf_text(&text));
	if (joined && strncmp(joined, "http", 4) != 0)
		abort();
	http_answer_reason(&answer, reason, sizeof(reason));
	for (const char *p = reason; *p; p++)
		if ((unsigned char)*p < ' ')
			abort();
	retry_after_s(http_answer_header(&answer, "location", NULL), 0);
	return 0;
}
