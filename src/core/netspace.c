#include "core/netspace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/network_own.h"
#include "core/parts.h"
#include "core/process.h"
#include "core/spawn.h"
#include "runtime/launch/parcel.h"
#include "util/own.h"

enum { ANSWER_MS = UPLINK_START_MS + 3000, TRIES = 3 };

/* The kernel names the owner of a namespace to whoever is that owner, or above him. */
static bool host_is_another_s(void)
{
	auto_close int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), owner = -1;

	if (net < 0)
		return false;
	owner = ioctl(net, NS_GET_USERNS);
	return owner < 0 && errno == EPERM;
}

bool netspace_is_own(const struct engine *engine)
{
	static int is_own = -1; /* of this process, whoever asks */

	(void)engine;
	if (is_own < 0)
		is_own = host_is_another_s();
	return is_own;
}

/* ---- the namespace ---- */

/* What is known of the last one is no more: its sockets answer for nobody. */
static void notice(struct engine *engine, int space)
{
	struct stat st;

	if (fstat(space, &st) < 0 || st.st_ino == engine->netspace)
		return;
	engine->netspace = st.st_ino;
	own_closep(&engine->filter_fd);
	engine->filter_fd = -1;
}

static int ask_for_space(struct engine *engine);

static bool is_space(int fd)
{
	struct statfs fs;

	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

/* It is bound in the mount namespace of the keeper that there was then; who has another asks. */
static int open_space(struct engine *engine)
{
	auto_close int fd = openat(store_dir(engine->store, STORE_RUN), "n/" UPLINK_SPACE,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	if (!is_space(fd)) {
		own_closep(&fd);
		fd = ask_for_space(engine);
		if (!is_space(fd))
			return -ENOENT;
	}
	notice(engine, fd);
	return take_fd(&fd);
}

bool netspace_is_up(struct engine *engine)
{
	auto_close int fd = netspace_is_own(engine) ? open_space(engine) : -1;

	return fd >= 0 || !netspace_is_own(engine);
}

int netspace_open(struct engine *engine, int *out, struct err *err)
{
	int fd;

	*out = -1;
	if (!netspace_is_own(engine))
		return 0;
	fd = open_space(engine);
	if (fd < 0)
		return err_set(err, fd, "enter the user's network: %s", err_name(fd));
	*out = fd;
	return 0;
}

static int cannot_enter(int code, struct err *err)
{
	return err_set(err, code, "enter the user's network: %s", err_name(code));
}

struct dive {
	int space, result;
	netspace_fn what;
	void *arg;
	struct err *err;
};

static void *dive(void *arg)
{
	struct dive *d = arg;

	if (setns(d->space, CLONE_NEWNET) < 0)
		d->result = cannot_enter(-errno, d->err);
	else
		d->result = d->what(d->arg);
	return NULL;
}

int netspace_do(struct engine *engine, netspace_fn what, void *arg, struct err *err)
{
	auto_close int space = -1;
	struct dive d = {.what = what, .arg = arg, .err = err};
	pthread_t thread;
	int failed;

	if (!netspace_is_own(engine))
		return what(arg);
	space = open_space(engine);
	if (space < 0)
		return cannot_enter(space, err);
	d.space = space;
	failed = pthread_create(&thread, NULL, dive, &d);
	if (failed)
		return cannot_enter(-failed, err);
	pthread_join(thread, NULL);
	return d.result;
}

/* ---- talking to it ---- */

static bool has_answered(int tie)
{
	struct pollfd wait = {.fd = tie, .events = POLLIN};
	int ready;

	while ((ready = poll(&wait, 1, ANSWER_MS)) < 0 && errno == EINTR)
		;
	return ready > 0;
}

/* 0 and the answer, whose code may be negative; or a negative errno. */
static int ask(int tie, struct uplink_message *message, int fd)
{
	ssize_t sent = parcel_send(tie, message, sizeof(*message), fd, 0);

	if (sent < 0)
		return (int)sent;
	if (!has_answered(tie))
		return -ETIMEDOUT;
	if (recv(tie, message, sizeof(*message), MSG_DONTWAIT) != sizeof(*message))
		return -EPIPE;
	message->text[sizeof(message->text) - 1] = '\0';
	return 0;
}

static socklen_t address_in(int dir, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" UPLINK_SOCKET, dir);
	return sizeof(*out);
}

/* A tie that was answered is one: an uplink about to end answers nothing. */
static int try_tie(int dir)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct uplink_message hello = {.type = UPLINK_HELLO, .version = UPLINK_VERSION};
	struct sockaddr_un address;
	socklen_t len = address_in(dir, &address);
	int failed;

	if (fd < 0 || connect(fd, (void *)&address, len) < 0)
		return -errno;
	failed = ask(fd, &hello, -1);
	return failed ? failed : hello.code < 0 ? hello.code : take_fd(&fd);
}

/* ---- its birth ---- */

static int listen_in(int dir, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = address_in(dir, &address);

	unlinkat(dir, UPLINK_SOCKET, 0);
	if (fd < 0 || bind(fd, (void *)&address, len) < 0 || listen(fd, 1024) < 0)
		return err_sys(err, "make the user's network");
	return take_fd(&fd);
}

/* In the mount namespace of a monitor, which was born where the network was bound. */
static int open_copy(const struct row *row, const char *dir)
{
	char path[PATH_MAX + 64];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/root%s/" UPLINK_SPACE, row->state.shim.pid, dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return is_space(fd) && process_is_alive(&row->state.shim) ? take_fd(&fd) : -1;
}

/* When a keeper and the last uplink were killed, containers are in a network that is bound nowhere
 * but in their monitors' mount namespaces: here, too, it is what the next uplink finds. The kernel
 * lets nobody bind what is mounted in another mount namespace, but for namespaces. */
static void bind_again(struct engine *engine, int dir)
{
	auto_close int here = openat(dir, UPLINK_SPACE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_close int fd = -1;
	char from[64], to[64], path[PATH_MAX];
	struct roster_scan scan;
	struct row *row;
	ssize_t len;

	snprintf(to, sizeof(to), "/proc/self/fd/%d", dir);
	len = readlink(to, path, sizeof(path) - 1);
	if (here < 0 || is_space(here) || len < 0)
		return;
	path[len] = '\0';
	roster_scan_begin(engine->roster, &scan);
	while (fd < 0 && (row = roster_scan_next(&scan)))
		if (row->state.shim.pid > 0)
			fd = open_copy(row, path);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	snprintf(to, sizeof(to), "/proc/self/fd/%d", here);
	if (fd >= 0)
		mount(from, to, NULL, MS_BIND, NULL); /* else a new one is made */
}

static int start(struct engine *engine, int dir, struct err *err)
{
	static const char *const argv[] = {"davit-shim", "uplink", NULL};
	auto_close int listener = listen_in(dir, err);
	int fds[] = {-1, -1, -1, listener, dir};
	struct spawn spawn = {.argv = argv,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.session = true};
	int failed;

	if (listener < 0)
		return listener;
	spawn.program_fd = parts_shim(engine->parts, err);
	if (spawn.program_fd < 0)
		return spawn.program_fd;
	failed = groups_for_monitors(engine, &spawn, err);
	return failed ? failed : spawn_start(&spawn, NULL, NULL, err);
}

/* Under the lock there is one or none; one that ends holds it until it is gone. */
static int start_or_find(struct engine *engine, int dir, struct err *err)
{
	auto_close int lock =
		openat(dir, UPLINK_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int tie, failed;

	if (lock < 0)
		return err_sys(err, "make the user's network");
	while (flock(lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, "make the user's network");
	tie = try_tie(dir);
	if (tie >= 0)
		return tie;
	bind_again(engine, dir);
	failed = start(engine, dir, err);
	if (failed)
		return failed;
	engine->netspace_is_new = true;
	tie = try_tie(dir);
	return tie < 0 ? err_set(err, tie,
				 "make the user's network: davit-shim uplink ended at once; this kernel may not let users have network namespaces")
		       : tie;
}

int netspace_tie(struct engine *engine, int *tie, struct err *err)
{
	auto_close int dir = -1;
	int fd;

	*tie = -1;
	if (!netspace_is_own(engine))
		return 0;
	dir = networks_run_dir(engine, err);
	if (dir < 0)
		return dir;
	fd = try_tie(dir);
	if (fd < 0)
		fd = start_or_find(engine, dir, err);
	if (fd < 0)
		return fd;
	*tie = fd;
	return 0;
}

int netspace_need(struct engine *engine, struct err *err)
{
	auto_close int tie = -1;

	return netspace_tie(engine, &tie, err);
}

/* ---- leading out ---- */

/* "" when it is nowhere. */
static void find_pasta(char *out, size_t room)
{
	static const char *const places[] = {"/usr/bin", "/usr/local/bin", "/bin"};
	auto_free char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
	char *state = NULL;

	for (char *at = path ? strtok_r(path, ":", &state) : NULL; at;
		at = strtok_r(NULL, ":", &state)) {
		snprintf(out, room, "%s/pasta", at);
		if (*at == '/' && access(out, X_OK) == 0)
			return;
	}
	for (size_t i = 0; i < array_len(places); i++) {
		snprintf(out, room, "%s/pasta", places[i]);
		if (access(out, X_OK) == 0)
			return;
	}
	*out = '\0';
}

#define WITHOUT                                                                                    \
	"without it there is --network none, --network host, and networks that are --internal"

int netspace_lead_out(struct engine *engine, int tie, struct err *err)
{
	struct uplink_message message = {.type = UPLINK_LEAD_OUT};
	int failed;

	if (!netspace_is_own(engine))
		return 0;
	find_pasta(message.text, 200);
	if (!*message.text)
		return err_set(err, ENOENT,
			"networks of a rootless davit lead out through pasta, which is not installed (Debian's package is called passt); " WITHOUT);
	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		return err_set(err, errno,
			"networks of a rootless davit lead out through /dev/net/tun, and opening that says: %s; " WITHOUT,
			err_name(-errno));
	failed = ask(tie, &message, -1);
	if (failed)
		return err_set(err, failed, "lead out of the user's network: %s", err_name(failed));
	return message.code < 0 ? err_set(err, message.code, "%s; " WITHOUT, message.text) : 0;
}

/* ---- ports ---- */

int netspace_publish(
	int tie, const struct net_mapping *mapping, bool keep, int socket, struct err *err)
{
	struct uplink_message message = {.type = UPLINK_PUBLISH, .mapping = *mapping, .keep = keep};
	int failed = ask(tie, &message, socket);

	if (!failed)
		failed = message.code;
	return failed < 0 ? err_set(err, failed, "publish port %u: %s", mapping->port,
				    err_name(failed))
			  : 0;
}

static int try_existing(struct engine *engine)
{
	auto_close int dir = networks_run_dir(engine, NULL);

	return dir < 0 ? dir : try_tie(dir);
}

static int ask_for_space(struct engine *engine)
{
	struct uplink_message message = {.type = UPLINK_ENTER};
	auto_close int tie = try_existing(engine);
	int fd = tie < 0 ? tie : uplink_fetch(tie, &message, ANSWER_MS);

	return fd < 0 ? -ENOENT : fd;
}

void netspace_unpublish(struct engine *engine, const struct net_mapping *mapping)
{
	struct uplink_message message = {.type = UPLINK_UNPUBLISH, .mapping = *mapping};
	auto_close int tie = netspace_is_own(engine) ? try_existing(engine) : -1;

	if (tie >= 0)
		ask(tie, &message, -1);
}

/* Where whoever made it was killed, the namespace is bound still. */
static void unbind_space(struct engine *engine)
{
	auto_close int dir = networks_run_dir(engine, NULL);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/" UPLINK_SPACE, dir);
	if (dir >= 0)
		umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
}

void netspace_end(struct engine *engine)
{
	struct uplink_message message = {.type = UPLINK_END};
	auto_close int tie = netspace_is_own(engine) ? try_existing(engine) : -1;

	/* The answer is that it hangs up. */
	if (tie >= 0)
		ask(tie, &message, -1);
	if (netspace_is_own(engine))
		unbind_space(engine);
}

int netspace_status(struct engine *engine, struct uplink_message *out)
{
	auto_close int tie = netspace_is_own(engine) ? try_existing(engine) : -1;

	*out = (struct uplink_message){.type = UPLINK_STATUS};
	return tie < 0 ? -ENOENT : ask(tie, out, -1);
}
