#include "core/image/bootstrap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "core/image/commit.h"
#include "core/confine.h"
#include "core/image/feed.h"
#include "core/image/jail.h"
#include "core/image/pack.h"
#include "core/image/platform.h"
#include "core/reference.h"
#include "util/buf.h"
#include "util/path.h"

#define DEBOOTSTRAP "/usr/sbin/debootstrap"
#define SCRIPTS     "/usr/share/debootstrap/scripts"

enum { SUITE_MAX = 40 };

struct bootstrap {
	struct store *store;
	const struct image_bootstrap_options *options;
	const struct image_watch *watch;
	char suite[SUITE_MAX + 1];
	char tag[256]; /* normalised */
	struct stage *stage;
	char *tree;                    /* path of the root below the stage */
	char complaint[JAIL_LINE_MAX]; /* the last thing debootstrap called an error */
};

static void bootstrap_fini(struct bootstrap *b)
{
	stage_free(b->stage);
	free(b->tree);
}

void bootstrap_os_release(const char *text, const char *key, char *out, size_t room)
{
	size_t len = strlen(key);

	*out = '\0';
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *value = line + len + 1;

		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		if (*value == '"' || *value == '\'')
			value++;
		snprintf(out, room, "%.*s", (int)strcspn(value, "\"'\n"), value);
		return;
	}
}

static void host_suite(char *out, size_t room)
{
	auto_buf text = BUF_INIT;
	char id[32];

	snprintf(out, room, "stable");
	if (path_read_at(AT_FDCWD, "/etc/os-release", 65536, &text) < 0)
		return;
	bootstrap_os_release(buf_text(&text), "ID", id, sizeof(id));
	if (str_eq(id, "debian"))
		bootstrap_os_release(buf_text(&text), "VERSION_CODENAME", out, room);
	if (!*out)
		snprintf(out, room, "stable");
}

static int check_suite(const struct bootstrap *b, struct err *err)
{
	char script[sizeof(SCRIPTS) + SUITE_MAX + 2];

	if (strspn(b->suite, "abcdefghijklmnopqrstuvwxyz0123456789-.") != strlen(b->suite) ||
		*b->suite == '.' || *b->suite == '-')
		return err_set(err, EINVAL, "bootstrap: %s is no name of a suite", b->suite);
	if (access(DEBOOTSTRAP, X_OK) < 0)
		return err_set(err, ENOENT,
			"bootstrap: debootstrap is not installed: it comes with the package debootstrap");
	snprintf(script, sizeof(script), SCRIPTS "/%s", b->suite);
	if (access(script, R_OK) < 0)
		return err_set(err, ENOENT,
			"bootstrap: debootstrap knows no suite %s; the known ones "
			"are in " SCRIPTS,
			b->suite);
	return 0;
}

static int read_options(struct bootstrap *b, struct err *err)
{
	const struct image_bootstrap_options *options = b->options;
	const char *mirror = options->mirror;
	auto_buf name = BUF_INIT, whole = BUF_INIT;
	struct reference ref;
	int failed;

	if (!str_eq(options->distribution, "debian"))
		return err_set(err, EINVAL, "bootstrap: %s cannot be made here, only debian",
			options->distribution);
	if (mirror && !str_has_prefix(mirror, "http://") && !str_has_prefix(mirror, "https://") &&
		!str_has_prefix(mirror, "file:///"))
		return err_set(err, EINVAL,
			"bootstrap: %s is no mirror: give an http, https or file URL", mirror);
	if (options->suite && strlen(options->suite) > SUITE_MAX)
		return err_set(
			err, EINVAL, "bootstrap: %.50s is no name of a suite", options->suite);
	if (options->suite && *options->suite)
		memcpy(b->suite, options->suite, strlen(options->suite) + 1);
	else
		host_suite(b->suite, sizeof(b->suite));
	failed = check_suite(b, err);
	if (failed)
		return failed;
	buf_addf(&name, "%s:%s", options->distribution, b->suite);
	failed = reference_parse(options->tag ? options->tag : buf_text(&name), &ref, err);
	if (failed)
		return failed;
	reference_default_tag(&ref);
	reference_text(&ref, &whole);
	snprintf(b->tag, sizeof(b->tag), "%s", buf_text(&whole));
	return 0;
}

