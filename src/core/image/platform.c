#include "core/image/platform.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "util/own.h"
#include "util/strs.h"

static const char *const systems[] = {"linux", "windows", "darwin", "freebsd", "netbsd", "openbsd",
	"android", "illumos", "solaris", "aix", "dragonfly", "plan9", "js", "wasip1"};
static const char *const architectures[] = {"386", "amd64", "arm", "arm64", "loong64", "mips",
	"mipsle", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"};

/* What people and uname(2) call an architecture, and what images do. */
static const struct {
	const char *from, *to, *variant;
} aliases[] = {
	{"x86_64", "amd64", NULL},
	{"x86-64", "amd64", NULL},
	{"i386", "386", NULL},
	{"i486", "386", NULL},
	{"i586", "386", NULL},
	{"i686", "386", NULL},
	{"aarch64", "arm64", NULL},
	{"armhf", "arm", "v7"},
	{"armel", "arm", "v6"},
	{"armv5l", "arm", "v5"},
	{"armv6l", "arm", "v6"},
	{"armv7l", "arm", "v7"},
	{"armv8l", "arm", "v7"},
	{"loongarch64", "loong64", NULL},
};

static bool is_one_of(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], text))
			return true;
	return false;
}

static void set(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text);
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static void normalise_variant(struct platform *p)
{
	char *variant = p->variant;

	if (variant[0] >= '0' && variant[0] <= '9') {
		char number[sizeof(p->variant) - 1];

		snprintf(number, sizeof(number), "%.13s", variant);
		snprintf(variant, sizeof(p->variant), "v%s", number);
	}
	/* The plain one of each family goes without saying, but for arm, where it is said. */
	if (str_eq(p->architecture, "amd64") && str_eq(variant, "v1"))
		variant[0] = '\0';
	if (str_eq(p->architecture, "arm64") && str_eq(variant, "v8"))
		variant[0] = '\0';
	if (str_eq(p->architecture, "arm") && !*variant)
		set(variant, sizeof(p->variant), "v7");
}

void platform_normalise(struct platform *p)
{
	lower(p->os);
	lower(p->architecture);
	lower(p->variant);
	if (str_eq(p->os, "macos"))
		set(p->os, sizeof(p->os), "darwin");
	for (size_t i = 0; i < array_len(aliases); i++) {
		if (!str_eq(p->architecture, aliases[i].from))
			continue;
		set(p->architecture, sizeof(p->architecture), aliases[i].to);
		if (aliases[i].variant)
			set(p->variant, sizeof(p->variant), aliases[i].variant);
		break;
	}
	normalise_variant(p);
}

void platform_host(struct platform *out)
{
	struct utsname names;

	*out = (struct platform){.os = "linux"};
	uname(&names);
	snprintf(out->architecture, sizeof(out->architecture), "%.31s", names.machine);
	platform_normalise(out);
}

/* The next part of text, up to a slash; false: it is longer than any name, or none. */
static bool part(const char **text, char *out, size_t room)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strcspn(*text, "/"), name = strspn(*text, letters);

	/* Windows writes its version in brackets. */
	if (len >= room || (name < len && (*text)[name] != '('))
		return false;
	memcpy(out, *text, len);
	out[len] = '\0';
	*text += len + ((*text)[len] == '/');
	return true;
}

static int bad(const char *text, struct err *err)
{
	return err_set(err, EINVAL,
		"\"%.60s\" is an invalid platform: it should be os[/arch[/variant]]", text);
}

int platform_parse(const char *text, struct platform *out, struct err *err)
{
	struct platform p = {0}, host;
	const char *at = text;

	platform_host(&host);
	if (!part(&at, p.os, sizeof(p.os)) || !part(&at, p.architecture, sizeof(p.architecture)) ||
		!part(&at, p.variant, sizeof(p.variant)) || *at || !p.os[0])
		return bad(text, err);
	p.os[strcspn(p.os, "(")] = '\0'; /* Windows writes its version there */
	if (!p.architecture[0]) {
		struct platform word = {0};

		/* One word is either half. */
		set(word.architecture, sizeof(word.architecture), p.os);
		platform_normalise(&p);
		platform_normalise(&word);
		if (is_one_of(systems, array_len(systems), p.os)) {
			set(p.architecture, sizeof(p.architecture), host.architecture);
			set(p.variant, sizeof(p.variant), host.variant);
		} else if (is_one_of(architectures, array_len(architectures), word.architecture)) {
			p = word;
			set(p.os, sizeof(p.os), host.os);
		} else {
			return err_set(err, EINVAL,
				"\"%.60s\": unknown operating system or architecture", text);
		}
	}
	platform_normalise(&p);
	*out = p;
	return 0;
}

static int version_of(const char *variant, int otherwise)
{
	return variant[0] == 'v' ? atoi(variant + 1) : otherwise;
}

/* arm64 runs its own ladder (v9.x, v8.x down to v8), then 32-bit arm from v8 down to v5. */
static int rank_arm(const struct platform *host, const struct platform *candidate)
{
	bool wide = str_eq(host->architecture, "arm64");
	int own = version_of(host->variant, wide ? 8 : 7);
	int other =
		version_of(candidate->variant, str_eq(candidate->architecture, "arm64") ? 8 : 7);

	if (str_eq(candidate->architecture, "arm64"))
		return wide && other <= own ? 100 + other : 0;
	if (!str_eq(candidate->architecture, "arm"))
		return 0;
	return other <= (wide ? 8 : own) && other >= 5 ? 10 + other : 0;
}

int platform_rank(const struct platform *host, const struct platform *candidate)
{
	int own, other;

	if (!str_eq(host->os, candidate->os))
		return 0;
	if (str_has_prefix(host->architecture, "arm"))
		return rank_arm(host, candidate);
	if (str_eq(host->architecture, "amd64") && str_eq(candidate->architecture, "386"))
		return 1;
	if (!str_eq(host->architecture, candidate->architecture))
		return 0;
	if (!str_eq(host->architecture, "amd64"))
		return str_eq(host->variant, candidate->variant) ? 3 : 2;
	own = version_of(host->variant, 1);
	other = version_of(candidate->variant, 1);
	return other <= own ? 10 + other : 0;
}

void platform_text(const struct platform *p, char text[96])
{
	snprintf(text, 96, "%s/%s%s%s", p->os, p->architecture, p->variant[0] ? "/" : "",
		p->variant);
}
