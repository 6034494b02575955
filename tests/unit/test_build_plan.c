#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/dockerfile.h"
#include "util/path.h"

static const struct build_config *config(const struct build_plan *made)
{
	return made->stages[made->target].config;
}

/* The names of all steps, a line each. */
static void has_steps(const struct build_plan *made, const char *lines)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < made->steps_len; i++)
		buf_addf(&out, "%s\n", made->steps[i].name);
	assert_string_equal(buf_text(&out), lines);
}

static void has_history(const struct build_plan *made, const char *lines)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < config(made)->history_len; i++)
		buf_addf(&out, "%s%s\n", config(made)->history[i].created_by,
			config(made)->history[i].empty ? "" : " *");
	assert_string_equal(buf_text(&out), lines);
}

static const struct build_step *last(const struct build_plan *made)
{
	return &made->steps[made->stages[made->target].result];
}

static void joins(const struct words *words, const char *joined)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < words->len; i++)
		buf_addf(&out, "%s%s", i ? "|" : "", words->v[i]);
	assert_string_equal(buf_text(&out), joined);
}

static void lists(const struct strs *strs, const char *joined)
{
	struct words words = {(const char **)strs->v, strs->len, strs->len};

	joins(&words, joined);
}

/* ---- stages ---- */

static void only_what_the_target_needs_is_planned(void **state)
{
	static const char text[] = "FROM debian AS base\nRUN a\nFROM debian AS other\nRUN b\n"
				   "FROM base AS last\nCOPY --from=base /x /y\n";
	struct build_plan *made = dockerfile_plan(text);

	(void)state;
	assert_true(made->stages[0].needed);
	assert_false(made->stages[1].needed);
	has_steps(made, "[base 1/2] FROM docker.io/library/debian:latest@" DOCKERFILE_DIGEST "\n"
			"[base 2/2] RUN a\n"
			"[last 1/1] COPY --from=base /x /y\n");
	assert_int_equal(last(made)->inputs_len, 1);
	assert_int_equal(last(made)->copy.sources[0].from, 1);
	build_plan_free(made);
	dockerfile.options.target = "OTHER";
	made = dockerfile_plan(text);
	has_steps(made, "[other 1/2] FROM docker.io/library/debian:latest@" DOCKERFILE_DIGEST "\n"
			"[other 2/2] RUN b\n");
	build_plan_free(made);
	dockerfile.options.target = "0";
	made = dockerfile_plan(text);
	assert_int_equal(made->target, 0);
	build_plan_free(made);
	dockerfile.options.target = "none";
	dockerfile_is_refused(text, 0, "target stage \"none\" could not be found");
}

static void wrong_stages_are_refused_in_buildkits_words(void **state)
{
	(void)state;
	dockerfile_is_refused("RUN a\n", 1, "no build stage in current context");
	dockerfile_is_refused("ARG a\n", 0, "dockerfile contains no stages to build");
	dockerfile_is_refused("FROM a b\n", 1,
		"dockerfile parse error on line 1: FROM requires either one or three arguments");
	dockerfile_is_refused("FROM a AS 1b\n", 1,
		"dockerfile parse error on line 1: invalid name for build stage: \"1b\", name can't "
		"start with a number or contain symbols");
	dockerfile_is_refused("FROM ${X}\n", 1, "base name (${X}) should not be blank");
	dockerfile_is_refused("FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /\n", 1,
		"circular dependency detected on stage: x");
	dockerfile_is_refused(
		"FROM a\nCOPY --from=x / /\nFROM b AS x\nFROM scratch\nCOPY --from=0 / /\n", 2,
		"cannot copy from stage \"x\", it needs to be defined before current stage \"stage-0\"");
	dockerfile_is_refused("FROM a\nCOPY --from=7 / /\n", 2, "invalid stage index 7");
	dockerfile_is_refused("FROM a\nCOPY --from=$X / /\n", 2,
		"'from' doesn't support variable expansion, define alias stage instead");
	dockerfile_is_refused("FROM a\nRUN --mount=from=$X,target=/x y\n", 2,
		"dockerfile parse error on line 2: 'from' doesn't support variable expansion, define "
		"alias stage instead");
	dockerfile_is_refused(
		"FROM --platform=${X} a\n", 1, "empty platform value from expression ${X}");
	dockerfile_is_refused("FROM --platform=$BULIDPLATFORM a\n", 1,
		"empty platform value from expression $BULIDPLATFORM (did you mean BUILDPLATFORM?)");
	dockerfile_is_refused("FROM UPPER\n", 1,
		"failed to parse stage name \"UPPER\": invalid reference format: repository name "
		"(UPPER) must be lowercase");
}

