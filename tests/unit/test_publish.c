#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/publish.h"
#include "core/subnet.h"

/* One line a port: "ADDRESS FROM-TO PORT/PROTOCOL". */
static void means(const char *text, const char *wanted)
{
	struct publish_list list = {0};
	struct err err = {0};
	struct buf said = BUF_INIT;

	assert_int_equal(publish_parse(text, &list, &err), 0);
	for (size_t i = 0; i < list.len; i++) {
		const struct publish *p = &list.v[i];
		char host[ADDRESS_TEXT] = "*";

		if (p->family)
			address_text(p->family, p->host, host);
		buf_addf(&said, "%s%s %u-%u %u/%s", i ? ", " : "", host, p->from, p->to, p->port,
			protocol_name(p->protocol));
	}
	assert_string_equal(buf_text(&said), wanted);
	buf_fini(&said);
	publish_list_fini(&list);
}

static void every_form_of_p(void **state)
{
	(void)state;
	means("80", "* 0-0 80/tcp");
	means("8080:80", "* 8080-8080 80/tcp");
	means("8080:80/udp", "* 8080-8080 80/udp");
	means("127.0.0.1:8080:80", "127.0.0.1 8080-8080 80/tcp");
	means("127.0.0.1::80", "127.0.0.1 0-0 80/tcp");
	means("[::1]:8080:80/SCTP", "::1 8080-8080 80/sctp");
	means("[fd00::2]::80", "fd00::2 0-0 80/tcp");
	means("8000-8002:80-82", "* 8000-8000 80/tcp, * 8001-8001 81/tcp, * 8002-8002 82/tcp");
	means("8000-8010:80", "* 8000-8010 80/tcp");
	means("80-81", "* 0-0 80/tcp, * 0-0 81/tcp");
}

static void refused(const char *text, const char *why)
{
	struct publish_list list = {0};
	struct err err = {0};

	assert_true(publish_parse(text, &list, &err) < 0);
	assert_string_equal(err.text, why);
	publish_list_fini(&list);
}

static void what_is_wrong_is_said_in_dockers_words(void **state)
{
	(void)state;
	refused("80/abc", "invalid proto: abc");
	refused("80:x", "invalid containerPort: x");
	refused("x:80", "invalid hostPort: x");
	refused("99999", "invalid containerPort: 99999");
	refused("0", "invalid containerPort: 0");
	refused("x:80:80", "invalid IP address: x");
	refused("1-2:1-3", "Invalid ranges specified for container and host Ports: 1-3 and 1-2");
	refused("3-1", "invalid containerPort: 3-1");
	refused("80:", "no port specified: 80:<empty>");
	refused("", "no port specified: <empty>");
}

static void a_reserved_port_is_taken_and_does_not_listen(void **state)
{
	struct publish publish = {.protocol = IPPROTO_TCP, .port = 80};
	const uint8_t any[16] = {127, 0, 0, 1};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	uint16_t port = 0, same;
	struct err err = {0};
	int fd, other, client = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(port_reserve(&publish, AF_INET, any, &port, &fd, &err), 0);
	assert_true(port > 0);
	to.sin_port = htons(port);
	assert_int_equal(connect(client, (void *)&to, sizeof(to)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	same = port;
	publish.from = publish.to = port;
	assert_int_equal(port_reserve(&publish, AF_INET, any, &same, &other, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, "failed: port is already allocated"));
	close(fd);
	close(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_p),
		cmocka_unit_test(what_is_wrong_is_said_in_dockers_words),
		cmocka_unit_test(a_reserved_port_is_taken_and_does_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
