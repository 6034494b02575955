#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

enum { PATH_ROOM = 4096 };
static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* Opened inside the root and without magic links: a working directory like /proc/self/fd/7 never
 * leads to a directory of the host (CVE-2024-21626); and where it ended up is looked at once more.
 */
int launch_cwd(struct launch *l, const char *path, bool make)
{
	int root = l->dir[PLAN_ROOT], fd, error;
	char where[PATH_ROOM];
	long len;

	if (path[0] != '/')
		return launch_fail(
			l, -EINVAL, 126, "working directory %s: not an absolute path", path);
	fd = make ? launch_root_make(root, path, S_IFDIR, false)
		  : launch_root_open(root, path, O_PATH, false);
	error = fd < 0 ? fd : fchdir(fd) < 0 ? -errno : 0;
	sys_close(&fd);
	if (error)
		return launch_fail(l, error, 126, "working directory %s: %e", path, error);
	len = syscall(SYS_getcwd, where, sizeof(where));
	if (len < 0 || where[0] != '/')
		return launch_fail(
			l, -EXDEV, 126, "working directory %s: outside of the container", path);
	return 0;
}

static size_t count(const struct plan *plan, struct plan_ref list)
{
	size_t items = 0;

	for (const char *item = plan_next(plan, list, NULL); item;
		item = plan_next(plan, list, item))
		items++;
	return items;
}

static void point(const struct plan *plan, struct plan_ref list, const char **to)
{
	for (const char *item = plan_next(plan, list, NULL); item;
		item = plan_next(plan, list, item))
		*to++ = item;
	*to = NULL;
}

/* Vectors of pointers can be as long as the plan: they get pages, which go with the exec. */
static const char **vectors(struct launch *l, const struct plan_step *step, const char ***envp)
{
	size_t args = count(&l->plan, step->a) + 1, envs = count(&l->plan, step->b) + 2;
	const char **argv = mmap(NULL, (args + envs) * sizeof(*argv), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (argv == MAP_FAILED)
		return NULL;
	point(&l->plan, step->a, argv);
	point(&l->plan, step->b, argv + args);
	*envp = argv + args;
	return argv;
}

static const char *find(const char **envp, const char *key)
{
	size_t len = strlen(key);

	for (; *envp; envp++)
		if (!strncmp(*envp, key, len) && (*envp)[len] == '=')
			return *envp + len + 1;
	return NULL;
}

static void set_home(const struct launch *l, const char **envp)
{
	static char home[sizeof(l->home) + 8];

	if (find(envp, "HOME"))
		return;
	launch_say(home, sizeof(home), "HOME=%s", l->home[0] ? l->home : "/");
	while (*envp)
		envp++;
	*envp = home;
}

/* Along PATH, as execvp(3) does: what is missing is passed over, and so is what may not be
 * executed, but the latter is the answer if nothing better follows. */
static int search(
	const char **argv, const char **envp, int try(const char *, const char **, const char **))
{
	const char *path = find(envp, "PATH");
	char full[PATH_ROOM];
	int answer = -ENOENT;

	for (path = path ? path : default_path;; path++) {
		size_t len = strcspn(path, ":");

		if (len + strlen(argv[0]) + 2 <= sizeof(full)) {
			memcpy(full, path, len);
			launch_say(full + len, sizeof(full) - len, "%s%s", len ? "/" : "", argv[0]);
			int error = try(full, argv, envp);

			if (!error)
				return 0;
			if (error == -EACCES)
				answer = -EACCES;
			else if (error != -ENOENT && error != -ENOTDIR && error != -ELOOP)
				return error;
		}
		path += len;
		if (!*path)
			return answer;
	}
}

static bool is_directory(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), is = fd >= 0;

	sys_close(&fd);
	return is;
}

static int fail(struct launch *l, const char *name, int error)
{
	int exit = error == -ENOENT || error == -ENOTDIR ? 127 : 126;

	if (error == -ENOENT && !strchr(name, '/'))
		return launch_fail(
			l, error, exit, "exec \"%s\": executable file not found in $PATH", name);
	if (error == -EACCES && strchr(name, '/') && is_directory(name))
		return launch_fail(l, error, exit, "exec %s: is a directory: %e", name, error);
	return launch_fail(l, error, exit, "exec %s: %e", name, error);
}

static int execute(const char *path, const char **argv, const char **envp)
{
	execve(path, (char *const *)argv, (char *const *)envp);
	return -errno;
}

/* What execve(2) would say of it, as far as can be told without trying. */
static int look(const char *path, const char **argv, const char **envp)
{
	struct stat st;

	(void)argv;
	(void)envp;
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, 0) < 0 ? -errno : 0;
}

static int find_program(
	const char **argv, const char **envp, int try(const char *, const char **, const char **))
{
	if (!argv[0][0])
		return -ENOENT;
	return strchr(argv[0], '/') ? try(argv[0], argv, envp) : search(argv, envp, try);
}

int launch_exec_look(struct launch *l, const struct plan_step *step)
{
	const char **envp, **argv = vectors(l, step, &envp);
	int error = argv ? find_program(argv, envp, look) : -ENOMEM;

	return error ? fail(l, argv ? argv[0] : "", error) : 0;
}

/* What the caller opened for it, on the numbers that it has. */
static int hand_on(unsigned count)
{
	for (int fd = 3; fd < 3 + (int)count; fd++)
		if (fcntl(fd, F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

int launch_exec(struct launch *l, const struct plan_step *step)
{
	const char **envp, **argv = vectors(l, step, &envp);
	int first = 3 + (int)step->n[1], error = hand_on((unsigned)step->n[1]);

	if (!argv || error)
		return argv ? error : -ENOMEM;
	if (step->n[0] & PLAN_EXEC_SET_HOME)
		set_home(l, envp);
	/* Nothing is left open but stdio and the gate, which closes itself: not even for the
	 * kernel's own walk along a path through /proc/self/fd. */
	if (dup3(l->gate, first, O_CLOEXEC) < 0 && errno != EINVAL)
		return -errno;
	l->gate = first;
	error = sys_close_range((unsigned)first + 1, ~0u);
	if (error)
		return error;
	launch_gate_ready(l->gate);
	return fail(l, argv[0], find_program(argv, envp, execute));
}
