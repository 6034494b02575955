#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/image/manifest.h"
#include "core/image/registry.h"
#include "core/image/retry.h"

/* Against tests/support/faulty-registry, over real sockets. Run from the top of the tree. */
extern char **environ;

static struct server {
	pid_t pid;
	int pid_fd, port;
} plain, secure;
static char scratch[] = "/tmp/davit-registry-XXXXXX";

static int start(struct server *server, const char *tls)
{
	char *const argv[] = {
		"faulty-registry", "--size", "100000", tls ? "--tls" : NULL, scratch, NULL};
	posix_spawn_file_actions_t files;
	char port[16] = "";
	int out[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	if (posix_spawn(&server->pid, "tests/support/faulty-registry", &files, NULL, argv, environ))
		return -1;
	posix_spawn_file_actions_destroy(&files);
	server->pid_fd = (int)syscall(SYS_pidfd_open, server->pid, 0);
	close(out[1]);
	if (read(out[0], port, sizeof(port) - 1) <= 0)
		return -1;
	close(out[0]);
	server->port = atoi(port);
	return 0;
}

static void stop(struct server *server)
{
	syscall(SYS_pidfd_send_signal, server->pid_fd, SIGTERM, NULL, 0);
	waitpid(server->pid, NULL, 0);
	close(server->pid_fd);
}

static int start_all(void **state)
{
	(void)state;
	setenv("DOCKER_CONFIG", "/nonexistent", 1);
	setenv("HOME", "/nonexistent", 1);
	unsetenv("http_proxy");
	return !mkdtemp(scratch) || start(&plain, NULL) || start(&secure, "--tls");
}

static int stop_all(void **state)
{
	char path[64];

	(void)state;
	stop(&plain);
	stop(&secure);
	snprintf(path, sizeof(path), "%s/key.pem", scratch);
	unlink(path);
	snprintf(path, sizeof(path), "%s/cert.pem", scratch);
	unlink(path);
	return rmdir(scratch);
}

struct visit {
	struct http *http;
	struct registry *registry;
};

static void visit_fini(struct visit *visit)
{
	registry_close(visit->registry);
	http_free(visit->http);
}
#define auto_visit __attribute__((cleanup(visit_fini))) struct visit

static void open_at(struct visit *visit, const struct server *server, const char *host,
	const char *repository, const char *auth)
{
	struct reference ref;
	char name[128], stored[256];

	snprintf(name, sizeof(name), "%s:%d/%s", host, server->port, repository);
	assert_int_equal(reference_parse(name, &ref, NULL), 0);
	snprintf(stored, sizeof(stored), "{\"auths\":{\"%s:%d\":{\"auth\":\"%s\"}}}", host,
		server->port, auth ? auth : "");
	setenv("DOCKER_AUTH_CONFIG", auth ? stored : "", 1);
	assert_int_equal(http_new("davit-test", NULL, &visit->http, NULL), 0);
	assert_int_equal(
		registry_open(&(struct registry_options){.ref = &ref}, &visit->registry, NULL), 0);
	registry_use(visit->registry, visit->http, NULL);
}

static void visit(struct visit *visit, const char *repository)
{
	open_at(visit, &plain, "127.0.0.1", repository, NULL);
}

/* The image's first layer, found the way a pull does. */
static int find_layer(struct visit *visit, struct descriptor *out, struct err *err)
{
	auto_registry_manifest raw = {.bytes = BUF_INIT};
	auto_of(manifest) struct manifest *m = NULL;
	const struct descriptor *child;
	char digest[DIGEST_SIZE];
	int failed = registry_manifest(visit->registry, "latest", &raw, err);

	if (failed)
		return failed;
	assert_int_equal(manifest_parse(raw.bytes.data, raw.bytes.len, raw.media, &m, err), 0);
	assert_int_equal(manifest_choose(m, NULL, &child, err), 0);
	memcpy(digest, child->digest, sizeof(digest));
	manifest_free(take(m));
	registry_manifest_fini(&raw);
	failed = registry_manifest(visit->registry, digest, &raw, err);
	if (failed)
		return failed;
	assert_int_equal(manifest_parse(raw.bytes.data, raw.bytes.len, raw.media, &m, err), 0);
	*out = m->layers[0];
	return 0;
}

static int keep(void *arg, const void *data, size_t len)
{
	buf_add(arg, data, len);
	return 0;
}

static int fetch(struct visit *visit, const struct descriptor *layer, uint64_t offset,
	struct buf *out, struct err *err)
{
	struct registry_blob blob = {
		.digest = layer->digest, .size = layer->size, .on_bytes = keep, .arg = out};
	struct retry retry = {0};

	return registry_blob(visit->registry, &blob, offset, &retry, err);
}

static int get_small(struct visit *visit, const struct descriptor *layer, struct err *err)
{
	auto_buf out = BUF_INIT;

	return registry_small_blob(visit->registry, layer->digest, layer->size, &out, err);
}

/* Find and get the first layer. */
static int walk(const char *repository, struct err *err)
{
	auto_visit v = {0};
	struct descriptor layer;
	int failed;

	visit(&v, repository);
	failed = find_layer(&v, &layer, err);
	return failed ? failed : get_small(&v, &layer, err);
}

static void an_image_is_found_and_its_layer_fetched(void **state)
{
	struct err err = {0};

	(void)state;
	if (walk("ok", &err))
		fail_msg("%s", err.text);
}

static void a_registry_behind_a_token_is_logged_in_to(void **state)
{
	struct err err = {0};

	(void)state;
	if (walk("bearer", &err))
		fail_msg("%s", err.text);
}

static void a_password_is_sent_when_it_is_asked_for(void **state)
{
	auto_visit with = {0}, wrong = {0}, without = {0};
	auto_registry_manifest one = {.bytes = BUF_INIT}, two = {.bytes = BUF_INIT};
	auto_registry_manifest three = {.bytes = BUF_INIT};
	struct err err = {0};

	(void)state;
	open_at(&with, &plain, "127.0.0.1", "basic", "YWRhOnNlY3JldA==");
	assert_int_equal(registry_manifest(with.registry, "latest", &one, NULL), 0);
	open_at(&wrong, &plain, "127.0.0.1", "basic", "ZXZlOnNlY3JldA==");
	assert_int_equal(registry_manifest(wrong.registry, "latest", &two, &err), -EACCES);
	assert_non_null(strstr(err.text, "refuses the stored credentials of eve"));
	visit(&without, "basic");
	assert_int_equal(registry_manifest(without.registry, "latest", &three, &err), -EACCES);
	assert_non_null(strstr(err.text, "no basic auth credentials"));
}

static void credentials_stay_behind_at_a_redirect(void **state)
{
	struct err err = {0};

	(void)state;
	if (walk("redirect-elsewhere", &err))
		fail_msg("%s", err.text);
}

static void trouble_that_passes_is_waited_for(void **state)
{
	struct err err = {0};

	(void)state;
	if (walk("flaky", &err))
		fail_msg("%s", err.text);
}

static void a_head_gives_the_digest(void **state)
{
	auto_visit v = {0}, silent = {0}, refused = {0};
	auto_registry_manifest head = {.bytes = BUF_INIT}, whole = {.bytes = BUF_INIT};

	(void)state;
	visit(&v, "ok");
	assert_int_equal(registry_head(v.registry, "latest", &head, NULL), 0);
	assert_int_equal(registry_manifest(v.registry, "latest", &whole, NULL), 0);
	assert_string_equal(head.digest, whole.digest);
	visit(&silent, "silent");
	assert_int_equal(registry_head(silent.registry, "latest", &head, NULL), -ENODATA);
	visit(&refused, "no-head");
	assert_int_equal(registry_head(refused.registry, "latest", &head, NULL), -ENODATA);
}

static void each_fault_has_its_own_sentence(void **state)
{
	static const struct {
		const char *repository, *says;
		int code;
	} cases[] = {
		{"wrong-digest", "sent wrong bytes: expected sha256:", -EBADMSG},
		{"wrong-manifest",
			"sent another manifest than asked for: expected sha256:", -EBADMSG},
		{"too-long", "it is longer than its", -EBADMSG},
		{"redirect-loop", "redirects in a circle", -ELOOP},
		{"redirect-file", "redirects to no address we can follow", -EPROTO},
		{"always-401", "pull access denied for", -EACCES},
		{"denied", "requested access to the resource is denied", -EACCES},
		{"limited-long", "You have reached your pull rate limit", -EBUSY},
		{"huge", "sent more than the 4194304 bytes allowed", -EFBIG},
		{"not-there", "repository name not known to registry", -ENOENT},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};

		assert_int_equal(walk(cases[i].repository, &err), cases[i].code);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].repository, err.text);
	}
}

