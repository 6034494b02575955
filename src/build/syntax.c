/* The names of the Dockerfile front end, which is built in. */
#include <string.h>

#include "build/ast.h"
#include "util/strs.h"

bool syntax_is_ours(const char *syntax)
{
	static const char *const names[] = {
		"dockerfile.v0", "docker/dockerfile", "docker/dockerfile-upstream"};
	size_t len;

	if (str_has_prefix(syntax, "docker.io/"))
		syntax += strlen("docker.io/");
	len = strcspn(syntax, ":@ \t");
	for (size_t i = 0; i < array_len(names); i++)
		if (strlen(names[i]) == len && memcmp(names[i], syntax, len) == 0)
			return true;
	return false;
}