static void a_named_context_stands_for_a_stage_or_an_image(void **state)
{
	struct build_plan *made;

	(void)state;
	strs_add(&dockerfile.options.contexts, "src");
	strs_add(&dockerfile.options.contexts, "docker.io/library/alpine");
	made = dockerfile_plan(
		"FROM debian AS src\nRUN never\nFROM alpine:latest\nCOPY --from=src a /\n");
	has_steps(made, "[context docker.io/library/alpine] load\n[context src] load\n"
			"[stage-1 2/2] COPY --from=src a /\n");
	assert_int_equal(made->steps[0].kind, BUILD_CONTEXT);
	assert_string_equal(made->steps[0].context, "docker.io/library/alpine");
	assert_string_equal(made->steps[1].context, "src");
	build_plan_free(made);
}

static void triggers_come_first_and_may_bring_stages(void **state)
{
	struct build_plan *made = dockerfile_plan("FROM debian AS helper\nRUN make x\n"
						  "FROM triggers\nRUN own\n");

	(void)state;
	assert_true(made->stages[0].needed);
	has_steps(made,
		"[stage-1 1/4] FROM docker.io/library/triggers:latest@" DOCKERFILE_DIGEST "\n"
		"[helper 1/2] FROM docker.io/library/debian:latest@" DOCKERFILE_DIGEST "\n"
		"[helper 2/2] RUN make x\n"
		"[stage-1 2/4] RUN echo triggered\n"
		"[stage-1 3/4] COPY --from=helper /x /y\n"
		"[stage-1 4/4] RUN own\n");
	assert_int_equal(config(made)->on_build.len, 0);
	build_plan_free(made);
	made = dockerfile_plan("FROM scratch AS a\nONBUILD RUN <<E\nlater\nE\nFROM a\n");
	assert_string_equal(last(made)->run.command, "/bin/sh -c later\n");
	build_plan_free(made);
}

/* ---- the config ---- */

static void a_base_is_inherited_and_changed(void **state)
{
	struct build_plan *made =
		dockerfile_plan("FROM debian\nENV A=b LANG=de\nLABEL x=y\nWORKDIR sub\n"
				"EXPOSE 80 90-91/udp 80/tcp\nVOLUME /v [\"x\"]\n"
				"STOPSIGNAL SIGINT\nCMD [\"run\"]\nMAINTAINER me\n");

	(void)state;
	lists(&config(made)->env, "PATH=/bin|LANG=de|A=b");
	lists(&config(made)->labels, "from=base|x=y");
	lists(&config(made)->ports, "80/tcp|90/udp|91/udp");
	lists(&config(made)->cmd, "run");
	lists(&config(made)->entrypoint, "/init");
	assert_string_equal(config(made)->working_dir, "/root/sub");
	assert_string_equal(config(made)->user, "app");
	assert_string_equal(config(made)->author, "me");
	assert_string_equal(config(made)->history[0].created_by, "ADD rootfs");
	assert_string_equal(config(made)->history[0].created, "2020-01-01T00:00:00Z");
	build_plan_free(made);
}