static void a_server_error_becomes_one_clean_line(void **state)
{
	auto_visit v = {0};
	struct http_answer answer = {0};
	struct http_request request = {.method = "GET", .body_max = 100};
	char url[100], reason[200];

	(void)state;
	visit(&v, "ok");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v2/broken/tags/list", plain.port);
	request.url = url;
	assert_int_equal(http_send(v.http, &request, &answer, NULL), 0);
	assert_int_equal(answer.status, 500);
	http_answer_reason(&answer, reason, sizeof(reason));
	assert_string_equal(reason, "Internal Server [31mError");
	http_answer_fini(&answer);
}

static void a_broken_blob_goes_on_where_it_stopped(void **state)
{
	static const char *const repositories[] = {"early-close", "ignore-range"};

	(void)state;
	for (size_t i = 0; i < array_len(repositories); i++) {
		auto_visit v = {0}, good = {0};
		auto_buf broken = BUF_INIT, whole = BUF_INIT;
		struct descriptor layer;
		struct err err = {0};

		visit(&v, repositories[i]);
		visit(&good, "ok");
		assert_int_equal(find_layer(&v, &layer, &err), 0);
		assert_int_equal(fetch(&v, &layer, 0, &broken, &err), -ECONNRESET);
		assert_int_equal(broken.len, layer.size / 2);
		assert_int_equal(fetch(&v, &layer, broken.len, &broken, &err), 0);
		/* The first one's registry was never asked for anything else. */
		assert_int_equal(find_layer(&good, &layer, &err), 0);
		assert_int_equal(fetch(&good, &layer, 0, &whole, &err), 0);
		assert_int_equal(broken.len, whole.len);
		assert_memory_equal(broken.data, whole.data, whole.len);
	}
}

