#include "core/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/process.h"
#include "core/roster_private.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

/* ---- one row at a time ---- */

static off_t row_at(unsigned number)
{
	return (off_t)number * ROW_SIZE;
}

unsigned roster_last(struct roster *roster)
{
	struct stat st;

	if (fstat(roster->fd, &st) < 0 || st.st_size < ROW_SIZE)
		return 0;
	return (unsigned)(st.st_size / ROW_SIZE) - 1;
}

int roster_write(struct roster *roster, unsigned number, size_t offset, const void *data,
	size_t len, struct err *err)
{
	if (pwrite(roster->fd, data, len, row_at(number) + (off_t)offset) == (ssize_t)len)
		return 0;
	return err_sys(err, "roster row %u", number);
}

/* A writer copies at most a few hundred bytes; catching it in the middle more than once or twice
 * means that the row is damaged, and then the last copy is as good as any. */
enum { READ_TRIES = 100 };

void row_end_texts(struct row *out)
{
	out->id[sizeof(out->id) - 1] = '\0';
	out->name[sizeof(out->name) - 1] = '\0';
	out->image[sizeof(out->image) - 1] = '\0';
	out->image_id[sizeof(out->image_id) - 1] = '\0';
	out->command[sizeof(out->command) - 1] = '\0';
	out->state.error[sizeof(out->state.error) - 1] = '\0';
}

int roster_read(struct roster *roster, unsigned number, struct row *out)
{
	for (int i = 0; i < READ_TRIES; i++) {
		if (pread(roster->fd, out, sizeof(*out), row_at(number)) != sizeof(*out))
			return -ENOENT;
		if (out->state.seq == out->state.seq_end)
			break;
	}
	row_end_texts(out);
	return out->use == ROW_FREE ? -ENOENT : 0;
}

static int fill(struct roster_scan *scan)
{
	ssize_t got = pread(scan->roster->fd, scan->rows, sizeof(scan->rows), row_at(scan->number));

	scan->at = 0;
	scan->count = got > 0 ? (unsigned)((size_t)got / ROW_SIZE) : 0;
	return scan->count > 0;
}

void roster_scan_begin(struct roster *roster, struct roster_scan *scan)
{
	scan->roster = roster;
	scan->number = 0;
	scan->at = scan->count = 0;
}

struct row *roster_scan_next(struct roster_scan *scan)
{
	for (;;) {
		struct row *row;

		scan->number++;
		if (++scan->at >= scan->count && !fill(scan))
			return NULL;
		row = &scan->rows[scan->at];
		if (row->state.seq != row->state.seq_end)
			roster_read(scan->roster, scan->number, row);
		if (row->use == ROW_FREE)
			continue;
		row_end_texts(row);
		return row;
	}
}

int roster_set_state(
	struct roster *roster, unsigned number, const struct row_state *state, struct err *err)
{
	struct row_state next = *state;
	struct row now;

	if (pread(roster->fd, &now, sizeof(now), row_at(number)) != sizeof(now))
		return err_set(err, ENOENT, "roster row %u is not there", number);
	next.seq = next.seq_end = now.state.seq + 1;
	return roster_write(roster, number, offsetof(struct row, state), &next, sizeof(next), err);
}

/* ---- finding ---- */

/* All rows as they lie in the file: whoever looks for a text in a thousand of them copies none.
 * What is found is read anew, because a row may change under such a look. The file shrinks once a
 * boot, before there is anybody to look. */
struct view {
	const struct row *rows; /* by number; the first is the head */
	unsigned count;
};

static void view_close(struct view *view)
{
	if (view->count)
		munmap((void *)view->rows, (size_t)view->count * ROW_SIZE);
}

#define auto_view __attribute__((cleanup(view_close))) struct view

static int view_open(struct roster *roster, struct view *out, struct err *err)
{
	struct view view = {.count = roster_last(roster) + 1};
	void *rows;

	if (view.count == 1)
		return 0;
	rows = mmap(NULL, (size_t)view.count * ROW_SIZE, PROT_READ, MAP_SHARED, roster->fd, 0);
	if (rows == MAP_FAILED)
		return err_sys(err, "read the roster");
	view.rows = rows;
	*out = view;
	return 0;
}

/* A row caught while it is written may lack its texts' ends. */
#define IS(field, text) (strncmp(field, text, sizeof(field)) == 0)

struct search {
	const char *who;
	size_t len;
	char id[sizeof(((struct row *)0)->id)]; /* of the best so far */
	unsigned by_id, by_name, by_prefix;
	bool ambiguous;
};

static unsigned pick(const struct search *search)
{
	if (search->by_id)
		return search->by_id;
	return search->by_name ? search->by_name : search->by_prefix;
}

