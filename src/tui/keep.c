/* keep.c - see keep.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tui/keep.h"
#include "util/path.h"
#include "util/strs.h"

enum { FILE_MAX = 64 << 10, HISTORY_MAX = 200, LINE_MAX_LEN = 400 };

struct keep {
	struct settings *settings;
	struct strs history;                    /* the oldest first */
	char config[PATH_MAX], state[PATH_MAX]; /* directories; "": none */
	char path[PATH_MAX + 16]; /* of the settings that were read or will be written */
	bool broken;
};

struct keep *keep_new(void)
{
	struct keep *keep = calloc(1, sizeof(*keep));

	if (keep && !(keep->settings = settings_new())) {
		free(keep);
		return NULL;
	}
	return keep;
}

void keep_free(struct keep *keep)
{
	if (!keep)
		return;
	settings_free(keep->settings);
	strs_fini(&keep->history);
	free(keep);
}

struct settings *keep_settings(struct keep *keep)
{
	return keep->settings;
}

const char *keep_path(const struct keep *keep)
{
	return keep->path;
}

/* "$VARIABLE/davit", or "$HOME/below/davit"; "" when the environment names neither. */
static void find_directory(const char *variable, const char *below, char out[PATH_MAX])
{
	const char *base = getenv(variable), *home = getenv("HOME");
	int len = 0;

	*out = '\0';
	if (base && *base == '/')
		len = snprintf(out, PATH_MAX, "%s/davit", base);
	else if (home && *home == '/')
		len = snprintf(out, PATH_MAX, "%s/%s/davit", home, below);
	if (len < 0 || len >= PATH_MAX - 16)
		*out = '\0';
}

static int load_settings(struct keep *keep, struct err *err)
{
	static const char everyones[] = "/etc/davit/settings";
	auto_buf text = BUF_INIT;
	const char *path = keep->path;
	int rc = -ENOENT;

	if (*keep->config) {
		snprintf(keep->path, sizeof(keep->path), "%s/settings", keep->config);
		rc = path_read_at(AT_FDCWD, path, FILE_MAX, &text);
	}
	if (rc == -ENOENT || rc == -ENOTDIR) {
		path = everyones;
		rc = path_read_at(AT_FDCWD, path, FILE_MAX, &text);
	}
	if (rc == -ENOENT || rc == -ENOTDIR)
		return 0;
	if (rc < 0)
		return err_set(err, rc, "%s: %s", path, err_name(rc));
	if (settings_parse(keep->settings, buf_text(&text), text.len, err) == 0)
		return 0;
	keep->broken = path == keep->path;
	return err_in(err, "%s", path);
}

static void load_history(struct keep *keep)
{
	auto_buf text = BUF_INIT;
	char path[PATH_MAX + 16], *at, *line;

	snprintf(path, sizeof(path), "%s/history", keep->state);
	if (!*keep->state || path_read_at(AT_FDCWD, path, FILE_MAX, &text) < 0 || !text.len)
		return;
	at = text.data;
	while ((line = strsep(&at, "\n")))
		if (*line && strlen(line) < LINE_MAX_LEN)
			strs_add(&keep->history, line);
}

int keep_load(struct keep *keep, struct err *err)
{
	find_directory("XDG_CONFIG_HOME", ".config", keep->config);
	find_directory("XDG_STATE_HOME", ".local/state", keep->state);
	load_history(keep);
	return load_settings(keep, err);
}

/* ---- settings ---- */

/* Replaces a file below a directory. Where it is a link, as dotfiles often are, what it points to
 * is replaced and the link stays. */
static int replace(const char *directory, const char *name, const struct buf *text, mode_t mode)
{
	char path[PATH_MAX + 16], target[PATH_MAX], *base;
	auto_close int dir = -1;

	if (buf_failed(text))
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (realpath(path, target)) {
		base = strrchr(target, '/');
		*base++ = '\0';
		dir = open(*target ? target : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return dir < 0 ? -errno : path_replace_at(dir, base, text->data, text->len, mode);
	}
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : path_replace_at(dir, name, text->data, text->len, mode);
}

/* The file may have been changed by another screen since: only our line is. */
static int save(struct keep *keep, const char *name, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_buf edited = BUF_INIT;
	int rc;

	if (!*keep->config)
		return 0;
	if (keep->broken)
		return err_set(err, EINVAL, "%s has a mistake: mend it, and then save", keep->path);
	rc = path_read_at(AT_FDCWD, keep->path, FILE_MAX, &text);
	if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR)
		return err_set(err, rc, "%s: %s", keep->path, err_name(rc));
	settings_edit(keep->settings, name, buf_text(&text), text.len, &edited);
	rc = path_mkdirs(keep->config, 0755);
	if (rc == 0)
		rc = replace(keep->config, "settings", &edited, 0644);
	return rc < 0 ? err_set(err, rc, "%s: %s", keep->path, err_name(rc)) : 0;
}

int keep_set(struct keep *keep, const char *name, const char *value, bool saves, struct err *err)
{
	int rc = settings_set(keep->settings, name, value, err);

	return rc == 0 && saves ? save(keep, name, err) : rc;
}

/* ---- history ---- */

const char *keep_history(const struct keep *keep, size_t age)
{
	return age < keep->history.len ? keep->history.v[keep->history.len - 1 - age] : NULL;
}

static void drop(struct strs *list, size_t i)
{
	free(list->v[i]);
	memmove(list->v + i, list->v + i + 1, (list->len - i) * sizeof(list->v[0]));
	list->len--;
}

static void save_history(const struct keep *keep)
{
	auto_buf text = BUF_INIT;

	if (!*keep->state || path_mkdirs(keep->state, 0700) < 0)
		return;
	for (size_t i = 0; i < keep->history.len; i++)
		buf_addf(&text, "%s\n", keep->history.v[i]);
	/* One that cannot be written is forgotten with this run. */
	replace(keep->state, "history", &text, 0600);
}

void keep_remember(struct keep *keep, const char *line)
{
	if (!*line || strlen(line) >= LINE_MAX_LEN || strchr(line, '\n'))
		return;
	for (size_t i = 0; i < keep->history.len; i++)
		if (strcmp(keep->history.v[i], line) == 0)
			drop(&keep->history, i--);
	if (keep->history.len == HISTORY_MAX)
		drop(&keep->history, 0);
	strs_add(&keep->history, line);
	save_history(keep);
}
