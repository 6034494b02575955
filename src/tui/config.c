/* config.c - see config.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "tui/config.h"
#include "util/path.h"

enum { FILE_MAX = 64 << 10, WAYS = 3 };

/* The nth place of a file; false when the environment does not name it. */
static bool place(int n, const char *name, char *out, size_t room)
{
	static const struct {
		const char *variable, *below;
	} ways[WAYS] = {{"XDG_CONFIG_HOME", "/davit/"}, {"HOME", "/.config/davit/"}, {NULL, NULL}};
	const char *base = ways[n].variable ? getenv(ways[n].variable) : "/etc";
	int len;

	if (!base || *base != '/')
		return false;
	len = snprintf(out, room, "%s%s%s", base, ways[n].below ? ways[n].below : "/davit/", name);
	return len > 0 && (size_t)len < room;
}

/* The first there is; its name goes to `path`, "" when there is none. */
static int find_file(const char *name, char path[PATH_MAX], struct buf *text, struct err *err)
{
	for (int i = 0; i < WAYS; i++) {
		int rc = -ENOENT;

		if (place(i, name, path, PATH_MAX))
			rc = path_read_at(AT_FDCWD, path, FILE_MAX, text);
		if (rc == -ENOENT || rc == -ENOTDIR)
			continue;
		return rc < 0 ? err_set(err, rc, "%s: %s", path, err_name(rc)) : 0;
	}
	*path = '\0';
	return 0;
}

int config_keys(struct keymap *keymap, struct err *err)
{
	auto_buf text = BUF_INIT;
	char path[PATH_MAX];
	int rc = find_file("keys", path, &text, err);

	if (rc < 0)
		return rc;
	if (keymap_parse(keymap, buf_text(&text), text.len, err) < 0)
		return err_in(err, "%s", path);
	return 0;
}

int config_theme(const char *name, struct buf *text, struct err *err)
{
	struct theme scratch = *theme_find("auto");
	char path[PATH_MAX];
	int rc = find_file("theme", path, text, err);

	if (rc == 0 && theme_parse(&scratch, buf_text(text), text->len, err) < 0)
		rc = err_in(err, "%s", path);
	if (rc < 0)
		buf_clear(text);
	else if (name && !theme_find(name))
		rc = err_set(err, EINVAL,
			"DAVIT_THEME: no theme is called '%.40s'; there are auto, dark, light, mono and hc",
			name);
	return rc;
}

int config_custom(struct custom **out, struct err *err)
{
	auto_buf text = BUF_INIT;
	char path[PATH_MAX];
	int rc = find_file("commands", path, &text, err);

	*out = NULL;
	if (rc == 0 && text.len && custom_parse(buf_text(&text), text.len, out, err) < 0)
		rc = err_in(err, "%s", path);
	return rc;
}