static void scratch_begins_with_a_path_and_the_root(void **state)
{
	struct build_plan *made = dockerfile_plan("FROM scratch\nCOPY a b\n");

	(void)state;
	lists(&config(made)->env,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	assert_string_equal(config(made)->working_dir, "/");
	assert_string_equal(last(made)->copy.dest, "/b");
	assert_int_equal(last(made)->base, BUILD_NONE);
	has_steps(made, "[internal] load build context\n[1/1] COPY a b\n");
	build_plan_free(made);
}

static void an_entrypoint_forgets_the_bases_cmd_but_not_ours(void **state)
{
	struct build_plan *made = dockerfile_plan("FROM debian\nENTRYPOINT [\"x\"]\n");

	(void)state;
	lists(&config(made)->cmd, "");
	build_plan_free(made);
	made = dockerfile_plan("FROM debian\nCMD [\"y\"]\nENTRYPOINT [\"x\"]\n");
	lists(&config(made)->cmd, "y");
	build_plan_free(made);
	made = dockerfile_plan(
		"FROM debian\nSHELL [\"/bin/bash\", \"-c\"]\nCMD a  $B\nENTRYPOINT c d\n");
	lists(&config(made)->cmd, "/bin/bash|-c|a  $B");
	lists(&config(made)->entrypoint, "/bin/bash|-c|c d");
	build_plan_free(made);
}

static void histories_are_buildkits(void **state)
{
	struct build_plan *made =
		dockerfile_plan("FROM scratch\n"
				"ARG V=1 W\nARG U=$V\n"
				"ENV A=b C=\"d e\"\n"
				"LABEL x=\"y z\"\n"
				"RUN make  it\n"
				"RUN [\"a b\", \"c\"]\n"
				"COPY --chown=1:2 --chmod=755 --from=debian --link a b /c/\n"
				"COPY <<f /g\nx\nf\n"
				"ADD https://example/x /x\n"
				"WORKDIR /\nWORKDIR /w\n"
				"CMD [\"a\", \"b c\"]\nENTRYPOINT x\n"
				"EXPOSE 80 53/udp\nVOLUME /a /b\nUSER u:g\n"
				"SHELL [\"/bin/bash\", \"-c\"]\nSTOPSIGNAL 9\n"
				"HEALTHCHECK --interval=1m30s --retries=3 CMD x y\n"
				"HEALTHCHECK NONE\n"
				"ONBUILD RUN z\n"
				"MAINTAINER A B\n");

	(void)state;
	has_history(made,
		"ARG V=1 W\nARG U=1\nENV A=b C=d e\nLABEL x=y z\n"
		"RUN |3 V=1 W= U=1 /bin/sh -c make  it # buildkit *\n"
		"RUN |3 V=1 W= U=1 a b c # buildkit *\n"
		"COPY --chown=1:2 --chmod=755 a b /c/ # buildkit *\n"
		"COPY <<f /g # buildkit *\n"
		"ADD https://example/x /x # buildkit *\n"
		"WORKDIR /\nWORKDIR /w *\n"
		"CMD [\"a\" \"b c\"]\nENTRYPOINT [\"/bin/sh\" \"-c\" \"x\"]\n"
		"EXPOSE [53/udp 80/tcp]\nVOLUME [/a /b]\nUSER u:g\n"
		"SHELL [/bin/bash -c]\nSTOPSIGNAL 9\n"
		"HEALTHCHECK &{[\"CMD-SHELL\" \"x y\"] \"1m30s\" \"0s\" \"0s\" \"0s\" '\\x03'}\n"
		"HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" \"0s\" '\\x00'}\n"
		"MAINTAINER A B\n");
	lists(&config(made)->on_build, "RUN z");
	build_plan_free(made);
}

static void the_document_is_what_docker_reads(void **state)
{
	struct build_plan *made = dockerfile_plan(
		"FROM scratch\nENV A=b\nLABEL b=1 a=2\nEXPOSE 80\nCMD [\"x\"]\nUSER u\n"
		"HEALTHCHECK --timeout=2s CMD [\"y\"]\n");
	auto_strs diff_ids = STRS_INIT;
	struct build_config_facts facts = {
		.created = "2026-01-02T03:04:05Z", .diff_ids = &diff_ids, .omit_history = true};
	auto_free char *json = NULL;

	(void)state;
	strs_add(&diff_ids, DOCKERFILE_DIGEST);
	json = build_config_json(config(made), &facts);
	assert_string_equal(json,
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2026-01-02T03:04:05Z\","
		"\"config\":{\"User\":\"u\",\"ExposedPorts\":{\"80/tcp\":{}},\"Env\":[\"PATH=/usr/"
		"local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"A=b\"],\"Cmd\":[\"x\"],"
		"\"WorkingDir\":\"/\",\"Labels\":{\"a\":\"2\",\"b\":\"1\"},\"ArgsEscaped\":true,"
		"\"Healthcheck\":{\"Test\":[\"CMD\",\"y\"],\"Timeout\":2000000000}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" DOCKERFILE_DIGEST "\"]}}");
	build_plan_free(made);
}

/* ---- variables ---- */

static void args_are_scoped_and_overridden(void **state)
{
	struct build_plan *made;

	(void)state;
	strs_add(&dockerfile.options.build_args, "BASE=debian");
	strs_add(&dockerfile.options.build_args, "GIVEN=outside");
	strs_add(&dockerfile.options.build_args, "UNUSED=x");
	strs_add(&dockerfile.options.build_args, "http_proxy=p");
	made = dockerfile_plan(
		"ARG BASE=none\nARG GLOBAL=g\nFROM $BASE\nENV before=$GIVEN.\nARG GIVEN=inside\n"
		"ENV after=$GIVEN\nARG GLOBAL\nARG TARGETARCH\nENV LATER=e\nARG LATER=a\n"
		"RUN $before\n");
	joins(&last(made)->run.env,
		"PATH=/bin|LANG=C|before=.|GIVEN=outside|after=outside|GLOBAL=g|"
		"TARGETARCH=amd64|LATER=a");
	joins(&last(made)->run.proxies, "HTTP_PROXY=p|http_proxy=p");
	joins(&made->unused_args, "UNUSED");
	lists(&config(made)->env, "PATH=/bin|LANG=C|before=.|after=outside|LATER=e");
	build_plan_free(made);
}

static void a_line_of_env_sees_what_was_before_it(void **state)
{
	struct build_plan *made = dockerfile_plan(
		"FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n");

	(void)state;
	assert_string_equal(strs_env(&config(made)->env, "def"), "hello");
	assert_string_equal(strs_env(&config(made)->env, "ghi"), "bye");
	build_plan_free(made);
}

/* ---- steps ---- */

static void a_run_says_all_that_it_needs(void **state)
{
	struct build_plan *made = dockerfile_plan(
		"FROM scratch AS tools\nCOPY t /t\nFROM debian\nARG D=/cache\n"
		"RUN --network=none --security=insecure --mount=type=cache,target=$D,sharing=locked "
		"--mount=from=tools,source=t,target=t,rw --mount=type=secret,id=s "
		"--mount=type=ssh --mount=type=tmpfs,target=/tmp,size=1m --mount=target=/ctx,src=a x\n");
	const struct build_run *run = &last(made)->run;

	(void)state;
	joins(&run->argv, "/bin/sh|-c|x");
	assert_string_equal(run->cwd, "/root");
	assert_string_equal(run->user, "app");
	assert_int_equal(run->network, BUILD_NETWORK_NONE);
	assert_true(run->insecure);
	assert_int_equal(run->mounts_len, 6);
	assert_string_equal(run->mounts[0].target, "/cache");
	assert_string_equal(run->mounts[0].id, "/cache");
	assert_int_equal(run->mounts[0].sharing, BUILD_LOCKED);
	assert_int_equal(run->mounts[0].from, BUILD_NONE);
	assert_false(run->mounts[0].read_only);
	assert_string_equal(run->mounts[1].target, "/root/t");
	assert_string_equal(run->mounts[1].source, "/t");
	assert_int_equal(run->mounts[1].from, made->stages[0].result);
	assert_false(run->mounts[1].read_only);
	assert_string_equal(run->mounts[2].target, "/run/secrets/s");
	assert_string_equal(run->mounts[3].target, "/run/buildkit/ssh_agent.0");
	assert_string_equal(run->mounts[3].id, "default");
	assert_int_equal(run->mounts[4].size, 1 << 20);
	assert_true(run->mounts[5].read_only);
	assert_int_equal(made->steps[run->mounts[5].from].kind, BUILD_CONTEXT);
	assert_int_equal(last(made)->inputs_len, 3);
	build_plan_free(made);
}

static void mounts_are_checked(void **state)
{
	(void)state;
	dockerfile_is_refused("FROM scratch\nRUN --mount=type=bnid,target=/x y\n", 2,
		"unsupported mount type \"bnid\" (did you mean bind?)");
	dockerfile_is_refused("FROM scratch\nRUN --mount=targte=/x y\n", 2,
		"unexpected key 'targte' in 'targte=/x' (did you mean target?)");
	dockerfile_is_refused("FROM scratch\nRUN --mount=target=/x,mode=7 y\n", 2,
		"mode not allowed for \"bind\" type mounts");
	dockerfile_is_refused("FROM scratch\nRUN --mount=type=cache,target=/ y\n", 2,
		"invalid mount target \"/\"");
	dockerfile_is_refused("FROM scratch\nRUN --mount=type=secret y\n", 2,
		"invalid secret mount. one of source, target required");
	dockerfile_is_refused("FROM scratch\nRUN --mount=type=tmpfs,target=/x,size=big y\n", 2,
		"invalid value for size: big");
	dockerfile_is_refused("FROM scratch\nRUN --mount=bare y\n", 2,
		"invalid field 'bare' must be a key=value pair");
	dockerfile_is_refused("FROM scratch\nRUN --mout=type=bind y\n", 2,
		"dockerfile parse error on line 2: unknown flag: mout (did you mean mount?)");
}

static void heredocs_run_as_scripts_or_in_the_shell(void **state)
{
	struct build_plan *made = dockerfile_plan("FROM debian\nRUN <<-E\n\ta $B\n\tb\n\tE\n");

	(void)state;
	joins(&last(made)->run.argv, "/bin/sh|-c|a $B\nb\n");
	assert_null(last(made)->run.script);
	build_plan_free(made);
	made = dockerfile_plan("FROM debian\nRUN <<E\n#!/usr/bin/python3\nprint(1)\nE\n");
	joins(&last(made)->run.argv, "/bin/sh|-c|/dev/pipes/E");
	assert_string_equal(last(made)->run.script->name, "E");
	assert_string_equal(last(made)->run.script->text, "#!/usr/bin/python3\nprint(1)\n");
	build_plan_free(made);
	made = dockerfile_plan("FROM debian\nRUN cat <<A <<B\na\nA\nb\nB\n");
	joins(&last(made)->run.argv, "/bin/sh|-c|cat <<A <<B\na\nA\nb\nB");
	build_plan_free(made);
}

static void a_copy_says_where_each_source_is(void **state)
{
	struct build_plan *made = dockerfile_plan(
		"FROM debian\nENV S=src\nADD --chown=$S --exclude=*.md $S/*.c <<f https://e/d/x.tgz?y "
		"https://e/r.git#main .\nhello $S \"q\"\nf\n");
	const struct build_copy *copy = &last(made)->copy;

	(void)state;
	assert_true(copy->add);
	assert_int_equal(copy->sources_len, 4);
	assert_string_equal(copy->sources[0].path, "src/*.c");
	assert_int_equal(copy->sources[1].kind, BUILD_SOURCE_HTTP);
	assert_string_equal(made->steps[copy->sources[1].from].http.name, "x.tgz");
	assert_int_equal(copy->sources[2].kind, BUILD_SOURCE_GIT);
	assert_string_equal(copy->sources[3].text.text, "hello src \"q\"\n");
	assert_string_equal(copy->dest, "/root/");
	assert_string_equal(copy->chown, "src");
	joins(&copy->excludes, "*.md");
	build_plan_free(made);
	dockerfile_is_refused(
		"FROM scratch\nCOPY https://e/x /y\n", 2, "source can't be a URL for COPY");
	dockerfile_is_refused(
		"FROM scratch\nCOPY https://e/x.git /y\n", 2, "source can't be a git ref for COPY");
	dockerfile_is_refused("FROM scratch\nADD --checksum=sha256:1 x /y\n", 2,
		"checksum requires HTTP(S) or Git sources");
	dockerfile_is_refused("FROM scratch\nCOPY --chmod=99 x /y\n", 2,
		"invalid chmod parameter: '99'. it should be octal string and between 0 and 07777");
	dockerfile_is_refused("FROM scratch\nCOPY x <<E\nE\n", 2,
		"dockerfile parse error on line 2: COPY cannot accept a heredoc as a destination");
}

static void instructions_are_checked(void **state)
{
	static const struct {
		const char *line, *words;
	} wrong[] = {
		{"COPY x", "COPY requires at least two arguments, but only one was provided. "
			   "Destination could not be determined"},
		{"CMD [\"\\u0000\"]", "a word cannot have a NUL character in it"},
		{"ENV", "ENV requires at least one argument"},
		{"ENV =x", "ENV names can not be blank"},
		{"ARG =x", "ARG names can not be blank"},
		{"WORKDIR", "WORKDIR requires exactly one argument"},
		{"SHELL a b", "SHELL requires the arguments to be in JSON form"},
		{"VOLUME [\"\"]", "VOLUME specified can not be an empty string"},
		{"ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"},
		{"HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"},
		{"HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"},
		{"HEALTHCHECK TCP x", "Unknown type \"TCP\" in HEALTHCHECK (try CMD)"},
		{"HEALTHCHECK --interval=5 CMD x", "time: missing unit in duration \"5\""},
		{"HEALTHCHECK --interval=1us CMD x",
			"Interval \"interval\" cannot be less than 1ms"},
		{"HEALTHCHECK --retries=-1 CMD x", "--retries cannot be negative (-1)"},
		{"COPY --link=x a b", "expecting boolean value for flag link, not: x"},
		{"COPY --from a b", "missing a value on flag: from"},
		{"COPY --from=a --from=b a b", "duplicate flag specified: from"},
		{"COPY --form=a a b", "unknown flag: form (did you mean from?)"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(wrong); i++) {
		auto_buf text = BUF_INIT, words = BUF_INIT;

		buf_addf(&text, "FROM scratch\n%s\n", wrong[i].line);
		buf_addf(&words, "dockerfile parse error on line 2: %s", wrong[i].words);
		dockerfile_is_refused(buf_text(&text), 2, buf_text(&words));
	}
	dockerfile_is_refused("FROM scratch\nSTOPSIGNAL SIGNONE\n", 2, "Invalid signal: SIGNONE");
	dockerfile_is_refused("FROM scratch\nEXPOSE 80/x\n", 2, "invalid proto: x");
	dockerfile_is_refused("FROM scratch\nEXPOSE 70000\n", 2, "invalid containerPort: 70000");
	dockerfile_is_refused("FROM scratch\nEXPOSE 90-80\n", 2, "invalid containerPort: 90-80");
}

/* ---- keys ---- */

static const char *key_of(const char *text, char key[DIGEST_SIZE])
{
	struct build_plan *made = dockerfile_plan(text);

	memcpy(key, last(made)->key, DIGEST_SIZE);
	build_plan_free(made);
	return key;
}

static void same(const char *one, const char *other)
{
	char a[DIGEST_SIZE], b[DIGEST_SIZE];

	assert_string_equal(key_of(one, a), key_of(other, b));
	assert_int_equal(strlen(a), DIGEST_SIZE - 1);
}

static void differ(const char *one, const char *other)
{
	char a[DIGEST_SIZE], b[DIGEST_SIZE];

	assert_string_not_equal(key_of(one, a), key_of(other, b));
}

static void keys_change_with_what_matters_only(void **state)
{
	(void)state;
	same("FROM debian\nRUN a\n", "# note\nFROM debian AS x\nLABEL a=b\nCMD x\nRUN   a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nRUN b\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nSHELL [\"x\"]\nRUN a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nENV x=y\nRUN a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nARG x=y\nRUN a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nUSER x\nRUN a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nRUN b\nRUN a\n");
	differ("FROM debian\nRUN a\n", "FROM debian\nRUN --network=none a\n");
	same("FROM debian\nRUN --mount=type=cache,target=/x,id=1 a\n",
		"FROM debian\nRUN --mount=type=cache,target=/x,id=2 a\n");
	differ("FROM debian\nCOPY a b /c/\n", "FROM debian\nCOPY b a /c/\n");
	differ("FROM debian\nCOPY <<E /c\n1\nE\n", "FROM debian\nCOPY <<E /c\n2\nE\n");
	same("FROM debian\nCOPY a /c\n", "FROM debian\nARG X=1\nCOPY a /c\n");
}

static void other_front_ends_are_named(void **state)
{
	struct build_plan *made =
		dockerfile_plan("# syntax=docker/dockerfile:1-labs\nFROM scratch\n");

	(void)state;
	build_plan_free(made);
	dockerfile_is_refused("# syntax=example/other:1\nFROM scratch\n", 1,
		"syntax example/other:1 is another front end, and only docker/dockerfile is built in; "
		"without that line, or with --build-arg BUILDKIT_SYNTAX=dockerfile.v0, the file is "
		"read as a Dockerfile");
	strs_add(&dockerfile.options.build_args, "BUILDKIT_SYNTAX=dockerfile.v0");
	made = dockerfile_plan("# syntax=example/other:1\nFROM scratch\n");
	build_plan_free(made);
}

static void too_much_of_anything_is_refused(void **state)
{
	auto_buf text = BUF_INIT;

	(void)state;
	buf_adds(&text, "FROM scratch\nENV A=0123456789\n");
	for (int i = 0; i < 40; i++)
		buf_adds(&text, "ENV A=$A$A$A\n");
	dockerfile_is_refused(
		buf_text(&text), 13, "failed to process \"$A$A$A\": it expands to more than 1 MiB");
	buf_clear(&text);
	buf_adds(&text, "FROM scratch\n");
	for (int i = 0; i < 200; i++)
		buf_adds(&text, "EXPOSE 1-65535 1-65535/udp\n");
	assert_int_equal(dockerfile_make(buf_text(&text), &(struct build_plan *){NULL}), -EFBIG);
	buf_clear(&text);
	buf_adds(&text, "FROM scratch\n");
	for (int i = 0; i < 10100; i++)
		buf_addf(&text, "ENV V%d=x\n", i);
	dockerfile_is_refused(buf_text(&text), 10001,
		"there are more than 10000 variables, labels or volumes of an image");
}

/* The corpus' files that are whole: what is checked of them is that nothing is refused. */
static void real_files_are_planned(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/build/dump/real-*.Dockerfile", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 8);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct build_plan *made = NULL;
		auto_buf text = BUF_INIT;

		assert_int_equal(path_read_at(AT_FDCWD, found.gl_pathv[i], SOURCE_MAX, &text), 0);
		if (dockerfile_make(buf_text(&text), &made) < 0)
			fail_msg("%s: line %d: %s", found.gl_pathv[i], dockerfile.place.first,
				dockerfile.err.text);
		assert_true(made->whole);
		assert_int_not_equal(made->stages[made->target].result, BUILD_NONE);
		build_plan_free(made);
	}
	globfree(&found);
}

#define in_order(name) cmocka_unit_test_teardown(name, dockerfile_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_order(only_what_the_target_needs_is_planned),
		in_order(wrong_stages_are_refused_in_buildkits_words),
		in_order(a_named_context_stands_for_a_stage_or_an_image),
		in_order(triggers_come_first_and_may_bring_stages),
		in_order(a_base_is_inherited_and_changed),
		in_order(scratch_begins_with_a_path_and_the_root),
		in_order(an_entrypoint_forgets_the_bases_cmd_but_not_ours),
		in_order(histories_are_buildkits),
		in_order(the_document_is_what_docker_reads),
		in_order(args_are_scoped_and_overridden),
		in_order(a_line_of_env_sees_what_was_before_it),
		in_order(a_run_says_all_that_it_needs),
		in_order(mounts_are_checked),
		in_order(heredocs_run_as_scripts_or_in_the_shell),
		in_order(a_copy_says_where_each_source_is),
		in_order(instructions_are_checked),
		in_order(keys_change_with_what_matters_only),
		in_order(real_files_are_planned),
		in_order(other_front_ends_are_named),
		in_order(too_much_of_anything_is_refused),
	};

	return cmocka_run_group_tests_name("build plan", tests, NULL, NULL);
}
