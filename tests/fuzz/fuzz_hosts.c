/* TOML, and what hosts.toml, registries.conf and daemon.json make of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/hosts.h"
#include "util/json.h"
#include "util/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What becomes part of a request holds no line end, and every host has all its parts. */
static void check(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->len; i++) {
		const struct host_spec *spec = &hosts->v[i];

		if (!spec->name || !spec->prefix || !spec->repository ||
			strpbrk(spec->name, "/\r\n ") || strpbrk(spec->prefix, "\r\n "))
			abort();
		for (size_t j = 0; j < spec->headers.len; j++)
			if (strpbrk(spec->headers.v[j], "\r\n"))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hosts_question question = {.domain = "docker.io", .path = "library/debian"};
	auto_hosts one = {.len = 0}, two = {.len = 0}, three = {.len = 0};
	auto_json *toml = NULL, *json = NULL;
	struct err err = {0};
	size_t fit = 0;

	if (toml_parse((const char *)data, size, &toml, &err) == 0) {
		if (hosts_parse_toml(toml, &question, "/dir", &one, &err) == 0)
			check(&one);
		if (hosts_parse_registries(toml, &question, &fit, &two, &err) == 0)
			check(&two);
		json = cJSON_Duplicate(toml, true);
	}
	if (!json)
		json_parse((const char *)data, size, &json, &err);
	if (hosts_parse_daemon(json, &question, &three, &err) == 0)
		check(&three);
	hosts_is_insecure(json, "[::1]:5000");
	hosts_is_insecure(json, "10.0.0.1");
	return 0;
}