static void consider(struct search *search, unsigned number, const struct row *row)
{
	if (IS(row->id, search->who))
		search->by_id = number;
	else if (IS(row->name, search->who))
		search->by_name = number;
	else if (search->len && strncmp(row->id, search->who, search->len) == 0) {
		search->ambiguous |= search->by_prefix != 0;
		search->by_prefix = number;
	}
	if (pick(search) != number)
		return;
	memcpy(search->id, row->id, sizeof(search->id));
	search->id[sizeof(search->id) - 1] = '\0';
}

/* 1 when the row that was found is another container's by now. */
static int find_once(
	struct roster *roster, const char *who, unsigned *number, struct row *out, struct err *err)
{
	struct search search = {.who = *who == '/' ? who + 1 : who};
	auto_view view = {0};
	int failed = view_open(roster, &view, err);
	unsigned found;

	if (failed)
		return failed;
	search.len = strlen(search.who);
	if (!search.len)
		return err_set(err, EINVAL, "invalid container name or ID: value is empty");
	for (unsigned i = 1; i < view.count; i++)
		if (view.rows[i].use != ROW_FREE)
			consider(&search, i, &view.rows[i]);
	found = pick(&search);
	if (found == search.by_prefix && search.ambiguous)
		return err_set(err, EEXIST, "multiple IDs found with provided prefix: %s", who);
	if (!found)
		return err_set(err, ENOENT, "No such container: %s", who);
	*number = found;
	return roster_read(roster, found, out) < 0 || strcmp(out->id, search.id) != 0;
}

int roster_find(
	struct roster *roster, const char *who, unsigned *number, struct row *out, struct err *err)
{
	int found;

	do
		found = find_once(roster, who, number, out, err);
	while (found > 0);
	return found;
}

/* ---- changing who is there ---- */

void roster_unlockp(int *fd)
{
	if (*fd >= 0)
		flock(*fd, LOCK_UN);
}

