#include "oci/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "oci/groups.h"
#include "oci/quote.h"
#include "runtime/fields.h"
#include "runtime/launch/sys.h"
#include "runtime/launch_stat.h"
#include "util/json_text.h"
#include "util/own.h"
#include "util/path.h"

enum { RECORD_MAX = 64 << 10, ID_MAX = 255 };

void record_fini(struct record *r)
{
	free(r->id);
	free(r->bundle);
	free(r->rootfs);
	free(r->created);
	free(r->cgroup);
	free(r->unit);
	if (r->id)
		sys_close(&r->dir);
	*r = (struct record){.dir = -1};
}

int record_check_id(const char *id, struct err *err)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_+-.";
	size_t len = strlen(id);

	if (!len)
		return err_set(err, EINVAL, "container id: must not be empty");
	if (len > ID_MAX)
		return err_set(err, EINVAL, "container id: has more than %d characters", ID_MAX);
	if (strspn(id, good) != len || id[0] == '.')
		return err_set(err, EINVAL,
			"container id \"%.100s\": only letters, digits, _, +, - and . are possible",
			id);
	return 0;
}

static int open_root(const struct oci *oci, bool make, struct err *err)
{
	int rc = make ? path_mkdirs(oci->root, 0700) : 0;
	int root = rc < 0 ? rc : sys_open(AT_FDCWD, oci->root, O_RDONLY | O_DIRECTORY);

	return root < 0 ? err_set(err, root, "%s: %s", oci->root, err_name(root)) : root;
}

