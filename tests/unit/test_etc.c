/* The text of a container's hosts and resolv.conf, and the files themselves. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "core/etc.h"
#include "util/own.h"

static struct etc_wanted wanted;
static struct etc_resolving resolving;
static const struct etc_gateway no_gateway, gateway = {"172.17.0.1", ""};

static int begin(void **state)
{
	(void)state;
	wanted = (struct etc_wanted){.hostname = "web"};
	resolving = (struct etc_resolving){0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	etc_wanted_fini(&wanted);
	etc_resolving_fini(&resolving);
	return 0;
}

/* ---- hosts ---- */

#define FIXED                                                                                      \
	"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n"  \
	"ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"

static void follows(const char *text, const char *address, const char *expected)
{
	auto_strs addresses = STRS_INIT;
	auto_buf out = BUF_INIT;

	if (address)
		strs_add(&addresses, address);
	etc_hosts_follow(text, &wanted, &gateway, &addresses, &out);
	assert_string_equal(buf_text(&out), expected);
}

static void hosts_has_dockers_lines_and_those_added(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	strs_add(&wanted.hosts, "db:10.0.0.5");
	strs_add(&wanted.hosts, "six:fd00::5");
	strs_add(&wanted.hosts, "outside:host-gateway");
	etc_hosts_fixed(&wanted, &out);
	assert_string_equal(buf_text(&out), FIXED "10.0.0.5\tdb\nfd00::5\tsix\n");
}

static void a_container_finds_itself_and_the_gateway(void **state)
{
	(void)state;
	strs_add(&wanted.hosts, "outside:host-gateway");
	follows("a\n", "172.17.0.2", "a\n172.17.0.1\toutside\n172.17.0.2\tweb\n");
}

static void a_name_with_a_domain_is_found_without_it(void **state)
{
	(void)state;
	snprintf(wanted.domainname, sizeof(wanted.domainname), "example.com");
	follows("", "10.0.0.2", "10.0.0.2\tweb.example.com web\n");
	wanted.domainname[0] = '\0';
	snprintf(wanted.hostname, sizeof(wanted.hostname), "a.b.c");
	follows("", "10.0.0.2", "10.0.0.2\ta.b.c a\n");
}

static void a_new_address_replaces_the_old_and_nothing_else(void **state)
{
	(void)state;
	follows("127.0.0.1\tlocalhost\n10.0.0.2\tweb\n10.9.9.9\tmine # edited", "10.0.0.3",
		"127.0.0.1\tlocalhost\n10.9.9.9\tmine # edited\n10.0.0.3\tweb\n");
	follows("10.0.0.3\tweb\nx\n", "10.0.0.3", "10.0.0.3\tweb\nx\n");
	follows("10.0.0.3\tweb\nx\n", NULL, "x\n");
	follows("10.0.0.3 web\n10.0.0.4\twebb\n\tweb\n", NULL, "10.0.0.3 web\n10.0.0.4\twebb\n");
}

/* ---- resolv.conf ---- */

static void is_conf(const char *expected)
{
	auto_buf out = BUF_INIT;
	const char *text;

	resolv_conf_write(&resolving.conf, &out);
	text = strchr(buf_text(&out), '\n');
	assert_non_null(text);
	assert_string_equal(text + 1, expected);
	assert_true(resolv_conf_is_untouched(buf_text(&out)));
}

static void asks(const char *servers)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < resolving.servers.len; i++)
		buf_addf(&out, "%s;", resolving.servers.v[i]);
	assert_string_equal(buf_text(&out), servers);
}

static const char office[] =
	"# made by hand\nnameserver 10.0.0.1 # the first\n;nameserver 9.9.9.9\n"
	"nameserver\t10.0.0.2\nnameserver 127.0.0.1\ndomain old.example\n"
	"search a.example  b.example\noptions rotate\noptions timeout:1\nsortlist x\n";
static const char stub[] = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n";
static const char behind[] = "nameserver 192.168.1.1\nnameserver fe80::1%eth0\nsearch lan\n";

static void the_default_bridge_gets_what_can_be_reached(void **state)
{
	(void)state;
	etc_resolve(ETC_DEFAULT, &wanted, office, "", &resolving);
	is_conf("nameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch a.example b.example\n"
		"options rotate timeout:1\n");
	assert_false(resolving.own);
}

static void a_stub_is_seen_through(void **state)
{
	(void)state;
	etc_resolve(ETC_DEFAULT, &wanted, stub, behind, &resolving);
	is_conf("nameserver 192.168.1.1\nsearch lan\n");
	assert_false(resolving.own);
}

