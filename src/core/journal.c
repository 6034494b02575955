#include "core/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/timing.h"
#include "runtime/wire.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

/* Of a journal that holds more than KEPT_MAX, the newest KEPT stays; what was before is a hole, so
 * that sequences go on meaning what they meant. */
enum {
	READ_CHUNK = 64 << 10,
	ATTRS_MAX = 64,
	KEPT = 8 << 20,
	KEPT_MAX = 16 << 20,
};

struct journal {
	int fd;
};

static int open_file(struct journal *journal, int dir_fd, const char *name, struct err *err)
{
	journal->fd =
		openat(dir_fd, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return journal->fd < 0 ? err_sys(err, "open the journal of %s",
					 str_eq(name, "journal") ? "events" : name)
			       : 0;
}

static void forget_old(struct journal *journal)
{
	struct stat st;

	if (fstat(journal->fd, &st) < 0 || st.st_blocks * 512 <= KEPT_MAX)
		return;
	if (fallocate(journal->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		    st.st_size - KEPT) < 0)
		return; /* a file system without holes keeps everything */
}

int journal_open(int run_fd, struct journal **out, struct err *err)
{
	return journal_open_as(run_fd, "journal", out, err);
}

int journal_open_as(int dir_fd, const char *name, struct journal **out, struct err *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int failed;

	if (!journal)
		return err_set(err, ENOMEM, "open the event journal: out of memory");
	failed = open_file(journal, dir_fd, name, err);
	if (failed) {
		free(journal);
		return failed;
	}
	forget_old(journal);
	*out = journal;
	return 0;
}

int journal_open_read_only(int dir_fd, const char *name, struct journal **out, struct err *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return err_set(err, ENOMEM, "open the journal of %s: out of memory", name);
	journal->fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (journal->fd < 0 && errno == ENOENT)
		journal->fd = memfd_create(name, MFD_CLOEXEC);
	if (journal->fd < 0) {
		free(journal);
		return err_sys(err, "open the journal of %s", name);
	}
	*out = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close(journal->fd);
	free(journal);
}

int journal_fd(const struct journal *journal)
{
	return journal->fd;
}

/* ---- writing ---- */

static void add_attrs(struct buf *record, struct journal_head *head, const char *const *attrs)
{
	for (; attrs && attrs[0] && attrs[1] && head->attrs < ATTRS_MAX; attrs += 2) {
		size_t key = strlen(attrs[0]) + 1, value = strlen(attrs[1]) + 1;

		if (record->len + key + value > JOURNAL_RECORD_MAX - 8)
			return;
		buf_add(record, attrs[0], key);
		buf_add(record, attrs[1], value);
		head->attrs++;
	}
}

int journal_add(struct journal *journal, enum event_type type, const char *action, const char *id,
	const char *const *attrs, struct err *err)
{
	struct journal_head head = {
		.mark = JOURNAL_MARK, .time_ns = timing_wall(), .type = (uint16_t)type};
	auto_buf record = BUF_INIT;

	snprintf(head.action, sizeof(head.action), "%s", action);
	snprintf(head.id, sizeof(head.id), "%s", id);
	buf_add(&record, &head, sizeof(head));
	add_attrs(&record, &head, attrs);
	while (record.len % 8 && !buf_failed(&record))
		buf_addc(&record, '\0');
	if (buf_failed(&record))
		return err_set(err, ENOMEM, "record an event: out of memory");
	head.len = head.len_again = (uint32_t)record.len;
	memcpy(record.data, &head, sizeof(head));
	if (write(journal->fd, record.data, record.len) != (ssize_t)record.len)
		return err_sys(err, "record an event");
	return 0;
}

/* ---- reading ---- */

static size_t text_end(const char *data, size_t at, size_t len)
{
	const char *nul = memchr(data + at, '\0', len - at);

	return nul ? (size_t)(nul - data) + 1 : 0;
}

/* The pairs behind the head. False when they do not add up. */
static bool read_attrs(const char *data, const struct journal_head *head, struct event_attr *attrs)
{
	size_t at = sizeof(*head);

	if (head->attrs > ATTRS_MAX)
		return false;
	for (size_t i = 0; i < head->attrs; i++) {
		size_t value = text_end(data, at, head->len);
		size_t end = value ? text_end(data, value, head->len) : 0;

		if (!end)
			return false;
		attrs[i] = (struct event_attr){data + at, data + value};
		at = end;
	}
	return true;
}

static bool head_is_sane(const struct journal_head *head)
{
	return head->mark == JOURNAL_MARK && head->len == head->len_again &&
	       head->len >= sizeof(*head) && head->len <= JOURNAL_RECORD_MAX &&
	       head->len % 8 == 0 && memchr(head->action, '\0', sizeof(head->action)) &&
	       memchr(head->id, '\0', sizeof(head->id));
}

/* The action, with what goes on with it; the pair that said so is no attribute. */
static void read_action(const struct journal_head *head, struct event *event, struct buf *action)
{
	event->action = head->action;
	if (!event->attr_count || !str_eq(event->attrs[0].key, JOURNAL_MORE))
		return;
	buf_clear(action);
	buf_addf(action, "%s: %s", head->action, event->attrs[0].value);
	if (!buf_failed(action))
		event->action = buf_text(action);
	event->attrs++;
	event->attr_count--;
}

/* Delivers whole records from the chunk; returns how many bytes are done with. */
static size_t deliver(const char *data, size_t len, uint64_t seq, journal_fn on_event, void *arg)
{
	struct event_attr attrs[ATTRS_MAX];
	auto_buf action = BUF_INIT;
	size_t at = 0;

	while (at + sizeof(struct journal_head) <= len) {
		struct journal_head head;

		memcpy(&head, data + at, sizeof(head));
		if (!head_is_sane(&head)) {
			at += 8; /* a torn write: records stay 8-aligned, so the next one will be
				    met */
			continue;
		}
		if (at + head.len > len)
			break;
		if (read_attrs(data + at, &head, attrs)) {
			struct event event = {
				.seq = seq + at,
				.time_ns = head.time_ns,
				.type = head.type,
				.id = head.id,
				.attrs = attrs,
				.attr_count = head.attrs,
			};

			read_action(&head, &event, &action);
			on_event(arg, &event);
		}
		at += head.len;
	}
	return at;
}

uint64_t journal_end(struct journal *journal)
{
	struct stat st;

	return fstat(journal->fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

static void skip_hole(struct journal *journal, uint64_t *seq)
{
	off_t data = lseek(journal->fd, (off_t)*seq, SEEK_DATA);

	if (data > (off_t)*seq)
		*seq = (uint64_t)data; /* a multiple of a page: of 8, as records are */
}

int journal_read(
	struct journal *journal, uint64_t *seq, journal_fn on_event, void *arg, struct err *err)
{
	auto_free char *chunk = malloc(READ_CHUNK);

	if (!chunk)
		return err_set(err, ENOMEM, "read the event journal: out of memory");
	if (*seq > journal_end(journal))
		*seq = 0;
	skip_hole(journal, seq);
	for (;;) {
		ssize_t len = pread(journal->fd, chunk, READ_CHUNK, (off_t)*seq);
		size_t done;

		if (len < 0)
			return err_sys(err, "read the event journal");
		done = deliver(chunk, (size_t)len, *seq, on_event, arg);
		*seq += done;
		if (!done)
			return 0;
	}
}
