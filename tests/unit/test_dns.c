/* The resolver's pure half: messages, name tables, answers, its configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/shim/dns_answer.c"
#include "../../src/shim/dns_config.c"
#include "../../src/shim/dns_message.c"
#include "../../src/shim/dns_names.c"

/* ---- material ---- */

struct message {
	uint8_t at[DNS_QUERY_MAX + 64];
	size_t len;
};

static void add(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->at + m->len, bytes, len);
	m->len += len;
}

static void add_u16(struct message *m, unsigned value)
{
	uint8_t bytes[2];

	dns_put_u16(bytes, value);
	add(m, bytes, 2);
}

/* name: "web.backend"; an ending zero and type and class follow. */
static struct message question(const char *name, unsigned type)
{
	struct message m = {.len = 0};
	static const uint8_t head[] = {0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};

	add(&m, head, sizeof(head));
	while (*name) {
		uint8_t len = (uint8_t)strcspn(name, ".");

		add(&m, &len, 1);
		add(&m, name, len);
		name += len + (name[len] == '.');
	}
	add(&m, "", 1);
	add_u16(&m, type);
	add_u16(&m, DNS_IN);
	return m;
}

static void add_edns(struct message *m, unsigned size)
{
	add(m, "", 1);
	add_u16(m, DNS_OPT);
	add_u16(m, size);
	add(m, "\0\0\0\0\0\0", 6);
	m->at[11] = 1;
}

struct entry {
	const char *id, *names; /* "web\0www\0" */
	uint8_t v4[4], v6[16];
};

static int make_table(const char *network, const struct entry *entries, unsigned count)
{
	struct names_head head = {.magic = NAMES_MAGIC,
		.version = NAMES_VERSION,
		.record_size = NAMES_SIZE,
		.flags = NAMES_RESOLVED};
	int fd = memfd_create("names", 0);

	snprintf(head.network, sizeof(head.network), "%s", network);
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	for (unsigned i = 0; i < count; i++) {
		struct names_record record = {.seq = 3, .use = NAMES_USED, .seq_end = 3};
		const char *name = entries[i].names;
		size_t at = 0;

		snprintf(record.id, sizeof(record.id), "%s", entries[i].id);
		memcpy(record.address4, entries[i].v4, 4);
		memcpy(record.address6, entries[i].v6, 16);
		for (; *name; name += strlen(name) + 1, at += strlen(record.text + at) + 1)
			snprintf(record.text + at, sizeof(record.text) - at, "%s", name);
		assert_int_equal(write(fd, &record, sizeof(record)), sizeof(record));
	}
	return fd;
}

static const struct entry backend[] = {
	{"3f2a91c04d1e0000", "web\0www\0", {172, 18, 0, 2}, {0}},
	{"77aa01c04d1e0000", "DB-1\0data.base\0www\0", {172, 18, 0, 3}, {0xfd, 0, [15] = 3}},
	{"99aa01c04d1e0000", "six\0", {0}, {0xfd, 0, [15] = 9}},
};
static const struct entry other[] = {
	{"11aa01c04d1e0000", "web\0lonely\0", {10, 0, 0, 7}, {0}},
};

static struct dns_table tables[2];
static struct dns_view view;
static uint8_t room[4096];
static size_t reply_len;

static int open_tables(void **state)
{
	(void)state;
	view = (struct dns_view){.tables = tables, .count = 2, .random = 88172645463325252ull};
	return dns_table_open(&tables[0], make_table("backend", backend, 3)) &&
			       dns_table_open(&tables[1], make_table("other", other, 1))
		       ? 0
		       : -1;
}

static int close_tables(void **state)
{
	(void)state;
	close(tables[0].fd);
	close(tables[1].fd);
	return 0;
}

static bool answer(const struct message *m, size_t size)
{
	struct dns_query query;
	struct dns_reply reply;

	assert_int_equal(dns_read(m->at, m->len, &query), DNS_READ);
	if (!dns_answer(&view, m->at, &query, room, size, &reply))
		return false;
	reply_len = dns_reply_end(&reply, &query);
	assert_true(reply_len <= size);
	assert_int_equal(dns_u16(room), 0xabcd);
	return true;
}

static bool ask(const char *name, unsigned type)
{
	struct message m = question(name, type);

	return answer(&m, sizeof(room));
}

static unsigned code(void)
{
	return dns_u16(room + 2) & DNS_CODE;
}
static unsigned records(void)
{
	return dns_u16(room + 6);
}

