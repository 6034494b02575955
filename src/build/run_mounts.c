#include "build/run_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/copy.h"
#include "build/glob.h"
#include "build/hidden.h"
#include "build/no_memory.h"
#include "build/secret.h"
#include "core/step.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { LOCK_PAUSE_US = 20000 };

/* One mount, ready. */
struct ready {
	const struct build_mount *what;
	char *source; /* absolute path; NULL: a tmpfs, or nothing */
	int lock;     /* of a cache, or -1 */
};

struct run_mounts {
	struct build_work *work;
	const struct build_run *what;
	struct ready *v;
	char *script;    /* path of the script's file */
	char memory[64]; /* of our directory below the run root; "": none */
	int memory_fd, memory_lock;
	unsigned files;
	struct strs env;
};

/* ---- the key ---- */

/* What .dockerignore leaves out is not there. */
static int list_files(struct node *from, const struct build_mount *mount,
	const struct files_source *source, struct files *files, struct err *err)
{
	const struct files_pick pick = {.path = mount->source + strspn(mount->source, "/")};
	struct files_source filtered = *source;
	struct filter filter;
	int failed = filter_init(&filter, from->ignore, NULL, err);

	if (!failed && !filter_is_empty(&filter)) {
		filtered.omit = filter_omits;
		filtered.arg = &filter;
	}
	if (!failed)
		failed = files_add(files, &filtered, &pick, err);
	filter_fini(&filter);
	return failed;
}

static int key_of_files(struct build_work *work, struct node *from, const struct build_mount *mount,
	struct key *key, struct err *err)
{
	struct files_source source = {.root_fd = from->root_fd, .canceled = work->canceled};
	uint8_t digest[FILES_HASH];
	auto_files files = {0};
	int failed = list_files(from, mount, &source, &files, err);

	if (failed)
		return failed;
	pthread_mutex_lock(&work->mounting);
	failed = files_hash(&files, &source, from->stamps, err);
	pthread_mutex_unlock(&work->mounting);
	if (!failed)
		failed = files_digest(&files, &source, false, digest, err);
	if (!failed)
		key_bytes(key, "files", digest, sizeof(digest));
	return failed;
}

