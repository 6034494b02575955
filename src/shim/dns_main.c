#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "runtime/launch/launch.h"
#include "runtime/launch/say.h"
#include "shim/dns_serve.h"

enum {
	IDLE_MS = 60000,
	SHIM_WAIT_S = 1,
	/* What one busy container may cost the host, and the host's nameservers. */
	QUERIES_PER_S = 20000,
	QUERIES_AT_ONCE = 4000,
	FORWARDS_PER_S = 2000,
	FORWARDS_AT_ONCE = 1000,
};
#define MS 1000000ull

static struct dns_resolver the_resolver;

bool dns_budget_take(struct dns_budget *budget, uint64_t now_ns)
{
	uint64_t past_ns = now_ns - budget->at_ns;

	/* More than fits is as good as full, and does not overflow. */
	if (past_ns > 1000 * MS)
		past_ns = 1000 * MS;
	if (past_ns * budget->rate / (1000 * MS)) {
		uint64_t left = budget->left + past_ns * budget->rate / (1000 * MS);

		budget->left = left < budget->burst ? (uint32_t)left : budget->burst;
		budget->at_ns = now_ns;
	}
	if (!budget->left)
		return false;
	budget->left--;
	return true;
}

bool dns_is_replaced(void)
{
	struct stat st;

	return fstat(DNS_FD_CONFIG, &st) < 0 || !st.st_nlink;
}

static void look_at_clock(struct timer *timer)
{
	struct dns_resolver *resolver = container_of(timer, struct dns_resolver, idle);
	uint64_t silent_ms = (launch_clock() - resolver->used_ns) / MS;

	if (silent_ms >= IDLE_MS && !dns_flights_any(resolver))
		_exit(0);
	timer_start(&resolver->loop, timer, silent_ms < IDLE_MS ? IDLE_MS - silent_ms : 1000,
		look_at_clock);
}

static bool read_config(struct dns_resolver *resolver)
{
	char text[RESOLVER_MAX_BYTES];
	ssize_t len = pread(DNS_FD_CONFIG, text, sizeof(text), 0);

	return len > 0 && dns_config_read(&resolver->config, text, (size_t)len);
}

static void open_tables(struct dns_resolver *resolver, unsigned tables)
{
	struct dns_view *view = &resolver->view;

	view->tables = resolver->tables;
	view->closed = resolver->config.closed;
	for (unsigned i = 0; i < tables && i < RESOLVER_NETWORKS; i++)
		if (dns_table_open(&resolver->tables[view->count], DNS_FD_TABLES + (int)i))
			view->count++;
}

static bool is_raw(int fd)
{
	int kind = 0;
	socklen_t len = sizeof(kind);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &len) && kind == SOCK_RAW;
}

static bool prepare(struct dns_resolver *resolver, unsigned tables)
{
	struct timeval wait = {.tv_sec = SHIM_WAIT_S};
	uint64_t now = launch_clock();

	if (getrandom(&resolver->view.random, sizeof(resolver->view.random), 0) < 0 ||
		loop_init(&resolver->loop) < 0 || !read_config(resolver))
		return false;
	resolver->view.random |= 1;
	open_tables(resolver, tables);
	resolver->queries =
		(struct dns_budget){QUERIES_PER_S, QUERIES_AT_ONCE, QUERIES_AT_ONCE, now};
	resolver->forwards =
		(struct dns_budget){FORWARDS_PER_S, FORWARDS_AT_ONCE, FORWARDS_AT_ONCE, now};
	resolver->used_ns = now;
	resolver->is_steered = is_raw(DNS_FD_RAW);
	setsockopt(DNS_FD_SHIM, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	timer_start(&resolver->loop, &resolver->idle, IDLE_MS, look_at_clock);
	return dns_ask_open(resolver) == 0;
}

int dns_main(char **argv)
{
	struct dns_resolver *resolver = &the_resolver;
	unsigned long long parent, tables;

	if (launch_number(argv[2], strlen(argv[2]), INT32_MAX, &parent) < 0 ||
		launch_number(argv[3], strlen(argv[3]), RESOLVER_NETWORKS, &tables) < 0)
		return 2;
	prctl(PR_SET_NAME, "davit-dns", 0, 0, 0);
	if (!prepare(resolver, (unsigned)tables) || dns_confine((int)parent) < 0)
		return 1;
	for (;;)
		loop_turn(&resolver->loop);
}