/* The address of the i-th record when all of the reply's are of `len` bytes. */
static const uint8_t *address(unsigned i, size_t len)
{
	size_t at = DNS_HEAD;

	while (room[at])
		at += room[at] + 1u;
	at += 5;
	assert_true(at + (i + 1) * (12 + len) <= reply_len);
	return room + at + i * (12 + len) + 12;
}

static void finds(const char *name, uint8_t last)
{
	assert_true(ask(name, DNS_A));
	assert_int_equal(code(), DNS_NOERROR);
	assert_int_equal(records(), 1);
	assert_int_equal(address(0, 4)[3], last);
}

/* ---- queries ---- */

static void a_query_is_taken_apart(void **state)
{
	struct message m = question("Web.BackEnd", DNS_AAAA);
	struct dns_query query;

	(void)state;
	add_edns(&m, 1232);
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_READ);
	assert_string_equal(query.name, "web.backend");
	assert_int_equal(query.id, 0xabcd);
	assert_int_equal(query.type, DNS_AAAA);
	assert_int_equal(query.udp_size, 1232);
	assert_true(query.has_edns);
	assert_int_equal(query.question_end, m.len - 11);
}

static void a_small_edns_size_is_taken_for_the_least_there_is(void **state)
{
	struct message m = question("web", DNS_A);
	struct dns_query query;

	(void)state;
	add_edns(&m, 100);
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_READ);
	assert_int_equal(query.udp_size, DNS_PLAIN_UDP);
}

static void what_is_no_query_is_not_answered(void **state)
{
	struct message m = question("web", DNS_A);
	struct dns_query query;

	(void)state;
	assert_int_equal(dns_read(m.at, 11, &query), DNS_IGNORE);
	m.at[2] |= 0x80;
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_IGNORE);
}

static void another_opcode_is_not_known(void **state)
{
	struct message m = question("web", DNS_A);
	struct dns_query query;

	(void)state;
	m.at[2] |= 5 << 3;
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_UNKNOWN);
}

static void broken_questions_are_told_so(void **state)
{
	struct message m = question("web", DNS_A), none = question("web", DNS_A);
	struct message pointer = question("web", DNS_A);
	struct dns_query query;

	(void)state;
	for (size_t len = DNS_HEAD; len < m.len; len++) {
		assert_int_equal(dns_read(m.at, len, &query), DNS_BROKEN);
		assert_int_equal(query.question_end, DNS_HEAD);
	}
	none.at[5] = 2;
	assert_int_equal(dns_read(none.at, none.len, &query), DNS_BROKEN);
	/* A name that points to itself. */
	pointer.at[DNS_HEAD] = 0xc0;
	pointer.at[DNS_HEAD + 1] = DNS_HEAD;
	assert_int_equal(dns_read(pointer.at, pointer.len, &query), DNS_BROKEN);
}

static void a_name_is_at_most_255_bytes(void **state)
{
	char name[300] = "";
	struct message m;
	struct dns_query query;

	(void)state;
	memset(name, 'a', 255);
	for (int i = 50; i < 250; i += 51)
		name[i] = '.';
	name[253] = '\0';
	m = question(name, DNS_A);
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_READ);
	assert_string_equal(query.name, name);
	name[253] = 'a';
	name[254] = '\0';
	m = question(name, DNS_A);
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_BROKEN);
}

static void a_label_with_a_dot_in_it_is_nobodys_name(void **state)
{
	struct message m = question("webXbackend", DNS_A);
	struct dns_query query;

	(void)state;
	m.at[DNS_HEAD + 4] = '.';
	assert_int_equal(dns_read(m.at, m.len, &query), DNS_READ);
	assert_string_equal(query.name, "");
}

/* ---- answers ---- */

static void names_ids_and_aliases_are_found(void **state)
{
	(void)state;
	finds("web", 2);
	finds("WEB", 2);
	finds("db-1", 3);
	finds("data.base", 3);
	finds("3f2a91c04d1e", 2);
	finds("web.backend", 2);
	finds("data.base.Backend", 3);
	finds("lonely", 7);
	finds("web.other", 7);
	assert_true(dns_u16(room + 2) & DNS_AUTHORITATIVE);
}

static void parts_of_names_are_not(void **state)
{
	static const char *const names[] = {"we", "webb", "base", "3f2a91c04d1", "backend",
		"lonely.backend", "web.backend.other", "example.com", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(ask(names[i], DNS_A));
}

static void a_known_name_without_such_records_is_answered_with_none(void **state)
{
	static const unsigned types[] = {DNS_AAAA, 15 /* MX */, 16 /* TXT */, 65 /* HTTPS */};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_true(ask("web", types[i]));
		assert_int_equal(code(), DNS_NOERROR);
		assert_int_equal(records(), 0);
	}
	assert_true(ask("six", DNS_A));
	assert_int_equal(records(), 0);
}