int run_mounts_key(
	struct build_work *work, const struct build_run *what, struct key *key, struct err *err)
{
	for (size_t i = 0; i < what->mounts_len; i++) {
		const struct build_mount *mount = &what->mounts[i];
		struct node *from;

		if (mount->kind != BUILD_MOUNT_BIND || mount->from == BUILD_NONE)
			continue;
		from = &work->nodes[mount->from];
		if (from->foreign_owner)
			key_bytes(key, "tree", from->content, sizeof(from->content));
		else if (node_open_root(work, from, err) < 0 ||
			 key_of_files(work, from, mount, key, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- bind ---- */

/* Where a path of a tree really is, whatever links lead to it; below the root in any case. */
static int real_source(const char *root, const char *path, char **out, struct err *err)
{
	auto_close int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = root_fd < 0 ? -1 : path_open_in(root_fd, *path ? path : ".", O_PATH, 0);
	char link[40], real[4096];
	ssize_t len;

	if (fd < 0)
		return err_set(
			err, ENOENT, "failed to compute cache key: \"%.200s\": not found", path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, real, sizeof(real) - 1);
	if (len <= 0)
		return err_sys(err, "build: mount %.200s", path);
	real[len] = '\0';
	*out = strdup(real);
	return *out ? 0 : no_memory(err);
}

/* Of a context what .dockerignore leaves out is not shown. */
static int show_context(
	struct build_work *work, struct node *from, bool writable, char **root, struct err *err)
{
	auto_strs dirs = STRS_INIT;

	if (node_open_root(work, from, err) < 0 || hidden_lowers(work, from, &dirs, err) < 0)
		return err->code;
	return trees_mount_dirs(work->trees, &dirs, writable, root, err);
}

static int show_tree(
	struct build_work *work, struct node *from, bool writable, char **root, struct err *err)
{
	if (writable)
		return trees_mount_scratch(work->trees, from ? &from->layers : NULL, root, err);
	if (!from)
		return trees_directory(work->trees, root, err);
	if (node_open_root(work, from, err) < 0)
		return err->code;
	*root = strdup(from->root);
	return *root ? 0 : no_memory(err);
}

static int open_bind(struct run_mounts *mounts, struct ready *ready, struct err *err)
{
	struct build_work *work = mounts->work;
	const struct build_mount *what = ready->what;
	struct node *from = what->from == BUILD_NONE ? NULL : &work->nodes[what->from];
	auto_free char *root = NULL;

	if ((from && !from->foreign_owner
			    ? show_context(work, from, !what->read_only, &root, err)
			    : show_tree(work, from, !what->read_only, &root, err)) < 0)
		return err->code;
	return real_source(root, what->source, &ready->source, err);
}

/* ---- cache ---- */

/* An empty cache that has a source begins with what is there. */
static int fill_cache(
	struct run_mounts *mounts, const struct build_mount *what, int data, struct err *err)
{
	struct node *from = &mounts->work->nodes[what->from];
	struct files_source source = {.canceled = mounts->work->canceled};
	struct copy_order order = {.source = &source, .to = "/", .keep_owner = from->foreign_owner};
	auto_of(dest) struct dest *dest = NULL;
	auto_files files = {0};

	if (node_open_root(mounts->work, from, err) < 0)
		return err->code;
	source.root_fd = from->root_fd;
	order.files = &files;
	if (list_files(from, what, &source, &files, err) < 0 ||
		dest_new(NULL, 0, data, &dest, err) < 0 || copy_files(dest, &order, err) < 0)
		return err->code;
	return dest_finish(dest, err);
}

static int seed_cache(
	struct run_mounts *mounts, const struct build_mount *what, int dir, struct err *err)
{
	auto_close int data = -1;

	if (mkdirat(dir, "data", 0755) < 0)
		return errno == EEXIST ? 0 : err_sys(err, "build: cache mount");
	data = openat(dir, "data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (data < 0)
		return err_sys(err, "build: cache mount");
	path_replace_at(dir, "id", what->id, strlen(what->id), 0600); /* for builder du */
	if (what->from != BUILD_NONE && fill_cache(mounts, what, data, err) < 0)
		return err->code;
	if (fchown(data, what->uid < 0 ? 0 : (uid_t)what->uid,
		    what->gid < 0 ? 0 : (gid_t)what->gid) < 0 ||
		fchmod(data, what->mode < 0 ? 0755 : (mode_t)what->mode) < 0)
		return err_sys(err, "build: cache mount");
	return 0;
}

static int lock_cache(
	struct run_mounts *mounts, int dir, bool exclusive, bool wait, struct err *err)
{
	auto_close int lock = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (lock < 0)
		return err_sys(err, "build: cache mount");
	while (flock(lock, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || !wait)
			return -EWOULDBLOCK;
		if (work_is_canceled(mounts->work))
			return err_set(err, ECANCELED, "canceled");
		usleep(LOCK_PAUSE_US);
	}
	futimens(lock, NULL); /* when it was last of use */
	return take_fd(&lock);
}

/* Whoever prunes caches may have taken it away before we had its lock. */
static bool is_there_still(struct store *store, const char *path, int dir)
{
	struct stat named, held;

	return fstat(dir, &held) == 0 &&
	       fstatat(store_dir(store, STORE_CACHE), path, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

/* shared: as many as like; locked: one after another; private: another one for each at a time. */
static int open_cache_named(
	struct run_mounts *mounts, struct ready *ready, const char *name, struct err *err)
{
	const struct build_mount *what = ready->what;
	struct store *store = mounts->work->store;
	auto_buf path = BUF_INIT;
	auto_close int dir = -1;
	int lock;

	buf_addf(&path, "mounts/%s", name);
	if (mkdirat(store_dir(store, STORE_CACHE), "mounts", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "build: cache mount");
	if (mkdirat(store_dir(store, STORE_CACHE), buf_text(&path), 0700) < 0 && errno != EEXIST)
		return err_sys(err, "build: cache mount");
	dir = openat(store_dir(store, STORE_CACHE), buf_text(&path),
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, "build: cache mount");
	lock = lock_cache(
		mounts, dir, what->sharing != BUILD_SHARED, what->sharing != BUILD_PRIVATE, err);
	if (lock < 0)
		return lock;
	if (!is_there_still(store, buf_text(&path), dir)) {
		close(lock);
		return open_cache_named(mounts, ready, name, err);
	}
	ready->lock = lock;
	buf_clear(&path);
	buf_addf(&path, "%s/cache/mounts/%s/data", store_root(store), name);
	ready->source = buf_take(&path);
	return ready->source ? seed_cache(mounts, what, dir, err) : no_memory(err);
}

static int open_cache(struct run_mounts *mounts, struct ready *ready, struct err *err)
{
	const struct build_mount *what = ready->what;
	char name[DIGEST_SIZE + 16];
	struct key key;
	int failed = -EWOULDBLOCK;

	for (int turn = 0; failed == -EWOULDBLOCK; turn++) {
		char digest[DIGEST_SIZE];

		key_begin(&key, "cache mount");
		key_text(&key, "id", what->id);
		if (what->from != BUILD_NONE)
			key_bytes(&key, "from", mounts->work->nodes[what->from].content, SHA_BYTES);
		if (turn)
			key_number(&key, "turn", turn);
		if (!key_end(&key, digest))
			return no_memory(err);
		snprintf(name, sizeof(name), "%.32s", digest_hex(digest));
		failed = open_cache_named(mounts, ready, name, err);
	}
	return failed;
}

/* ---- secrets, agents, scripts ---- */

/* A directory on the run root, which is memory. */
static int open_memory(struct run_mounts *mounts, struct err *err)
{
	int run = store_dir(mounts->work->store, STORE_RUN);

	if (mounts->memory_fd >= 0)
		return 0;
	if (mkdirat(run, "b", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "build: secrets");
	pthread_mutex_lock(&mounts->work->lock);
	snprintf(mounts->memory, sizeof(mounts->memory), "b/%d-%u", (int)getpid(),
		mounts->work->names++);
	pthread_mutex_unlock(&mounts->work->lock);
	if (mkdirat(run, mounts->memory, 0700) < 0)
		return err_sys(err, "build: secrets");
	mounts->memory_fd = openat(run, mounts->memory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mounts->memory_fd < 0)
		return err_sys(err, "build: secrets");
	/* What a killed build leaves is found by this, and removed by the next. */
	mounts->memory_lock =
		openat(mounts->memory_fd, STEP_LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (mounts->memory_lock < 0 || flock(mounts->memory_lock, LOCK_EX | LOCK_NB) < 0)
		return err_sys(err, "build: secrets");
	return 0;
}

static int put_file(struct run_mounts *mounts, const void *data, size_t len, mode_t mode, uid_t uid,
	gid_t gid, char **path, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_close int fd = -1;
	char name[16];

	if (open_memory(mounts, err) < 0)
		return err->code;
	snprintf(name, sizeof(name), "%u", mounts->files++);
	fd = openat(mounts->memory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fchown(fd, uid, gid) < 0 ||
		fchmod(fd, mode) < 0)
		return err_sys(err, "build: secrets");
	buf_addf(&text, "%s/%s/%s", store_run_root(mounts->work->store), mounts->memory, name);
	*path = buf_take(&text);
	return *path ? 0 : no_memory(err);
}

static int open_secret(struct run_mounts *mounts, struct ready *ready, struct err *err)
{
	const struct build_mount *what = ready->what;
	auto_buf value = BUF_INIT;
	int failed = secret_read(&mounts->work->request->secrets, what->id, &value, err);

	if (failed == -ENOENT && !what->required)
		return 0;
	if (!failed && what->env)
		strs_addf(&mounts->env, "%s=%s", what->env, buf_text(&value));
	if (!failed && what->target)
		failed = put_file(mounts, buf_text(&value), value.len,
			what->mode < 0 ? 0400 : (mode_t)what->mode,
			what->uid < 0 ? 0 : (uid_t)what->uid, what->gid < 0 ? 0 : (gid_t)what->gid,
			&ready->source, err);
	if (value.data)
		explicit_bzero(value.data, value.len);
	return failed;
}

/* "default", "default=/socket", "id=/socket". */
static const char *find_agent(const struct strs *given, const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < given->len; i++) {
		const char *text = given->v[i];

		if (strncmp(text, id, len) != 0)
			continue;
		if (text[len] == '=')
			return text + len + 1;
		if (!text[len])
			return getenv("SSH_AUTH_SOCK");
	}
	return NULL;
}

static int check_agent(const char *id, const char *agent, struct err *err)
{
	struct stat st;

	if (!agent || !*agent)
		return err_set(err, ENOENT,
			"--ssh %.100s: there is no agent: SSH_AUTH_SOCK is not set", id);
	if (stat(agent, &st) < 0)
		return err_set(err, errno, "--ssh %.100s: failed to open %.200s: %s", id, agent,
			err_name(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, EINVAL,
			"--ssh %.100s: %.200s is no agent's socket: add the key to one with "
			"ssh-add",
			id, agent);
	return 0;
}

int run_mounts_check_agents(const struct strs *given, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		const char *equals = strchr(given->v[i], '=');

		if (check_agent(given->v[i], equals ? equals + 1 : getenv("SSH_AUTH_SOCK"), err) <
			0)
			return err->code;
	}
	return 0;
}

static int open_agent(struct run_mounts *mounts, struct ready *ready, struct err *err)
{
	const struct build_mount *what = ready->what;
	const char *agent = find_agent(&mounts->work->request->ssh, what->id);

	if (!agent && !what->required)
		return 0;
	if (!agent)
		return err_set(
			err, ENOENT, "no SSH key \"%.100s\" forwarded from the client", what->id);
	if (check_agent(what->id, agent, err) < 0)
		return err->code;
	strs_addf(&mounts->env, "SSH_AUTH_SOCK=%s", what->target);
	ready->source = strdup(agent);
	return ready->source ? 0 : no_memory(err);
}

/* ---- all ---- */

static int open_one(struct run_mounts *mounts, struct ready *ready, struct err *err)
{
	switch (ready->what->kind) {
	case BUILD_MOUNT_BIND:
		return open_bind(mounts, ready, err);
	case BUILD_MOUNT_CACHE:
		return open_cache(mounts, ready, err);
	case BUILD_MOUNT_SECRET:
		return open_secret(mounts, ready, err);
	case BUILD_MOUNT_SSH:
		return open_agent(mounts, ready, err);
	case BUILD_MOUNT_TMPFS:
		return 0;
	}
	return 0;
}

static int open_all(struct run_mounts *mounts, struct err *err)
{
	const struct build_file_text *script = mounts->what->script;

	for (size_t i = 0; i < mounts->what->mounts_len; i++) {
		mounts->v[i] = (struct ready){.what = &mounts->what->mounts[i], .lock = -1};
		if (open_one(mounts, &mounts->v[i], err) < 0)
			return err->code;
	}
	if (script &&
		put_file(mounts, script->text, script->len, 0755, 0, 0, &mounts->script, err) < 0)
		return err->code;
	return strs_failed(&mounts->env) ? no_memory(err) : 0;
}

int run_mounts_open(struct build_work *work, const struct build_run *what, struct run_mounts **out,
	struct err *err)
{
	struct run_mounts *mounts = calloc(1, sizeof(*mounts));

	if (!mounts)
		return no_memory(err);
	*mounts =
		(struct run_mounts){.work = work, .what = what, .memory_fd = -1, .memory_lock = -1};
	mounts->v = calloc(what->mounts_len + 1, sizeof(*mounts->v));
	*out = mounts;
	for (size_t i = 0; mounts->v && i < what->mounts_len; i++)
		mounts->v[i].lock = -1;
	return mounts->v ? open_all(mounts, err) : no_memory(err);
}

static int apply_tmpfs(const struct build_mount *what, struct spec *spec)
{
	char options[80] = "nosuid,nodev,noexec,mode=1777";

	if (what->size > 0)
		snprintf(options, sizeof(options), "nosuid,nodev,noexec,mode=1777,size=%lld",
			(long long)what->size);
	return spec_add_mount(spec, what->target, "tmpfs", "tmpfs", options);
}

/* A secret or an agent that was not given is not, nor is one that is told by a variable alone. */
static bool is_mounted(const struct ready *ready)
{
	return ready->what->target && (ready->source || ready->what->kind == BUILD_MOUNT_TMPFS);
}

static bool is_read_only(const struct build_mount *what)
{
	return what->kind == BUILD_MOUNT_SECRET ||
	       (what->kind != BUILD_MOUNT_SSH && what->read_only);
}

static int apply_one(const struct ready *ready, struct spec *spec)
{
	const struct build_mount *what = ready->what;

	if (!is_mounted(ready))
		return 0;
	if (what->kind == BUILD_MOUNT_TMPFS)
		return apply_tmpfs(what, spec);
	return spec_add_mount(spec, what->target, "bind", ready->source,
		is_read_only(what) ? "rbind,ro,rprivate" : "rbind,rw,rprivate");
}

int run_mounts_apply(struct run_mounts *mounts, struct spec *spec, struct err *err)
{
	char target[300];

	for (size_t i = 0; i < mounts->what->mounts_len; i++)
		if (apply_one(&mounts->v[i], spec) < 0)
			return no_memory(err);
	if (!mounts->script)
		return 0;
	snprintf(target, sizeof(target), "/dev/pipes/%.200s", mounts->what->script->name);
	return spec_add_mount(spec, target, "bind", mounts->script, "rbind,ro,rprivate") < 0
		       ? no_memory(err)
		       : 0;
}

/* A field of a line of CSV. */
static void add_field(struct buf *to, const char *name, const char *value)
{
	buf_addf(to, ",\"%s=", name);
	for (; *value; value++) {
		if (*value == '"')
			buf_addc(to, '"');
		buf_addc(to, *value);
	}
	buf_addc(to, '"');
}

static void add_option(struct strs *out, const struct ready *ready)
{
	const struct build_mount *what = ready->what;
	auto_buf text = BUF_INIT;

	if (what->kind == BUILD_MOUNT_TMPFS)
		buf_adds(&text, "type=tmpfs,tmpfs-mode=1777");
	else
		buf_adds(&text, "type=bind");
	if (what->kind == BUILD_MOUNT_TMPFS && what->size > 0)
		buf_addf(&text, ",tmpfs-size=%lld", (long long)what->size);
	if (ready->source)
		add_field(&text, "source", ready->source);
	add_field(&text, "target", what->target);
	if (is_read_only(what))
		buf_adds(&text, ",readonly");
	strs_add(out, buf_failed(&text) ? NULL : buf_text(&text));
}

int run_mounts_options(struct run_mounts *mounts, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < mounts->what->mounts_len; i++) {
		const struct ready *ready = &mounts->v[i];

		if (is_mounted(ready))
			add_option(out, ready);
	}
	return strs_failed(out) ? no_memory(err) : 0;
}

int run_mounts_env(struct run_mounts *mounts, struct strs *env, struct err *err)
{
	for (size_t i = 0; i < mounts->env.len; i++)
		strs_set_env(env, mounts->env.v[i]);
	return strs_failed(env) ? no_memory(err) : 0;
}

static void add_stub(struct strs *out, const char *path)
{
	path += strspn(path, "/");
	for (size_t len = strlen(path); len;) {
		strs_addf(out, "%.*s", (int)len, path);
		while (len && path[len - 1] != '/')
			len--;
		while (len && path[len - 1] == '/')
			len--;
	}
}

int run_mounts_stubs(struct run_mounts *mounts, struct strs *out, struct err *err)
{
	static const char *const always[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
		"/dev", "/proc", "/sys", "/run", "/dev/console"};

	for (size_t i = 0; i < array_len(always); i++)
		add_stub(out, always[i]);
	for (size_t i = 0; i < mounts->what->mounts_len; i++)
		if (mounts->what->mounts[i].target)
			add_stub(out, mounts->what->mounts[i].target);
	return strs_failed(out) ? no_memory(err) : 0;
}

void run_mounts_close(struct run_mounts *mounts)
{
	if (!mounts)
		return;
	for (size_t i = 0; mounts->v && i < mounts->what->mounts_len; i++) {
		free(mounts->v[i].source);
		own_closep(&mounts->v[i].lock);
	}
	own_closep(&mounts->memory_fd);
	own_closep(&mounts->memory_lock);
	if (*mounts->memory)
		path_remove_at(store_dir(mounts->work->store, STORE_RUN), mounts->memory);
	strs_fini(&mounts->env);
	free(mounts->script);
	free(mounts->v);
	free(mounts);
}