static char *now(void)
{
	struct timespec at;
	struct tm parts;
	char text[40];
	char *out = NULL;

	clock_gettime(CLOCK_REALTIME, &at);
	gmtime_r(&at.tv_sec, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	return asprintf(&out, "%s.%09ldZ", text, at.tv_nsec) < 0 ? NULL : out;
}

int record_create(const struct oci *oci, const char *id, struct record *out, struct err *err)
{
	auto_close int root = -1;
	int rc = record_check_id(id, err);

	*out = (struct record){.oci = oci, .dir = -1};
	if (rc < 0)
		return rc;
	root = open_root(oci, true, err);
	if (root < 0)
		return root;
	if (mkdirat(root, id, 0700) < 0)
		return errno == EEXIST ? err_set(err, EEXIST,
						 "container with given ID already exists: %s", id)
				       : err_sys(err, "%s/%s", oci->root, id);
	out->id = strdup(id);
	out->created = now();
	out->owner = getuid();
	out->dir = sys_open(root, id, O_RDONLY | O_DIRECTORY);
	if (out->dir < 0 || !out->id || !out->created)
		return err_set(err, out->dir < 0 ? out->dir : -ENOMEM, "%s/%s: cannot be opened",
			oci->root, id);
	return 0;
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	buf_addf(out, ",\"%s\":", key);
	json_put_text(out, text);
}

int record_write(struct record *r, struct err *err)
{
	auto_buf out = BUF_INIT;
	int rc;

	buf_addf(&out, "{\"version\":1,\"made\":%s,\"pid\":%d,\"start\":%llu,\"owner\":%u",
		r->is_made ? "true" : "false", r->pid, (unsigned long long)r->start, r->owner);
	add_text(&out, "bundle", r->bundle);
	add_text(&out, "rootfs", r->rootfs);
	add_text(&out, "created", r->created);
	add_text(&out, "cgroup", r->cgroup);
	add_text(&out, "unit", r->unit);
	buf_addc(&out, '}');
	if (buf_failed(&out))
		return err_set(err, ENOMEM, "record of %s: out of memory", r->id);
	rc = path_replace_at(r->dir, "record", out.data, out.len, 0600);
	return rc < 0 ? err_set(err, rc, "record of %s: %s", r->id, err_name(rc)) : 0;
}

static int read_fields(const struct fields *top, struct record *r)
{
	int64_t pid = 0;
	int rc = fields_bool(top, "made", &r->is_made);

	if (rc == 0)
		rc = fields_i64(top, "pid", 0, INT32_MAX, &pid);
	r->pid = (int32_t)pid;
	if (rc == 0)
		rc = fields_u64(top, "start", &r->start);
	if (rc == 0)
		rc = fields_u32(top, "owner", UINT32_MAX, &r->owner);
	if (rc == 0)
		rc = fields_str(top, "bundle", &r->bundle);
	if (rc == 0)
		rc = fields_str(top, "rootfs", &r->rootfs);
	if (rc == 0)
		rc = fields_str(top, "created", &r->created);
	if (rc == 0)
		rc = fields_str(top, "cgroup", &r->cgroup);
	return rc < 0 ? rc : fields_str(top, "unit", &r->unit);
}

static int read_record(struct record *r, struct err *err)
{
	auto_buf text = BUF_INIT;
	struct fields top;
	int rc = path_read_at(r->dir, "record", RECORD_MAX, &text);

	if (rc == -ENOENT) /* its maker is at work, or was killed */
		return 0;
	if (rc < 0)
		return err_set(err, rc, "record of %s: %s", r->id, err_name(rc));
	rc = fields_open(&top, buf_text(&text), text.len, "record", err);
	if (rc == 0) {
		rc = read_fields(&top, r);
		fields_close(&top);
	}
	return rc < 0 ? err_in(err, "container %s", r->id) : 0;
}

int record_open(const struct oci *oci, const char *id, struct record *out, struct err *err)
{
	auto_close int root = -1;
	int rc = record_check_id(id, err);

	*out = (struct record){.oci = oci, .dir = -1};
	if (rc < 0)
		return rc;
	root = sys_open(AT_FDCWD, oci->root, O_PATH | O_DIRECTORY);
	out->dir = root < 0 ? root : sys_open(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (out->dir < 0)
		return out->dir == -ENOENT ? err_set(err, ENOENT,
						     "container %s does not exist: "
						     "container does not exist",
						     id)
					   : err_set(err, out->dir, "%s/%s: %s", oci->root, id,
						     err_name(out->dir));
	out->id = strdup(id);
	if (!out->id)
		return err_set(err, ENOMEM, "container %s: out of memory", id);
	return read_record(out, err);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int record_list(const struct oci *oci, struct strs *out, struct err *err)
{
	DIR *dir = opendir(oci->root);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(err, "%s", oci->root);
	while ((entry = readdir(dir)) != NULL) {
		if (record_check_id(entry->d_name, NULL) == 0)
			strs_add(out, entry->d_name);
	}
	closedir(dir);
	if (out->len)
		qsort(out->v, out->len, sizeof(*out->v), compare);
	return strs_failed(out) ? err_set(err, ENOMEM, "%s: out of memory", oci->root) : 0;
}

int record_remove(struct record *r, struct err *err)
{
	auto_close int root = open_root(r->oci, false, err);
	int rc = root < 0 ? root : path_remove_at(root, r->id);

	if (rc == -ENOENT)
		rc = 0;
	return rc < 0 && root >= 0
		       ? err_set(err, rc, "%s/%s: %s", r->oci->root, r->id, err_name(rc))
		       : rc;
}

/* ---- its process ---- */

uint64_t record_process_start(int pid, bool *alive)
{
	struct launch_stat stat = {.state = 'X'};

	*alive = launch_stat(-1, pid, &stat) == 0 && stat.state != 'Z' && stat.state != 'X';
	return stat.start;
}

int record_process(const struct record *r)
{
	bool alive;
	int pidfd = r->pid > 0 ? sys_pidfd_open(r->pid) : -ESRCH;

	if (pidfd < 0)
		return pidfd;
	/* Asked after it was opened: if it is the one, it stays the one. */
	if (record_process_start(r->pid, &alive) == r->start && alive)
		return pidfd;
	close(pidfd);
	return -ESRCH;
}

enum record_status record_status(const struct record *r)
{
	bool alive = false;

	if (r->pid <= 0)
		return r->is_made ? RECORD_STOPPED : RECORD_CREATING;
	if (record_process_start(r->pid, &alive) != r->start || !alive)
		return RECORD_STOPPED;
	if (!r->is_made)
		return RECORD_CREATING;
	if (faccessat(r->dir, "start", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return RECORD_CREATED;
	return groups_is_frozen(r->cgroup) ? RECORD_PAUSED : RECORD_RUNNING;
}

const char *record_status_name(enum record_status status)
{
	static const char *const names[] = {
		[RECORD_CREATING] = "creating",
		[RECORD_CREATED] = "created",
		[RECORD_RUNNING] = "running",
		[RECORD_PAUSED] = "paused",
		[RECORD_STOPPED] = "stopped",
	};

	return names[status];
}

void record_state(
	const struct record *r, const char *status, const struct strs *annotations, struct buf *out)
{
	buf_adds(out, "{\"ociVersion\":\"" OCI_VERSION "\",\"id\":");
	json_put_text(out, r->id);
	buf_addf(out, ",\"pid\":%d,\"status\":\"%s\"", str_eq(status, "stopped") ? 0 : r->pid,
		status);
	add_text(out, "bundle", r->bundle ? r->bundle : "");
	add_text(out, "rootfs", r->rootfs);
	add_text(out, "created", r->created);
	buf_adds(out, ",\"owner\":\"\"");
	if (annotations && annotations->len) {
		buf_adds(out, ",\"annotations\":");
		quote_map(out, annotations);
	}
	buf_addc(out, '}');
}