static void a_host_that_asks_itself_is_asked_through_a_resolver(void **state)
{
	(void)state;
	etc_resolve(ETC_DEFAULT, &wanted, stub, "", &resolving);
	is_conf("nameserver 127.0.0.11\nsearch lan\noptions edns0 trust-ad ndots:0\n");
	assert_true(resolving.own);
	asks("127.0.0.53 host;");
}

static void a_host_without_servers_asks_itself(void **state)
{
	(void)state;
	etc_resolve(ETC_NAMED, &wanted, "", "", &resolving);
	is_conf("nameserver 127.0.0.11\noptions ndots:0\n");
	asks("127.0.0.1 host;");
}

static void a_named_network_has_the_resolver(void **state)
{
	(void)state;
	etc_resolve(ETC_NAMED, &wanted, office, "", &resolving);
	is_conf("nameserver 127.0.0.11\nsearch a.example b.example\n"
		"options rotate timeout:1 ndots:0\n");
	asks("10.0.0.1;10.0.0.2;127.0.0.1 host;");
	assert_false(resolving.closed);
}

static void an_internal_network_asks_nobody(void **state)
{
	(void)state;
	etc_resolve(ETC_INTERNAL, &wanted, office, "", &resolving);
	assert_true(resolving.own && resolving.closed);
}

static void what_was_asked_for_replaces_what_the_host_has(void **state)
{
	(void)state;
	strs_add(&wanted.dns, "127.0.0.1");
	strs_add(&wanted.dns, "1.1.1.1");
	strs_add(&wanted.search, ".");
	strs_add(&wanted.options, "ndots:2");
	etc_resolve(ETC_DEFAULT, &wanted, office, "", &resolving);
	is_conf("nameserver 127.0.0.1\nnameserver 1.1.1.1\noptions ndots:2\n");
	etc_resolving_fini(&resolving);
	etc_resolve(ETC_NAMED, &wanted, office, "", &resolving);
	is_conf("nameserver 127.0.0.11\noptions ndots:2\n");
	asks("127.0.0.1;1.1.1.1;"); /* the container's own loopback */
}

static void without_a_network_there_is_nobody_to_ask(void **state)
{
	(void)state;
	etc_resolve(ETC_ISOLATED, &wanted, stub, "", &resolving);
	is_conf("search lan\noptions edns0 trust-ad\n");
	assert_false(resolving.own);
}

static void a_changed_file_is_known_as_changed(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	etc_resolve(ETC_DEFAULT, &wanted, office, "", &resolving);
	resolv_conf_write(&resolving.conf, &out);
	out.data[out.len - 3] ^= 1;
	assert_false(resolv_conf_is_untouched(buf_text(&out)));
	assert_false(resolv_conf_is_untouched("nameserver 10.0.0.1\n"));
	assert_false(resolv_conf_is_untouched(""));
	assert_false(resolv_conf_is_untouched("# Written by davit ("));
}

/* ---- the files ---- */

static void is_file(int dir, const char *name, const char *expected)
{
	auto_buf text = BUF_INIT;

	assert_int_equal(path_read_at(dir, name, 1 << 20, &text), 0);
	assert_string_equal(buf_text(&text), expected);
}

static ino_t inode_of(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, 0), 0);
	return st.st_ino;
}

static int follow(int dir, const struct etc_networks *networks, struct err *err)
{
	struct etc_wanted asked = {0};
	int failed = etc_read(dir, &asked, err);

	if (!failed)
		failed = etc_follow(dir, dir, &asked, networks, err);
	etc_wanted_fini(&asked);
	return failed;
}