static void say(const struct bootstrap *b, const char *line)
{
	if (b->watch && b->watch->on_line)
		b->watch->on_line(line, b->watch->arg);
}

/* "I: Retrieving InRelease": the letter says what kind of line it is. */
static void on_line(void *arg, const char *line)
{
	struct bootstrap *b = arg;

	if (str_has_prefix(line, "E: "))
		snprintf(b->complaint, sizeof(b->complaint), "%s", line + 3);
	if (str_has_prefix(line, "I: ") || str_has_prefix(line, "W: "))
		say(b, line + (line[0] == 'I' ? 3 : 0));
}

static int make_tree(struct bootstrap *b, struct err *err)
{
	auto_buf path = BUF_INIT;
	int failed = stage_new(b->store, &b->stage, err);

	if (failed)
		return failed;
	buf_addf(&path, "%s/staging/%s/tree", store_root(b->store), stage_name(b->stage));
	b->tree = buf_take(&path);
	if (!b->tree)
		return err_set(err, ENOMEM, "bootstrap: out of memory");
	if (mkdirat(stage_fd(b->stage), "tree", 0755) < 0)
		return err_sys(err, "bootstrap");
	return 0;
}

/* Nothing of the caller's environment but its proxies. */
static void fill_environment(struct strs *env)
{
	static const char *const kept[] = {"http_proxy", "https_proxy", "no_proxy", "ftp_proxy"};

	strs_add(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	strs_add(env, "LC_ALL=C");
	strs_add(env, "HOME=/root");
	strs_add(env, "DEBIAN_FRONTEND=noninteractive");
	for (size_t i = 0; i < array_len(kept); i++)
		if (getenv(kept[i]))
			strs_addf(env, "%s=%s", kept[i], getenv(kept[i]));
}

static int run_debootstrap(struct bootstrap *b, struct err *err)
{
	const char *const argv[] = {
		DEBOOTSTRAP, "--variant=minbase", b->suite, b->tree, b->options->mirror, NULL};
	auto_strs env = STRS_INIT;
	struct jail_program program = {.argv = argv,
		.on_line = on_line,
		.arg = b,
		.canceled = b->watch ? b->watch->canceled : NULL};
	int status = 0, failed;

	fill_environment(&env);
	if (strs_failed(&env))
		return err_set(err, ENOMEM, "bootstrap: out of memory");
	program.env = (const char *const *)env.v;
	failed = jail_run(&program, &status, err);
	if (!failed && status)
		failed = err_set(err, EIO, "debootstrap failed with %d: %s", status,
			*b->complaint ? b->complaint : "it gave no reason");
	return failed;
}

/* Removes all that is in a directory of the tree, and not the directory. */
static int empty_directory(int tree, const char *path, struct err *err)
{
	int fd = path_open_in(tree, path, O_RDONLY | O_DIRECTORY, 0), failed = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fd == -ENOENT ? 0
				     : err_set(err, fd, "bootstrap: %s: %s", path, err_name(fd));
	while (!failed && (entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			failed = path_remove_at(fd, entry->d_name);
	closedir(dir);
	return failed ? err_set(err, failed, "bootstrap: %s: %s", path, err_name(failed)) : 0;
}

/* What belongs to this host or to this run: caches, logs, devices, the names it copied from here.
 */
static int clean(struct bootstrap *b, struct err *err)
{
	static const char *const emptied[] = {"var/cache/apt/archives", "var/lib/apt/lists",
		"var/log/apt", "dev", "tmp", "run", "var/tmp"};
	static const struct {
		const char *dir, *name;
	} removed[] = {{"etc", "resolv.conf"}, {"etc", "hostname"},
		{"var/cache/apt", "pkgcache.bin"}, {"var/cache/apt", "srcpkgcache.bin"},
		{"var/log", "bootstrap.log"}, {"var/log", "dpkg.log"},
		{"var/log", "alternatives.log"}, {"var/cache/ldconfig", "aux-cache"}};
	auto_close int tree = openat(stage_fd(b->stage), "tree", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int failed = tree < 0 ? err_sys(err, "bootstrap") : 0;

	for (size_t i = 0; i < array_len(emptied) && !failed; i++)
		failed = empty_directory(tree, emptied[i], err);
	for (size_t i = 0; i < array_len(removed) && !failed; i++) {
		auto_close int dir = path_open_in(tree, removed[i].dir, O_RDONLY | O_DIRECTORY, 0);

		if (dir >= 0)
			path_remove_at(dir, removed[i].name);
	}
	return failed;
}

static int make_layer(struct bootstrap *b, struct layer **out, struct err *err)
{
	auto_close int fd =
		openat(stage_fd(b->stage), "tar", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	auto_of(feed) struct feed *feed = NULL;
	struct layer_wish wish = {0};
	uint64_t size = 0;
	int failed;

	if (fd < 0)
		return err_sys(err, "bootstrap");
	failed = pack_tree(b->tree, fd, b->watch ? b->watch->canceled : NULL, &size, err);
	if (failed)
		return failed;
	/* The tree is in the tar now; both and the layer at once would be a third more disk. */
	path_remove_at(stage_fd(b->stage), "tree");
	feed = feed_of_part(fd, 0, size);
	if (!feed)
		return err_set(err, ENOMEM, "bootstrap: out of memory");
	wish.size = size;
	return layer_unpack(b->store, feed, &wish, b->watch, out, err);
}

static void make_config(const struct bootstrap *b, const char *diff_id, struct buf *config)
{
	struct platform host;
	time_t now = time(NULL);
	char created[32];
	struct tm tm;

	platform_host(&host);
	gmtime_r(&now, &tm);
	strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_addf(config, "{\"architecture\":\"%s\",", host.architecture);
	if (*host.variant)
		buf_addf(config, "\"variant\":\"%s\",", host.variant);
	buf_addf(config,
		"\"config\":{\"Cmd\":[\"bash\"],"
		"\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]},"
		"\"created\":\"%s\",\"history\":[{\"created\":\"%s\",\"created_by\":"
		"\"debootstrap --variant=minbase %s\"}],\"os\":\"linux\","
		"\"rootfs\":{\"diff_ids\":[\"%s\"],\"type\":\"layers\"}}",
		created, created, b->suite, diff_id);
}

static int commit(struct bootstrap *b, struct layer *layer, struct err *err)
{
	auto_strs tags = STRS_INIT;
	auto_buf config = BUF_INIT, line = BUF_INIT;
	char id[DIGEST_SIZE];
	struct image_draft draft = {
		.layers = &layer, .n_layers = 1, .tags = &tags, .action = "import"};
	int failed;

	make_config(b, layer_diff_id(layer), &config);
	strs_add(&tags, b->tag);
	if (buf_failed(&config) || strs_failed(&tags))
		return err_set(err, ENOMEM, "bootstrap: out of memory");
	draft.config = buf_text(&config);
	draft.config_len = config.len;
	failed = image_commit(b->store, &draft, b->watch, id, err);
	if (failed)
		return failed;
	buf_addf(&line, "Loaded image: %s", reference_familiar_name(b->tag));
	say(b, buf_text(&line));
	return 0;
}

int image_bootstrap(struct store *store, const struct image_bootstrap_options *options,
	const struct image_watch *watch, struct err *err)
{
	__attribute__((cleanup(bootstrap_fini))) struct bootstrap b = {
		.store = store, .options = options, .watch = watch};
	auto_of(layer) struct layer *layer = NULL;
	int failed = read_options(&b, err);

	store_sweep(store);
	if (!failed)
		failed = make_tree(&b, err);
	if (!failed)
		failed = run_debootstrap(&b, err);
	/* From here on it is bytes from elsewhere, to be unpacked like anybody's. */
	if (!failed)
		failed = confine_job(store, 0, err);
	if (!failed)
		failed = clean(&b, err);
	if (!failed)
		failed = make_layer(&b, &layer, err);
	return failed ? failed : commit(&b, layer, err);
}
