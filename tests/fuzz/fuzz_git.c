/* What a user or a repository says about where a repository is. The first byte says which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/git/git_modules.h"
#include "build/git_url.h"

static void read_url(const char *text)
{
	struct git_url url;
	struct err err;
	char shown[64];

	git_url_show(text, shown, sizeof(shown));
	if (git_url_parse(text, &url, &err) < 0)
		return;
	/* What a fetch would be given never looks like an option, and stays in the repository. */
	if (*url.remote == '-' || (url.ref && *url.ref == '-') ||
		(url.subdir &&
			(*url.subdir == '/' || strcmp(url.subdir, "..") == 0 ||
				strncmp(url.subdir, "../", 3) == 0 || strstr(url.subdir, "/../"))))
		abort();
	free(git_url_join(url.remote, "../a"));
	git_url_fini(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct git_modules *modules;
	struct err err;
	char *text;

	if (!len)
		return 0;
	if (*input == 'm') {
		if (git_modules_parse((const char *)input + 1, len - 1, &modules, &err) == 0) {
			git_modules_url(modules, "a");
			git_modules_free(modules);
		}
		return 0;
	}
	text = strndup((const char *)input + 1, len - 1);
	if (!text)
		return 0;
	read_url(text);
	if (git_url_is("https://h/a/b.git"))
		free(git_url_join("https://h/a/b.git", text));
	free(text);
	return 0;
}