static void files_follow_the_networks_in_place(void **state)
{
	struct scratch *scratch = *state;
	struct etc_link link = {.network_id = "abc", .is_named = true, .v4 = {172, 18, 0, 2}};
	struct etc_networks networks = {.links = &link, .count = 1};
	struct etc_wanted names = {.hostname = "web"};
	struct err err;
	ino_t hosts, conf;

	strs_add(&names.dns, "10.1.1.1");
	assert_int_equal(etc_create(scratch->fd, &names, &err), 0);
	is_file(scratch->fd, "hostname", "web\n");
	is_file(scratch->fd, "hosts", FIXED);
	hosts = inode_of(scratch->fd, "hosts");
	conf = inode_of(scratch->fd, "resolv.conf");
	assert_int_equal(follow(scratch->fd, &networks, &err), 0);
	is_file(scratch->fd, "hosts", FIXED "172.18.0.2\tweb\n");
	is_file(scratch->fd, "resolver", "davit-resolver 1\nnetwork abc\nserver 10.1.1.1\n");
	link.is_internal = true;
	link.v4[3] = 3;
	assert_int_equal(follow(scratch->fd, &networks, &err), 0);
	is_file(scratch->fd, "hosts", FIXED "172.18.0.3\tweb\n");
	is_file(scratch->fd, "resolver",
		"davit-resolver 1\nnetwork abc\nserver 10.1.1.1\nclosed\n");
	networks.count = 0;
	assert_int_equal(follow(scratch->fd, &networks, &err), 0);
	is_file(scratch->fd, "hosts", FIXED);
	assert_int_equal(faccessat(scratch->fd, "resolver", F_OK, 0), -1);
	assert_int_equal(inode_of(scratch->fd, "hosts"), hosts);
	assert_int_equal(inode_of(scratch->fd, "resolv.conf"), conf);
	strs_fini(&names.dns);
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void what_the_container_wrote_stays(void **state)
{
	struct scratch *scratch = *state;
	struct etc_link link = {.network_id = "abc", .is_named = true, .v4 = {172, 18, 0, 2}};
	struct etc_networks networks = {.links = &link, .count = 1};
	struct etc_wanted names = {.hostname = "web"};
	struct err err;

	assert_int_equal(etc_create(scratch->fd, &names, &err), 0);
	put(scratch->fd, "hosts", "1.2.3.4 my.own");
	put(scratch->fd, "resolv.conf", "nameserver 4.4.4.4\n");
	assert_int_equal(follow(scratch->fd, &networks, &err), 0);
	is_file(scratch->fd, "hosts", "1.2.3.4 my.own\n172.18.0.2\tweb\n");
	is_file(scratch->fd, "resolv.conf", "nameserver 4.4.4.4\n");
}

static void a_gateway_that_is_not_there_is_said(void **state)
{
	struct scratch *scratch = *state;
	struct etc_networks networks = {.gateway = no_gateway};
	struct etc_wanted names = {.hostname = "web"};
	struct err err;

	strs_add(&names.hosts, "outside:host-gateway");
	assert_int_equal(etc_create(scratch->fd, &names, &err), 0);
	assert_true(etc_wants_gateway(&names));
	assert_int_equal(follow(scratch->fd, &networks, &err), -EINVAL);
	networks.gateway = gateway;
	assert_int_equal(follow(scratch->fd, &networks, &err), 0);
	is_file(scratch->fd, "hosts", FIXED "172.17.0.1\toutside\n");
	strs_fini(&names.hosts);
}

static void what_was_asked_for_is_kept(void **state)
{
	struct etc_wanted again;
	auto_buf text = BUF_INIT;

	(void)state;
	snprintf(wanted.domainname, sizeof(wanted.domainname), "example.com");
	strs_add(&wanted.dns, "1.1.1.1");
	strs_add(&wanted.search, "a.example");
	strs_add(&wanted.options, "timeout:1");
	strs_add(&wanted.hosts, "six:fd00::1");
	wanted.is_host = true;
	etc_wanted_write(&wanted, &text);
	buf_adds(&text, "later words\nnothing\n");
	assert_int_equal(etc_wanted_read(buf_text(&text), &again), 0);
	assert_string_equal(again.hostname, "web");
	assert_string_equal(again.domainname, "example.com");
	assert_string_equal(again.dns.v[0], "1.1.1.1");
	assert_string_equal(again.search.v[0], "a.example");
	assert_string_equal(again.options.v[0], "timeout:1");
	assert_string_equal(again.hosts.v[0], "six:fd00::1");
	assert_true(again.is_host);
	etc_wanted_fini(&again);
}

#define with_wanted(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_wanted(hosts_has_dockers_lines_and_those_added),
		with_wanted(a_container_finds_itself_and_the_gateway),
		with_wanted(a_name_with_a_domain_is_found_without_it),
		with_wanted(a_new_address_replaces_the_old_and_nothing_else),
		with_wanted(the_default_bridge_gets_what_can_be_reached),
		with_wanted(a_stub_is_seen_through),
		with_wanted(a_host_that_asks_itself_is_asked_through_a_resolver),
		with_wanted(a_host_without_servers_asks_itself),
		with_wanted(a_named_network_has_the_resolver),
		with_wanted(an_internal_network_asks_nobody),
		with_wanted(what_was_asked_for_replaces_what_the_host_has),
		with_wanted(without_a_network_there_is_nobody_to_ask),
		with_wanted(a_changed_file_is_known_as_changed),
		with_wanted(what_was_asked_for_is_kept),
		in_scratch(files_follow_the_networks_in_place),
		in_scratch(what_the_container_wrote_stays),
		in_scratch(a_gateway_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests_name("etc", tests, NULL, NULL);
}
