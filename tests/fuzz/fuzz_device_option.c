/* --device, --device-cgroup-rule and the limits of devices: what is accepted is what it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/device_option.h"

static void check_device(const char *text)
{
	struct device_option device;
	struct err err;

	if (device_option_read(text, &device, &err) < 0)
		return;
	if (device.host[0] != '/' || device.container[0] != '/' || !device.access[0] ||
		strspn(device.access, "rwm") != strlen(device.access))
		abort();
	device_option_fini(&device);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	char *text = strndup((const char *)input, len), *path;
	struct device_rule rule;
	uint64_t rate;
	unsigned weight;
	struct err err;

	if (!text)
		return 0;
	check_device(text);
	if (device_option_rule(text, &rule, &err) == 0 && (rule.major < -1 || rule.minor < -1))
		abort();
	for (int bps = 0; bps < 2; bps++)
		if (device_option_rate(text, bps, &path, &rate, &err) == 0)
			free(path);
	if (device_option_weight(text, &path, &weight, &err) == 0)
		free(path);
	free(text);
	return 0;
}