static void addresses_of_both_families_are_given(void **state)
{
	(void)state;
	assert_true(ask("db-1", DNS_AAAA));
	assert_int_equal(records(), 1);
	assert_memory_equal(address(0, 16), backend[1].v6, 16);
	assert_true(ask("db-1", DNS_ANY));
	assert_int_equal(records(), 2);
}

static void a_shared_alias_gives_all_in_any_order(void **state)
{
	unsigned first[4] = {0};

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_true(ask("www", DNS_A));
		assert_int_equal(records(), 2);
		assert_int_equal(address(0, 4)[3] + address(1, 4)[3], 5);
		first[address(0, 4)[3]]++;
	}
	assert_true(first[2] > 50 && first[3] > 50);
}

static void an_address_leads_back_to_its_name(void **state)
{
	static const uint8_t name[] = "\4DB-1\7backend";

	(void)state;
	assert_true(ask("3.0.18.172.in-addr.arpa", DNS_PTR));
	assert_int_equal(records(), 1);
	assert_memory_equal(room + reply_len - sizeof(name), name, sizeof(name));
	assert_true(ask("3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
		DNS_PTR));
	assert_int_equal(records(), 1);
	assert_false(ask("4.0.18.172.in-addr.arpa", DNS_PTR));
	assert_false(ask("3.0.18.172.in-addr.arpa.x", DNS_PTR));
	assert_false(ask("0.0.0.0.in-addr.arpa", DNS_PTR));
	assert_false(ask("300.0.18.172.in-addr.arpa", DNS_PTR));
	assert_false(ask("0.18.172.in-addr.arpa", DNS_PTR));
}

static void services_below_our_names_do_not_exist(void **state)
{
	(void)state;
	assert_true(ask("_http._tcp.web", 33));
	assert_int_equal(code(), DNS_NXDOMAIN);
	assert_false(ask("_http._tcp.example.com", 33));
}

static void where_nothing_is_forwarded_other_names_do_not_exist(void **state)
{
	(void)state;
	view.closed = true;
	assert_true(ask("example.com", DNS_A));
	assert_int_equal(code(), DNS_NXDOMAIN);
	finds("web", 2);
}

static void what_does_not_fit_is_marked_truncated(void **state)
{
	struct entry many[80];
	struct message m = question("www", DNS_A);

	(void)state;
	for (int i = 0; i < 80; i++)
		many[i] = (struct entry){"0", "x\0www\0", {10, 1, 1, (uint8_t)(i + 1)}, {0}};
	close(tables[0].fd);
	assert_true(dns_table_open(&tables[0], make_table("backend", many, 80)));
	assert_true(answer(&m, DNS_PLAIN_UDP));
	assert_true(dns_u16(room + 2) & DNS_TRUNCATED);
	assert_true(records() > 20);
	add_edns(&m, 4096);
	assert_true(answer(&m, sizeof(room)));
	assert_false(dns_u16(room + 2) & DNS_TRUNCATED);
	assert_int_equal(records(), DNS_ADDRESSES);
	assert_int_equal(dns_u16(room + 10), 1);
	assert_int_equal(dns_u16(room + reply_len - 10), DNS_OPT);
}

/* ---- tables ---- */

static void a_record_caught_in_its_filling_is_not_believed(void **state)
{
	uint32_t torn = 4;

	(void)state;
	assert_int_equal(pwrite(tables[0].fd, &torn, 4, NAMES_SIZE), 4);
	assert_true(ask("web", DNS_A));
	assert_int_equal(address(0, 4)[3], 7); /* the other network's */
	assert_int_equal(pwrite(tables[0].fd, &torn, 4, 2 * NAMES_SIZE - 4), 4);
	finds("web", 2);
}

static void a_freed_record_is_not_found(void **state)
{
	uint32_t use = NAMES_FREE;

	(void)state;
	assert_int_equal(
		pwrite(tables[0].fd, &use, 4, NAMES_SIZE + offsetof(struct names_record, use)), 4);
	assert_true(ask("web", DNS_A));
	assert_int_equal(address(0, 4)[3], 7);
}

static void what_is_no_table_is_not_opened(void **state)
{
	struct names_head head;
	struct dns_table table;
	int fd = make_table("n", NULL, 0);

	(void)state;
	assert_true(dns_table_open(&table, fd));
	assert_int_equal(pread(fd, &head, sizeof(head), 0), sizeof(head));
	head.flags = 0; /* the default bridge's */
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	assert_false(dns_table_open(&table, fd));
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_false(dns_table_open(&table, fd));
	close(fd);
}

