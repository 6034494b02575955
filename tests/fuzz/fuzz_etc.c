/* What a container makes of its hosts and resolv.conf, which are read before they are written
 * again: our lines come once each, and what was done once is not done twice. */
#include <stdlib.h>
#include <string.h>

#include "core/etc_text.h"
#include "util/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hosts(const char *text)
{
	struct etc_wanted wanted = {.hostname = "web", .domainname = "example.com"};
	const struct etc_gateway gateway = {"172.17.0.1", ""};
	auto_strs addresses = STRS_INIT;
	auto_buf once = BUF_INIT, twice = BUF_INIT;

	strs_add(&addresses, "172.17.0.2");
	strs_add(&wanted.hosts, "outside:host-gateway");
	etc_hosts_follow(text, &wanted, &gateway, &addresses, &once);
	etc_hosts_follow(buf_text(&once), &wanted, &gateway, &addresses, &twice);
	if (strcmp(buf_text(&once), buf_text(&twice)) != 0 ||
		!strstr(buf_text(&once), "172.17.0.2\tweb.example.com web\n") ||
		!strstr(buf_text(&once), "172.17.0.1\toutside\n"))
		abort();
	strs_fini(&wanted.hosts);
}

static void check_conf(const char *text)
{
	struct etc_wanted wanted = {.hostname = "web"};
	struct etc_resolving resolving;

	for (int place = ETC_HOST; place <= ETC_INTERNAL; place++) {
		auto_buf out = BUF_INIT;

		etc_resolve((enum etc_place)place, &wanted, text, text, &resolving);
		resolv_conf_write(&resolving.conf, &out);
		if (!resolv_conf_is_untouched(buf_text(&out)))
			abort();
		etc_resolving_fini(&resolving);
	}
	resolv_conf_is_untouched(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf text = BUF_INIT;
	struct etc_wanted wanted;

	buf_add(&text, data, size);
	check_hosts(buf_text(&text));
	check_conf(buf_text(&text));
	if (!etc_wanted_read(buf_text(&text), &wanted))
		etc_wanted_fini(&wanted);
	return 0;
}