static void another_range_than_asked_for_is_refused(void **state)
{
	auto_visit v = {0};
	auto_buf out = BUF_INIT;
	struct descriptor layer;
	struct err err = {0};

	(void)state;
	visit(&v, "bad-range");
	assert_int_equal(find_layer(&v, &layer, &err), 0);
	assert_int_equal(fetch(&v, &layer, 0, &out, &err), -ECONNRESET);
	assert_int_equal(fetch(&v, &layer, out.len, &out, &err), -EPROTO);
	assert_non_null(strstr(err.text, "another range than asked for"));
}

static void a_loopback_registry_may_speak_tls(void **state)
{
	auto_visit v = {0};
	auto_registry_manifest raw = {.bytes = BUF_INIT};
	struct err err = {0};

	(void)state;
	open_at(&v, &secure, "localhost", "ok", NULL);
	if (registry_manifest(v.registry, "latest", &raw, &err))
		fail_msg("%s", err.text);
}

static void a_certificate_nobody_vouches_for_is_refused(void **state)
{
	struct http *http = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	struct http_request request = {.method = "GET", .body_max = 1000};
	struct err err = {0};
	char url[100];

	(void)state;
	snprintf(url, sizeof(url), "https://localhost:%d/v2/ok/tags/list", secure.port);
	request.url = url;
	assert_int_equal(http_new("davit-test", NULL, &http, NULL), 0);
	assert_int_equal(http_send(http, &request, &answer, &err), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "its certificate is not trusted"));
	request.any_certificate = true;
	assert_int_equal(http_send(http, &request, &answer, &err), 0);
	assert_int_equal(answer.status, 200);
	http_free(http);
}