/* ---- answers of servers ---- */

static void only_the_answer_to_the_question_belongs(void **state)
{
	struct message query = question("example.com", DNS_A), reply = query;
	struct message wrong = question("exomple.com", DNS_A), shorter = question("e.com", DNS_A);

	(void)state;
	reply.at[2] |= 0x80;
	wrong.at[2] |= 0x80;
	shorter.at[2] |= 0x80;
	assert_true(dns_belongs(reply.at, reply.len, 0xabcd, query.at, query.len));
	assert_false(dns_belongs(reply.at, reply.len, 0xabce, query.at, query.len));
	assert_false(dns_belongs(reply.at, reply.len - 1, 0xabcd, query.at, query.len));
	assert_false(dns_belongs(wrong.at, wrong.len, 0xabcd, query.at, query.len));
	assert_false(dns_belongs(shorter.at, shorter.len, 0xabcd, query.at, query.len));
	assert_false(dns_belongs(query.at, query.len, 0xabcd, query.at, query.len));
	reply.at[DNS_HEAD + 1] = 'E';
	assert_true(dns_belongs(reply.at, reply.len, 0xabcd, query.at, query.len));
	reply.at[reply.len - 3] = DNS_AAAA;
	assert_false(dns_belongs(reply.at, reply.len, 0xabcd, query.at, query.len));
}

/* ---- configuration ---- */

#define READ(config, text) dns_config_read(config, text, sizeof(text) - 1)

static void a_configuration_is_read(void **state)
{
	struct dns_config config;

	(void)state;
	assert_true(READ(&config, "davit-resolver 1\nnetwork 3f2a\nnetwork 77\nserver 10.0.0.1\n"
				  "server 127.0.0.53 host\nserver fd00::1\nserver 9.9.9.9\n"));
	assert_int_equal(config.networks, 2);
	assert_string_equal(config.network[1], "77");
	assert_int_equal(config.servers, 3);
	assert_false(config.server[0].from_host);
	assert_true(config.server[1].from_host);
	assert_int_equal(config.server[2].address.any.sa_family, AF_INET6);
	assert_int_equal(ntohs(config.server[0].address.v4.sin_port), 53);
	assert_false(config.closed);
}

static void what_a_configuration_should_not_say_is_passed_over(void **state)
{
	struct dns_config config;

	(void)state;
	assert_true(READ(&config, "davit-resolver 1\nnetwork ../..\nnetwork\nnetwork \nserver x\n"
				  "server 1.2.3\nlater words\n\nclosed\nserver 1.1.1.1 nowhere"));
	assert_int_equal(config.networks, 0);
	assert_int_equal(config.servers, 1);
	assert_false(config.server[0].from_host);
	assert_true(config.closed);
	assert_false(READ(&config, "davit-resolver 2\nclosed\n"));
	assert_false(READ(&config, ""));
}

#define with_tables(test) cmocka_unit_test_setup_teardown(test, open_tables, close_tables)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_taken_apart),
		cmocka_unit_test(a_small_edns_size_is_taken_for_the_least_there_is),
		cmocka_unit_test(what_is_no_query_is_not_answered),
		cmocka_unit_test(another_opcode_is_not_known),
		cmocka_unit_test(broken_questions_are_told_so),
		cmocka_unit_test(a_name_is_at_most_255_bytes),
		cmocka_unit_test(a_label_with_a_dot_in_it_is_nobodys_name),
		with_tables(names_ids_and_aliases_are_found),
		with_tables(parts_of_names_are_not),
		with_tables(a_known_name_without_such_records_is_answered_with_none),
		with_tables(addresses_of_both_families_are_given),
		with_tables(a_shared_alias_gives_all_in_any_order),
		with_tables(an_address_leads_back_to_its_name),
		with_tables(services_below_our_names_do_not_exist),
		with_tables(where_nothing_is_forwarded_other_names_do_not_exist),
		with_tables(what_does_not_fit_is_marked_truncated),
		with_tables(a_record_caught_in_its_filling_is_not_believed),
		with_tables(a_freed_record_is_not_found),
		cmocka_unit_test(what_is_no_table_is_not_opened),
		cmocka_unit_test(only_the_answer_to_the_question_belongs),
		cmocka_unit_test(a_configuration_is_read),
		cmocka_unit_test(what_a_configuration_should_not_say_is_passed_over),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
