#include "core/network_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/own.h"

#define DOCKER            "com.docker.network."
#define BRIDGE_NAME       DOCKER "bridge.name"
#define BRIDGE_ICC        DOCKER "bridge.enable_icc"
#define BRIDGE_MASQUERADE DOCKER "bridge.enable_ip_masquerade"
#define BRIDGE_HOST       DOCKER "bridge.host_binding_ipv4"
#define BRIDGE_DEFAULT    DOCKER "bridge.default_bridge"
#define MTU               DOCKER "driver.mtu"

/* The least of ETH_MIN_MTU and the most of a bridge (net/bridge/br_device.c). */
enum { MTU_LEAST = 68, MTU_MOST = 65535 };

static bool is_text(const char *value)
{
	(void)value;
	return true;
}

static bool is_bool(const char *value)
{
	return str_eq(value, "true") || str_eq(value, "false");
}

static bool read_ipv4(const char *value, uint8_t out[4])
{
	uint8_t address[16];
	unsigned family = AF_INET;

	if (!address_parse(value, &family, address))
		return false;
	memcpy(out, address, 4);
	return true;
}

static bool is_ipv4(const char *value)
{
	uint8_t address[4];

	return read_ipv4(value, address);
}

static bool read_mtu(const char *value, uint32_t *out)
{
	char *end;
	unsigned long mtu = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || (mtu && mtu < MTU_LEAST) || mtu > MTU_MOST)
		return false;
	*out = (uint32_t)mtu;
	return true;
}

static bool is_mtu(const char *value)
{
	uint32_t mtu;

	return read_mtu(value, &mtu);
}

static const struct kind {
	const char *name;
	bool (*is_valid)(const char *value);
	const char *wants;
} kinds[] = {
	{BRIDGE_NAME, is_text, NULL},
	{BRIDGE_ICC, is_bool, "true or false"},
	{BRIDGE_MASQUERADE, is_bool, "true or false"},
	{BRIDGE_HOST, is_ipv4, "an IPv4 address"},
	{BRIDGE_DEFAULT, is_bool, "true or false"},
	{MTU, is_mtu, "a number of bytes from 68 to 65535, or 0 for the kernel's"},
};

static int check_one(const char *option, struct err *err)
{
	size_t len = strcspn(option, "=");
	const char *value = option[len] ? option + len + 1 : "";

	for (size_t i = 0; i < array_len(kinds); i++) {
		if (strlen(kinds[i].name) != len || strncmp(kinds[i].name, option, len) != 0)
			continue;
		return kinds[i].is_valid(value) ? 0
						: err_set(err, EINVAL, "--opt %s: it takes %s",
							  option, kinds[i].wants);
	}
	if (!str_has_prefix(option, DOCKER))
		return 0;
	return err_set(err, ENOTSUP, "--opt %.*s is not supported yet", (int)len, option);
}

int network_options_check(const struct strs *options, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < options->len && !failed; i++)
		failed = check_one(options->v[i], err);
	return failed;
}

void network_options_take(const struct strs *options, struct network *out)
{
	const char *mtu = strs_env(options, MTU), *host = strs_env(options, BRIDGE_HOST);

	out->isolated = str_eq(strs_env(options, BRIDGE_ICC), "false");
	out->masquerade = !str_eq(strs_env(options, BRIDGE_MASQUERADE), "false");
	if (mtu)
		read_mtu(mtu, &out->mtu);
	if (host)
		read_ipv4(host, out->publish_on);
}

const char *network_options_bridge(const struct strs *options)
{
	return strs_env(options, BRIDGE_NAME);
}