static void nobody_there_is_said_at_once(void **state)
{
	struct server nobody = {.port = 1};
	auto_visit v = {0};
	auto_registry_manifest raw = {.bytes = BUF_INIT};
	struct err err = {0};

	(void)state;
	open_at(&v, &nobody, "127.0.0.1", "ok", NULL);
	assert_int_equal(registry_manifest(v.registry, "latest", &raw, &err), -ECONNREFUSED);
	assert_string_equal(err.text, "cannot connect to 127.0.0.1:1: Connection refused");
}

static void *cancel_soon(void *arg)
{
	const struct timespec nap = {.tv_nsec = 200000000};

	nanosleep(&nap, NULL);
	*(atomic_bool *)arg = true;
	return NULL;
}

static void a_stalled_transfer_can_be_canceled(void **state)
{
	atomic_bool canceled = false;
	struct http *http = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	struct http_request request = {.method = "GET", .body_max = 1 << 20};
	auto_visit v = {0};
	struct descriptor layer;
	struct timespec before, after;
	struct err err = {0};
	pthread_t thread;
	char url[200];

	(void)state;
	visit(&v, "ok");
	assert_int_equal(find_layer(&v, &layer, NULL), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v2/stall/blobs/%s", plain.port,
		layer.digest);
	request.url = url;
	assert_int_equal(http_new("davit-test", &canceled, &http, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &canceled), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(http_send(http, &request, &answer, &err), -ECANCELED);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec < 3);
	pthread_join(thread, NULL);
	http_free(http);
}

static void a_stalled_transfer_is_given_up(void **state)
{
	struct http *http = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	struct http_request request = {.method = "GET", .body_max = 1 << 20, .stall_s = 1};
	auto_visit v = {0};
	struct descriptor layer;
	struct err err = {0};
	char url[200];

	(void)state;
	visit(&v, "ok");
	assert_int_equal(find_layer(&v, &layer, NULL), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v2/stall/blobs/%s", plain.port,
		layer.digest);
	request.url = url;
	assert_int_equal(http_new("davit-test", NULL, &http, NULL), 0);
	assert_int_equal(http_send(http, &request, &answer, &err), -ETIMEDOUT);
	http_free(http);
}

static void all_tags_are_listed(void **state)
{
	auto_visit v = {0};
	auto_strs tags = STRS_INIT;

	(void)state;
	visit(&v, "ok");
	assert_int_equal(registry_tags(v.registry, &tags, NULL), 0);
	assert_int_equal(tags.len, 2);
	assert_string_equal(tags.v[1], "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_is_found_and_its_layer_fetched),
		cmocka_unit_test(a_registry_behind_a_token_is_logged_in_to),
		cmocka_unit_test(a_password_is_sent_when_it_is_asked_for),
		cmocka_unit_test(credentials_stay_behind_at_a_redirect),
		cmocka_unit_test(trouble_that_passes_is_waited_for),
		cmocka_unit_test(a_head_gives_the_digest),
		cmocka_unit_test(each_fault_has_its_own_sentence),
		cmocka_unit_test(a_server_error_becomes_one_clean_line),
		cmocka_unit_test(a_broken_blob_goes_on_where_it_stopped),
		cmocka_unit_test(another_range_than_asked_for_is_refused),
		cmocka_unit_test(a_loopback_registry_may_speak_tls),
		cmocka_unit_test(a_certificate_nobody_vouches_for_is_refused),
		cmocka_unit_test(nobody_there_is_said_at_once),
		cmocka_unit_test(a_stalled_transfer_can_be_canceled),
		cmocka_unit_test(a_stalled_transfer_is_given_up),
		cmocka_unit_test(all_tags_are_listed),
	};

	return cmocka_run_group_tests_name("registry", tests, start_all, stop_all);
}
