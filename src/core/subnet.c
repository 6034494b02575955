#include "core/subnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned address_size(unsigned family)
{
	return family == AF_INET6 ? 16 : 4;
}

bool address_parse(const char *text, unsigned *family, uint8_t out[16])
{
	unsigned wanted = *family ? *family : strchr(text, ':') ? AF_INET6 : AF_INET;
	uint8_t address[16] = {0};

	if (inet_pton((int)wanted, text, address) != 1)
		return false;
	*family = wanted;
	memcpy(out, address, sizeof(address));
	return true;
}

const char *address_text(unsigned family, const uint8_t address[16], char text[ADDRESS_TEXT])
{
	if (!inet_ntop((int)family, address, text, ADDRESS_TEXT))
		*text = '\0';
	return text;
}

bool address_is_zero(const uint8_t address[16])
{
	static const uint8_t zero[16];

	return memcmp(address, zero, sizeof(zero)) == 0;
}

static void clear_host_bits(uint8_t address[16], unsigned prefix)
{
	for (unsigned bit = prefix; bit < 128; bit++)
		address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

int subnet_parse(const char *text, struct subnet *out, struct err *err)
{
	const char *slash = strchr(text, '/');
	struct subnet subnet = {0};
	unsigned family = 0;
	char address[ADDRESS_TEXT], *end;
	unsigned long prefix;

	if (!slash || slash - text >= (long)sizeof(address))
		return err_set(err, EINVAL, "invalid CIDR address: %s", text);
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	prefix = strtoul(slash + 1, &end, 10);
	if (!address_parse(address, &family, subnet.base) || end == slash + 1 || *end ||
		slash[1] < '0' || slash[1] > '9' || prefix > 8 * address_size(family))
		return err_set(err, EINVAL, "invalid CIDR address: %s", text);
	subnet.family = (uint8_t)family;
	subnet.prefix = subnet.range_prefix = (uint8_t)prefix;
	clear_host_bits(subnet.base, subnet.prefix);
	memcpy(subnet.range_base, subnet.base, sizeof(subnet.base));
	*out = subnet;
	return 0;
}

const char *subnet_text(const struct subnet *subnet, char text[ADDRESS_TEXT + 4])
{
	char address[ADDRESS_TEXT];

	if (!subnet->family)
		*text = '\0';
	else
		snprintf(text, ADDRESS_TEXT + 4, "%s/%u",
			address_text(subnet->family, subnet->base, address), subnet->prefix);
	return text;
}

static bool agree(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
	unsigned whole = bits / 8, mask = 0xff00u >> bits % 8 & 0xff;

	return memcmp(a, b, whole) == 0 && (!mask || ((a[whole] ^ b[whole]) & mask) == 0);
}

bool subnet_has(const struct subnet *subnet, const uint8_t address[16])
{
	return subnet->family && agree(subnet->base, address, subnet->prefix);
}

bool subnet_overlaps(const struct subnet *a, const struct subnet *b)
{
	unsigned bits = a->prefix < b->prefix ? a->prefix : b->prefix;

	return a->family && a->family == b->family && agree(a->base, b->base, bits);
}

static uint64_t low_bits(const uint8_t address[16], unsigned family)
{
	unsigned size = address_size(family), from = size > 8 ? size - 8 : 0;
	uint64_t value = 0;

	for (unsigned i = from; i < size; i++)
		value = value << 8 | address[i];
	return value;
}

uint64_t subnet_index(const uint8_t base[16], unsigned family, const uint8_t address[16])
{
	return low_bits(address, family) - low_bits(base, family);
}

bool subnet_at(const struct subnet *subnet, uint64_t n, uint8_t out[16])
{
	unsigned size = address_size(subnet->family), from = size > 8 ? size - 8 : 0;
	uint64_t value = low_bits(subnet->base, subnet->family) + n;

	memcpy(out, subnet->base, 16);
	for (unsigned i = size; i-- > from; value >>= 8)
		out[i] = (uint8_t)value;
	return subnet_has(subnet, out);
}

uint64_t prefix_span(unsigned family, unsigned prefix)
{
	unsigned free_bits = 8 * address_size(family) - prefix;

	return free_bits >= 63 ? UINT64_C(1) << 63 : UINT64_C(1) << free_bits;
}

bool subnet_is_edge(const struct subnet *subnet, const uint8_t address[16])
{
	uint64_t index = subnet_index(subnet->base, subnet->family, address),
		 span = prefix_span(subnet->family, subnet->prefix);

	if (span <= 2) /* point to point: both ends are hosts */
		return false;
	return index == 0 || (subnet->family == AF_INET && index == span - 1);
}
