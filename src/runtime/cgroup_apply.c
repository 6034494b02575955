#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "runtime/cgroup.h"
#include "util/path.h"

static int write_file(const char *dir, const char *file, const char *value)
{
	auto_buf path = BUF_INIT;
	auto_close int fd = -1;

	buf_addf(&path, "%s/%s", dir, file);
	if (buf_failed(&path))
		return -ENOMEM;
	fd = open(buf_text(&path), O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

static int read_file(const char *dir, const char *file, struct buf *out)
{
	auto_close int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : path_read_at(fd, file, 64 << 10, out);

	if (rc == 0 && out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return rc;
}

static int copy_from_parent(const char *dir, const char *file)
{
	auto_free char *parent = strdup(dir);
	auto_buf value = BUF_INIT;
	int rc;

	if (!parent)
		return -ENOMEM;
	*strrchr(parent, '/') = '\0';
	rc = read_file(parent, file, &value);
	return rc < 0 ? rc : write_file(dir, file, buf_text(&value));
}

static int make(const char *dir)
{
	return mkdir(dir, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int attach_program(const char *dir, const struct buf *program)
{
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)program->data,
		.insn_cnt = (uint32_t)(program->len / sizeof(struct bpf_insn)),
		.license = (uintptr_t) "GPL",
	};
	union bpf_attr attach = {
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	auto_close int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int program_fd = dir_fd < 0 ? -1 : (int)bpf(BPF_PROG_LOAD, &load);

	if (program_fd < 0)
		return -errno;
	attach.target_fd = (uint32_t)dir_fd;
	attach.attach_bpf_fd = (uint32_t)program_fd;
	return bpf(BPF_PROG_ATTACH, &attach) < 0 ? -errno : 0;
}

static int apply_one(const struct cgroup_step *step)
{
	switch (step->action) {
	case CGROUP_MAKE:
		return make(step->dir);
	case CGROUP_COPY:
		return copy_from_parent(step->dir, step->file);
	case CGROUP_WRITE:
		return write_file(step->dir, step->file, step->value);
	case CGROUP_DEVICE_PROGRAM:
		return attach_program(step->dir, &step->program);
	}
	return -EINVAL;
}

int cgroup_apply(const struct cgroup_steps *steps, struct err *err)
{
	for (size_t i = 0; i < steps->len; i++) {
		const struct cgroup_step *step = &steps->v[i];
		int rc = apply_one(step);

		if (rc < 0 && !step->optional)
			return err_set(err, rc, "cgroup %s%s%s%s%s: %s", step->dir,
				step->file ? "/" : "", step->file ? step->file : "",
				step->value ? " = " : "", step->value ? step->value : "",
				err_name(rc));
	}
	return 0;
}

/* ---- the parents of containers ---- */

/* Each controller by itself: one that cannot be had must not cost the others. */
void cgroup_hand_down(const char *dir)
{
	auto_buf text = BUF_INIT;
	char *rest, *word, add[64];

	if (read_file(dir, "cgroup.controllers", &text) < 0 || !text.data)
		return;
	rest = text.data;
	while ((word = strsep(&rest, " ")) != NULL) {
		snprintf(add, sizeof(add), "+%.60s", word);
		if (word[0])
			write_file(dir, "cgroup.subtree_control", add);
	}
}

static int prepare_one(const struct cgroup_hierarchy *h, char *dir, struct err *err)
{
	int rc;

	if (access(dir, F_OK) == 0)
		return 0;
	if (h->version == 2) {
		char *slash = strrchr(dir, '/');

		*slash = '\0';
		cgroup_hand_down(dir);
		*slash = '/';
	}
	rc = make(dir);
	if (rc < 0)
		return err_set(err, rc, "cgroup %s: %s", dir, err_name(rc));
	if (h->version == 2)
		cgroup_hand_down(dir);
	if (h->version == 1 && (h->controllers & 1u << CGROUP_CPUSET)) {
		rc = copy_from_parent(dir, "cpuset.cpus");
		if (rc == 0)
			rc = copy_from_parent(dir, "cpuset.mems");
		/* Children are born with them; a wish. */
		if (rc == 0)
			write_file(dir, "cgroup.clone_children", "1");
	}
	return rc < 0 ? err_set(err, rc, "cgroup %s: copy its parent's cpuset: %s", dir,
				err_name(rc))
		      : 0;
}

static int prepare(const struct cgroup_hierarchy *h, const char *path, struct err *err)
{
	auto_buf dir = BUF_INIT;
	auto_free char *copy = strdup(path);
	char *rest = copy, *part;
	int rc = 0;

	buf_adds(&dir, h->mount);
	while (rc == 0 && (part = strsep(&rest, "/")) != NULL) {
		if (!part[0])
			continue;
		buf_addf(&dir, "/%s", part);
		rc = prepare_one(h, dir.data, err);
	}
	return !copy || buf_failed(&dir) ? err_set(err, ENOMEM, "cgroups: out of memory") : rc;
}

int cgroup_prepare(const struct cgroup_layout *layout, const char *path, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < cgroup_count(layout); i++)
		rc = prepare(cgroup_at(layout, i), path, err);
	return rc;
}

int cgroup_remove(const struct cgroup_layout *layout, const char *path, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < cgroup_count(layout); i++) {
		auto_buf dir = BUF_INIT;

		buf_addf(&dir, "%s/%s", cgroup_at(layout, i)->mount, path);
		if (buf_failed(&dir))
			return err_set(err, ENOMEM, "cgroups: out of memory");
		if (rmdir(buf_text(&dir)) < 0 && errno != ENOENT && rc == 0)
			rc = err_sys(err, "cgroup %s", buf_text(&dir));
	}
	return rc;
}
