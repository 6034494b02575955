#include "core/network_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/network_own.h"
#include "core/step.h"
#include "util/own.h"

/* ---- the file ---- */

struct table {
	int fd;
	struct names_record *v; /* v[0] is the head; shared with everybody */
	size_t len;             /* records, the head counted */
};

static void table_close(struct table *table)
{
	if (table->v)
		munmap(table->v, table->len * NAMES_SIZE);
	own_closep(&table->fd);
	*table = (struct table){.fd = -1};
}
#define auto_table __attribute__((cleanup(table_close))) struct table

static struct names_head *head_of(const struct table *table)
{
	return (struct names_head *)table->v;
}

static int table_map(struct table *table, struct err *err)
{
	struct stat st;

	if (fstat(table->fd, &st) < 0 || st.st_size < NAMES_SIZE)
		return err_set(err, EPROTO, "a network's table of names is damaged");
	if (table->v)
		munmap(table->v, table->len * NAMES_SIZE);
	table->len = (size_t)st.st_size / NAMES_SIZE;
	table->v = mmap(
		NULL, table->len * NAMES_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
	if (table->v == MAP_FAILED) {
		table->v = NULL;
		return err_sys(err, "read a network's table of names");
	}
	if (memcmp(head_of(table)->magic, NAMES_MAGIC, 8) != 0 ||
		head_of(table)->version != NAMES_VERSION ||
		head_of(table)->record_size != NAMES_SIZE)
		return err_set(err, EPROTO,
			"a network's table of names belongs to another version of davit");
	return 0;
}

static int table_open(struct engine *engine, const char *network_id, bool lock, struct table *out,
	struct err *err)
{
	char path[96];

	*out = (struct table){.fd = -1};
	snprintf(path, sizeof(path), "n/%.64s/names", network_id);
	out->fd =
		openat(store_dir(engine->store, STORE_RUN), path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd < 0)
		return err_sys(err, "network %.12s: names", network_id);
	while (lock && flock(out->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(err, "network %.12s: names", network_id);
	return table_map(out, err);
}

int names_create(int dir, const struct network *network, struct err *err)
{
	struct names_head head = {.version = NAMES_VERSION,
		.record_size = NAMES_SIZE,
		.flags = (network->internal ? NAMES_INTERNAL : 0) |
			 (network->is_default ? 0 : NAMES_RESOLVED)};
	char temporary[] = "names.new";
	auto_close int fd = -1;

	if (faccessat(dir, "names", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	memcpy(head.magic, NAMES_MAGIC, sizeof(head.magic));
	snprintf(head.network, sizeof(head.network), "%s", network->name);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, &head, sizeof(head)) != sizeof(head) ||
		renameat(dir, temporary, dir, "names") < 0)
		return err_sys(err, "network %s: names", network->name);
	return 0;
}

/* ---- which addresses are free ---- */

struct taken {
	uint64_t *v; /* indexes from the range's base */
	size_t len;
};

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void take_note(struct taken *taken, const struct subnet *range, const uint8_t address[16])
{
	struct subnet only = {.family = range->family, .prefix = range->range_prefix};

	memcpy(only.base, range->range_base, 16);
	if (subnet_has(&only, address))
		taken->v[taken->len++] = subnet_index(range->range_base, range->family, address);
}

static void address_of(const struct names_record *record, unsigned family, uint8_t out[16])
{
	memset(out, 0, 16);
	if (family == AF_INET6)
		memcpy(out, record->address6, 16);
	else
		memcpy(out, record->address4, 4);
}

static int list_taken(const struct table *table, const struct network *network,
	const struct subnet *subnet, struct taken *out)
{
	uint8_t address[16];

	out->len = 0;
	out->v = malloc((table->len + network->reserved + 2) * sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 1; i < table->len; i++) {
		if (table->v[i].use != NAMES_USED)
			continue;
		address_of(&table->v[i], subnet->family, address);
		take_note(out, subnet, address);
	}
	for (unsigned i = 0; i < network->reserved; i++)
		if (network->reserved_at[i][0] == (subnet->family == AF_INET6 ? 6 : 4))
			take_note(out, subnet, &network->reserved_at[i][1]);
	take_note(out, subnet, subnet->gateway);
	qsort(out->v, out->len, sizeof(*out->v), ascending);
	return 0;
}

static bool is_taken(const struct taken *taken, uint64_t index)
{
	return bsearch(&index, taken->v, taken->len, sizeof(index), ascending);
}

/* The next free one after the last that was given, so that an address rests before it is given
 * again: others remember who had it. */
static bool next_free(
	const struct subnet *subnet, const struct taken *taken, uint32_t *cursor, uint8_t out[16])
{
	uint64_t span = prefix_span(subnet->family, subnet->range_prefix), tries;
	struct subnet range = *subnet;

	memcpy(range.base, subnet->range_base, 16);
	range.prefix = subnet->range_prefix;
	tries = taken->len + 4 < span ? taken->len + 4 : span;
	for (uint64_t i = 1; i <= tries; i++) {
		uint64_t index = (*cursor + i) % span;

		if (is_taken(taken, index) || !subnet_at(&range, index, out) ||
			subnet_is_edge(subnet, out))
			continue;
		*cursor = (uint32_t)index;
		return true;
	}
	return false;
}

/* ---- taking ---- */

static bool is_up(struct engine *engine, const char id[72])
{
	unsigned number;
	struct row row;

	if (engine_find_row(engine, id, &number, &row, NULL) < 0 || strncmp(row.id, id, 64) != 0)
		return step_is_up(engine, id);
	return row_is_monitored(&row);
}

/* Of containers whose end nobody undid. */
static unsigned reclaim(struct engine *engine, struct table *table)
{
	unsigned freed = 0;

	for (size_t i = 1; i < table->len; i++) {
		struct names_record *record = &table->v[i];

		if (record->use != NAMES_USED || is_up(engine, record->id))
			continue;
		record->use = NAMES_FREE;
		freed++;
	}
	return freed;
}

static bool is_used_by_another(
	struct table *table, const struct subnet *subnet, const uint8_t wanted[16])
{
	uint8_t address[16];

	for (size_t i = 1; i < table->len; i++) {
		address_of(&table->v[i], subnet->family, address);
		if (table->v[i].use == NAMES_USED && memcmp(address, wanted, 16) == 0)
			return true;
	}
	return false;
}

static int take_this(struct engine *engine, struct table *table, const struct network *network,
	const struct subnet *subnet, const uint8_t wanted[16], struct err *err)
{
	char text[ADDRESS_TEXT], whole[ADDRESS_TEXT + 4];

	address_text(subnet->family, wanted, text);
	if (!subnet_has(subnet, wanted))
		return err_set(err, EINVAL,
			"invalid endpoint settings: no configured subnet contains IP address %s: network %s has %s",
			text, network->name, subnet_text(subnet, whole));
	if (memcmp(wanted, subnet->gateway, 16) == 0 || subnet_is_edge(subnet, wanted))
		return err_set(err, EADDRINUSE, "Address already in use");
	for (unsigned i = 0; i < network->reserved; i++)
		if (memcmp(&network->reserved_at[i][1], wanted, 16) == 0)
			return err_set(err, EADDRINUSE, "Address already in use");
	if (!is_used_by_another(table, subnet, wanted))
		return 0;
	reclaim(engine, table);
	return is_used_by_another(table, subnet, wanted)
		       ? err_set(err, EADDRINUSE, "Address already in use")
		       : 0;
}

static int take_any(struct engine *engine, struct table *table, const struct network *network,
	const struct subnet *subnet, uint32_t *cursor, uint8_t out[16], struct err *err)
{
	for (int again = 0; again < 2; again++) {
		struct taken taken;
		bool found;

		if (list_taken(table, network, subnet, &taken) < 0)
			return err_set(err, ENOMEM, "lease an address: out of memory");
		found = next_free(subnet, &taken, cursor, out);
		free(taken.v);
		if (found)
			return 0;
		if (!reclaim(engine, table))
			break;
	}
	return err_set(err, ENOSPC,
		"no available %s addresses on this network's address pools: %s (%s)",
		subnet->family == AF_INET6 ? "IPv6" : "IPv4", network->name, network->id);
}

static int take_address(struct engine *engine, struct table *table, const struct network *network,
	const struct subnet *subnet, uint32_t *cursor, uint8_t address[16], struct err *err)
{
	if (!subnet->family) {
		if (!address_is_zero(address))
			return err_set(err, EINVAL,
				"invalid endpoint settings: network %s has no subnet of that address family",
				network->name);
		return 0;
	}
	return address_is_zero(address)
		       ? take_any(engine, table, network, subnet, cursor, address, err)
		       : take_this(engine, table, network, subnet, address, err);
}

static int free_record(struct table *table, unsigned *number, struct err *err)
{
	enum { GROWTH = 16 };

	for (size_t i = 1; i < table->len; i++)
		if (table->v[i].use == NAMES_FREE) {
			*number = (unsigned)i;
			return 0;
		}
	*number = (unsigned)table->len;
	if (ftruncate(table->fd, (off_t)(table->len + GROWTH) * NAMES_SIZE) < 0)
		return err_sys(err, "lease an address");
	return table_map(table, err);
}

static int write_names(
	char text[NAMES_TEXT], const char *container, const struct strs *names, struct err *err)
{
	size_t at = 0;

	for (size_t i = 0; i < names->len; i++) {
		size_t len = strlen(names->v[i]) + 1;

		if (at + len + 1 > NAMES_TEXT)
			return err_set(err, E2BIG,
				"container %.12s: more than %d characters of names and aliases on one network",
				container, NAMES_TEXT - 1);
		memcpy(text + at, names->v[i], len);
		at += len;
	}
	memset(text + at, 0, NAMES_TEXT - at);
	return 0;
}

/* As docker did for long: an address keeps its place in others' neighbour tables. */
static void choose_mac(struct lease *lease)
{
	static const uint8_t none[6];

	if (memcmp(lease->mac, none, 6) != 0)
		return;
	lease->mac[0] = 0x02;
	lease->mac[1] = 0x42;
	memcpy(lease->mac + 2,
		address_is_zero(lease->address4) ? lease->address6 + 12 : lease->address4, 4);
}

static void fill(struct names_record *record, const struct lease *lease, const char *text)
{
	record->seq++;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memset(record->id, 0, sizeof(record->id));
	memcpy(record->id, lease->id, 64);
	memcpy(record->address4, lease->address4, 4);
	memcpy(record->address6, lease->address6, 16);
	memcpy(record->mac, lease->mac, 6);
	memcpy(record->link, lease->link, sizeof(record->link));
	memcpy(record->text, text, NAMES_TEXT);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	record->seq_end = record->seq;
	__atomic_store_n(&record->use, NAMES_USED, __ATOMIC_RELEASE);
}

int names_take(
	struct engine *engine, const struct network *network, struct lease *lease, struct err *err)
{
	auto_table table;
	char text[NAMES_TEXT];
	int failed = table_open(engine, network->id, true, &table, err);

	if (!failed)
		failed = write_names(text, lease->id, lease->names, err);
	if (!failed)
		failed = take_address(engine, &table, network, &network->v4,
			&head_of(&table)->cursor4, lease->address4, err);
	if (!failed)
		failed = take_address(engine, &table, network, &network->v6,
			&head_of(&table)->cursor6, lease->address6, err);
	if (!failed)
		failed = free_record(&table, &lease->number, err);
	if (failed)
		return failed;
	choose_mac(lease);
	fill(&table.v[lease->number], lease, text);
	return 0;
}

/* ---- giving back ---- */

void names_give_back(
	struct engine *engine, const char *network_id, unsigned number, const char *container)
{
	auto_table table;

	if (table_open(engine, network_id, false, &table, NULL) == 0 && number < table.len &&
		number && strncmp(table.v[number].id, container, 64) == 0)
		table.v[number].use = NAMES_FREE;
}

static void give_back_all(struct engine *engine, const char *network_id, void *arg)
{
	const char *container = arg;
	auto_table table;

	if (table_open(engine, network_id, false, &table, NULL) < 0)
		return;
	for (size_t i = 1; i < table.len; i++)
		if (table.v[i].use == NAMES_USED && strncmp(table.v[i].id, container, 64) == 0)
			table.v[i].use = NAMES_FREE;
}

void names_give_back_all(struct engine *engine, const char *container)
{
	networks_each_known(engine, give_back_all, (void *)container);
}

int names_rename(struct engine *engine, const char *network_id, const char *container,
	const char *old_name, const char *new_name, struct err *err)
{
	auto_table table;
	int failed = table_open(engine, network_id, true, &table, err);

	for (size_t i = 1; !failed && i < table.len; i++) {
		struct names_record *record = &table.v[i], copy = *record;
		auto_strs names = STRS_INIT;
		struct lease lease = {.id = container};
		char text[NAMES_TEXT];

		if (copy.use != NAMES_USED || strncmp(copy.id, container, 64) != 0)
			continue;
		for (const char *at = copy.text; *at; at += strlen(at) + 1)
			strs_add(&names, strcmp(at, old_name) == 0 ? new_name : at);
		failed = write_names(text, container, &names, err);
		if (failed)
			break;
		memcpy(lease.address4, copy.address4, 4);
		memcpy(lease.address6, copy.address6, 16);
		memcpy(lease.mac, copy.mac, 6);
		memcpy(lease.link, copy.link, sizeof(lease.link));
		fill(record, &lease, text);
	}
	return failed;
}

/* ---- reading ---- */

int names_list(struct engine *engine, const char *network_id, struct names_record **out,
	size_t *count, struct err *err)
{
	auto_table table;
	struct names_record *list;
	int failed = table_open(engine, network_id, false, &table, err);

	*out = NULL;
	*count = 0;
	if (failed)
		return failed;
	list = calloc(table.len, sizeof(*list));
	if (!list)
		return err_set(err, ENOMEM, "read a network's names: out of memory");
	for (size_t i = 1; i < table.len; i++)
		if (table.v[i].use == NAMES_USED && is_up(engine, table.v[i].id))
			list[(*count)++] = table.v[i];
	*out = list;
	return 0;
}
