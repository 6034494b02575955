#include "core/image/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/image/commit.h"
#include "core/image/platform.h"
#include "core/image/sha.h"
#include "core/image/tar_write.h"
#include "util/path.h"
#include "util/strs.h"

#define BUSYBOX "/bin/busybox"
#define TAG     "docker.io/davit/demo:latest"

enum { BUSYBOX_MAX = 64 << 20 };

static const char *const directories[] = {"bin/", "dev/", "etc/", "home/", "proc/", "root/", "run/",
	"srv/", "sys/", "tmp/", "usr/", "usr/bin/", "var/", "var/log/"};

static const struct {
	const char *path, *text;
	mode_t mode;
} files[] = {
	{"etc/passwd",
		"root:x:0:0:root:/root:/bin/sh\n"
		"demo:x:1000:1000:demo:/home:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/:/bin/false\n",
		0644},
	{"etc/group", "root:x:0:\ndemo:x:1000:\nnogroup:x:65534:\n", 0644},
	{"etc/os-release", "ID=davit-demo\nNAME=\"davit demo\"\nPRETTY_NAME=\"davit demo\"\n",
		0644},
	{"bin/demo",
		"#!/bin/sh\n"
		"# A container that has something to say: demo [SECONDS between two lines]\n"
		"pause=${1:-2}\n"
		"trap 'echo \"$(date +%T) told to stop, leaving\"; exit 0' TERM INT\n"
		"echo \"$(date +%T) $(hostname) is up, pid $$\"\n"
		"n=0\n"
		"while :; do\n"
		"\tn=$((n + 1))\n"
		"\tset -- $(cat /proc/loadavg)\n"
		"\techo \"$(date +%T) beat $n, load $1\"\n"
		"\t[ $((n % 10)) = 0 ] && echo \"$(date +%T) that was beat $n\" >&2\n"
		"\tsleep \"$pause\" &\n"
		"\twait $!\n"
		"done\n",
		0755},
};

static bool is_applet(const char *name, size_t len)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.[";

	return len > 0 && len < 32 && strspn(name, good) == len;
}

/* busybox carries its applets' names one after another, "[" first; an empty one ends them. Reading
 * them there spares running a program to make an image. */
static void link_applets(const struct buf *busybox, struct buf *tar)
{
	static const char first[] = "\0[\0[[";
	const char *end = busybox->data + busybox->len;
	const char *at = memmem(busybox->data, busybox->len, first, sizeof(first));

	if (!at) {
		tar_put(tar, TAR_SYMLINK, "bin/sh", 0777, "busybox", NULL, 0);
		return;
	}
	for (at++; at < end; at += strnlen(at, (size_t)(end - at)) + 1) {
		size_t len = strnlen(at, (size_t)(end - at));
		char path[48];

		if (!is_applet(at, len))
			break;
		snprintf(path, sizeof(path), "bin/%.*s", (int)len, at);
		if (!str_eq(path, "bin/busybox"))
			tar_put(tar, TAR_SYMLINK, path, 0777, "busybox", NULL, 0);
	}
}

static int make_tar(struct buf *tar, struct err *err)
{
	auto_buf busybox = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, BUSYBOX, BUSYBOX_MAX, &busybox);

	if (failed)
		return err_set(err, failed,
			"the demo image is made from " BUSYBOX
			", of the package busybox-static: %s",
			err_name(failed));
	tar_put(tar, TAR_DIR, "./", 0755, NULL, NULL, 0);
	for (size_t i = 0; i < array_len(directories); i++)
		tar_put(tar, TAR_DIR, directories[i], str_eq(directories[i], "tmp/") ? 01777 : 0755,
			NULL, NULL, 0);
	tar_put(tar, TAR_FILE, "bin/busybox", 0755, NULL, busybox.data, busybox.len);
	link_applets(&busybox, tar);
	for (size_t i = 0; i < array_len(files); i++)
		tar_put(tar, TAR_FILE, files[i].path, files[i].mode, NULL, files[i].text,
			strlen(files[i].text));
	tar_put_end(tar);
	return buf_failed(tar) ? err_set(err, ENOMEM, "demo image: out of memory") : 0;
}

/* As old as the program in it: the same package makes the same image, and listings show an age. */
static void busybox_age(char *text, size_t room)
{
	struct stat st;
	struct tm tm;

	if (stat(BUSYBOX, &st) < 0 || !gmtime_r(&st.st_mtime, &tm))
		gmtime_r(&(time_t){0}, &tm);
	strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void make_config(const char *diff_id, struct buf *config)
{
	struct platform host;
	char created[40];

	platform_host(&host);
	busybox_age(created, sizeof(created));
	buf_addf(config,
		"{\"architecture\":\"%s\",\"config\":{"
		"\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],"
		"\"Cmd\":[\"/bin/demo\"],\"WorkingDir\":\"/root\","
		"\"Labels\":{\"org.opencontainers.image.title\":\"davit demo\"}},"
		"\"created\":\"%s\","
		"\"history\":[{\"created\":\"%s\","
		"\"created_by\":\"davit: busybox-static and a script\"}],"
		"\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
		host.architecture, created, created, diff_id);
}

static int unpack(struct store *store, const struct buf *tar, const char *diff_id,
	struct layer **out, struct err *err)
{
	auto_close int fd = memfd_create("davit-demo", MFD_CLOEXEC);
	struct layer_wish wish = {.diff_id = diff_id, .size = tar->len};
	auto_of(feed) struct feed *feed = NULL;

	if (fd < 0 || write(fd, tar->data, tar->len) != (ssize_t)tar->len)
		return err_sys(err, "demo image");
	feed = feed_of_part(fd, 0, tar->len);
	if (!feed)
		return err_set(err, ENOMEM, "demo image: out of memory");
	return layer_unpack(store, feed, &wish, NULL, out, err);
}

static int make(struct store *store, const struct image_watch *watch, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_strs tags = STRS_INIT;
	auto_buf tar = BUF_INIT, config = BUF_INIT;
	char diff_id[DIGEST_SIZE], id[DIGEST_SIZE];
	int found;

	if (make_tar(&tar, err) < 0)
		return err->code;
	sha_of(tar.data, tar.len, diff_id);
	make_config(diff_id, &config);
	strs_add(&tags, TAG);
	found = layer_find(store, diff_id, &layer, err);
	if (found == -ENOENT)
		found = unpack(store, &tar, diff_id, &layer, err);
	if (found < 0)
		return err->code;
	struct image_draft draft = {
		.config = config.data,
		.config_len = config.len,
		.layers = &layer,
		.n_layers = 1,
		.tags = &tags,
		.action = "load",
	};
	return image_commit(store, &draft, watch, id, err);
}

int image_demo(struct store *store, const struct image_watch *watch, struct err *err)
{
	char id[DIGEST_SIZE];
	int found = image_resolve(store, TAG, id, err);

	if (found != -ENOENT)
		return found;
	store_sweep(store);
	return make(store, watch, err);
}