int roster_lock(struct roster *roster, int *locked, struct err *err)
{
	while (flock(roster->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, "lock the roster");
	*locked = roster->fd;
	return 0;
}

/* The row, as it stays until the lock goes. -ENOENT: it is another container's by now. */
static int lock_row(struct roster *roster, unsigned number, const char *id, int *locked,
	struct row *row, struct err *err)
{
	int failed = roster_lock(roster, locked, err);

	if (failed)
		return failed;
	if (roster_read(roster, number, row) < 0 || strcmp(row->id, id) != 0)
		return err_set(err, ENOENT, "No such container: %s", id);
	return 0;
}

static int check_name(struct roster *roster, const char *name, unsigned except, unsigned *free_row,
	struct err *err)
{
	auto_view view = {0};
	int failed = view_open(roster, &view, err);

	*free_row = 0;
	if (failed)
		return failed;
	for (unsigned i = 1; i < view.count; i++) {
		const struct row *row = &view.rows[i];

		if (row->use == ROW_FREE && !*free_row)
			*free_row = i;
		if (row->use == ROW_FREE || i == except || !IS(row->name, name))
			continue;
		return err_set(err, EEXIST,
			"Conflict. The container name \"/%s\" is already in use by container \"%.64s\". You have to remove (or "
			"rename) that container to be able to reuse that name.",
			name, row->id);
	}
	if (!*free_row)
		*free_row = view.count ? view.count : 1;
	return 0;
}

int roster_add(struct roster *roster, const struct row *row, unsigned *number, struct err *err)
{
	struct row added = *row, old = {0};
	auto_roster_lock int locked = -1;
	unsigned at;
	int failed = roster_lock(roster, &locked, err);

	if (!failed)
		failed = check_name(roster, row->name, 0, &at, err);
	if (failed)
		return failed;
	if (pread(roster->fd, &old, sizeof(old), row_at(at)) == sizeof(old))
		added.generation = old.generation + 1;
	failed = roster_write(roster, at, 0, &added, sizeof(added), err);
	*number = at;
	return failed;
}

/* 1: done; 0: it is another container's row. */
static int change_use(
	struct roster *roster, unsigned number, const char *id, enum row_use use, struct err *err)
{
	auto_roster_lock int locked = -1;
	uint32_t value = use;
	struct row row;
	int failed = lock_row(roster, number, id, &locked, &row, err);

	if (failed == -ENOENT)
		return err_forgive(err);
	if (failed)
		return failed;
	failed =
		roster_write(roster, number, offsetof(struct row, use), &value, sizeof(value), err);
	return failed ? failed : 1;
}

int roster_set_use(
	struct roster *roster, unsigned number, const char *id, enum row_use use, struct err *err)
{
	int changed = change_use(roster, number, id, use, err);

	return changed < 0 ? changed : 0;
}

int roster_free(struct roster *roster, unsigned number, const char *id, struct err *err)
{
	return change_use(roster, number, id, ROW_FREE, err);
}

int roster_rename(
	struct roster *roster, unsigned number, const char *id, const char *name, struct err *err)
{
	char text[sizeof(((struct row *)0)->name)] = "";
	auto_roster_lock int locked = -1;
	unsigned unused;
	struct row row;
	int failed = lock_row(roster, number, id, &locked, &row, err);

	if (!failed)
		failed = check_name(roster, name, number, &unused, err);
	if (failed)
		return failed;
	snprintf(text, sizeof(text), "%s", name);
	return roster_write(roster, number, offsetof(struct row, name), text, sizeof(text), err);
}

int roster_set_policy(struct roster *roster, unsigned number, const char *id, uint32_t restart,
	uint32_t max, struct err *err)
{
	const uint32_t policy[2] = {restart, max};
	auto_roster_lock int locked = -1;
	struct row row;
	int failed = lock_row(roster, number, id, &locked, &row, err);

	if (failed)
		return failed;
	return roster_write(
		roster, number, offsetof(struct row, restart), policy, sizeof(policy), err);
}

int roster_save(struct roster *roster, unsigned number, const char *id, int dir_fd, struct err *err)
{
	auto_roster_lock int locked = -1;
	struct row row;
	int failed = lock_row(roster, number, id, &locked, &row, err);

	if (failed)
		return failed;
	if (row.use == ROW_REMOVING)
		return err_set(err, ENOENT, "No such container: %s", id);
	failed = path_replace_at(dir_fd, "row", &row, sizeof(row), 0600);
	if (failed == -ENOENT) /* removed just now */
		return err_set(err, ENOENT, "No such container: %s", row.name);
	return failed ? err_set(err, failed, "container %s: %s", row.name, err_name(failed)) : 0;
}

/* ---- opening ---- */

static int check_head(struct roster *roster, bool *fresh, struct err *err)
{
	struct roster_head head;

	*fresh = true;
	if (pread(roster->fd, &head, sizeof(head), 0) != sizeof(head))
		return 0;
	if (memcmp(head.magic, ROSTER_MAGIC, sizeof(head.magic)) != 0)
		return 0;
	if (head.version > ROSTER_VERSION || head.row_size != ROW_SIZE)
		return err_set(err, EPROTO,
			"this davit is older than the one that runs the containers here (roster version %u): upgrade it",
			head.version);
	*fresh = strncmp(head.boot_id, process_boot_id(), sizeof(head.boot_id)) != 0;
	roster->may_offer = !head.offered && !head.applied;
	return 0;
}

static int prepare(struct roster *roster, struct err *err)
{
	auto_roster_lock int locked = -1;
	bool fresh;
	int failed = check_head(roster, &fresh, err);

	if (failed || !fresh)
		return failed;
	failed = roster_lock(roster, &locked, err);
	if (!failed) /* somebody may have built it while we waited */
		failed = check_head(roster, &fresh, err);
	if (failed || !fresh)
		return failed;
	/* A run root that outlived a reboot: its pids mean nothing now. */
	if (ftruncate(roster->fd, 0) < 0)
		return err_sys(err, "empty the roster of an earlier boot");
	roster->may_offer = true;
	return roster_build(roster, err);
}

int roster_open(int run_fd, int containers_fd, struct roster **out, struct err *err)
{
	struct roster *roster = calloc(1, sizeof(*roster));
	int failed;

	if (!roster)
		return err_set(err, ENOMEM, "open the roster: out of memory");
	roster->containers_fd = containers_fd;
	roster->fd = openat(run_fd, "roster", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	failed = roster->fd < 0 ? err_sys(err, "open the roster") : prepare(roster, err);
	if (failed) {
		roster_close(roster);
		return failed;
	}
	*out = roster;
	return 0;
}

int roster_open_read_only(int run_fd, int containers_fd, struct roster **out, struct err *err)
{
	struct roster *roster = calloc(1, sizeof(*roster));
	bool fresh = true;
	int failed = 0;

	if (!roster)
		return err_set(err, ENOMEM, "open the roster: out of memory");
	roster->containers_fd = containers_fd;
	roster->fd = openat(run_fd, "roster", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (roster->fd >= 0)
		failed = check_head(roster, &fresh, err);
	if (!failed && fresh) {
		own_closep(&roster->fd);
		roster->fd = memfd_create("roster", MFD_CLOEXEC);
		failed = roster->fd < 0 ? err_sys(err, "open the roster")
					: roster_build(roster, err);
	}
	roster->may_offer = false;
	if (failed) {
		roster_close(roster);
		return failed;
	}
	*out = roster;
	return 0;
}

void roster_close(struct roster *roster)
{
	if (!roster)
		return;
	if (roster->fd >= 0)
		close(roster->fd);
	free(roster);
}

int roster_fd(const struct roster *roster)
{
	return roster->fd;
}
