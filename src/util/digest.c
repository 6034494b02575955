#include "util/digest.h"

#include <errno.h>
#include <string.h>

#include "util/own.h"
#include "util/strs.h"

static const struct {
	const char *name;
	size_t hex;
} algorithms[] = {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}};

bool digest_is_sha256(const char *text)
{
	return str_has_prefix(text, "sha256:") && str_is_hex(text + 7, DIGEST_HEX) &&
	       text[7 + DIGEST_HEX] == '\0';
}

const char *digest_hex(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* algorithm = component (separator component)*, each component beginning with a letter */
static bool is_algorithm(const char *text, size_t len)
{
	bool begins = true;

	for (size_t i = 0; i < len; i++) {
		bool letter = is_alnum(text[i]) && !(text[i] >= '0' && text[i] <= '9');

		if (begins ? !letter : !is_alnum(text[i]) && !strchr("-_+.", text[i]))
			return false;
		begins = !begins && !is_alnum(text[i]);
	}
	return len > 0 && !begins;
}

int digest_check(const char *text, struct err *err)
{
	static const char hex_digits[] = "0123456789abcdefABCDEF";
	size_t name = strcspn(text, ":");
	const char *hex = text + name + 1;
	size_t len = text[name] ? strlen(hex) : 0;

	if (len < 32 || strspn(hex, hex_digits) != len || !is_algorithm(text, name))
		return err_set(err, EINVAL, "invalid reference format");
	for (size_t i = 0; i < array_len(algorithms); i++) {
		if (strlen(algorithms[i].name) != name ||
			memcmp(text, algorithms[i].name, name) != 0)
			continue;
		if (len != algorithms[i].hex)
			return err_set(err, EINVAL, "invalid checksum digest length");
		if (!str_is_hex(hex, len))
			return err_set(err, EINVAL, "invalid checksum digest format");
		return 0;
	}
	return err_set(err, EINVAL, "unsupported digest algorithm");
}
