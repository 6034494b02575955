/* try.c - see engine_try.h: an exec whose plan ends with one system call.
 *
 *     judge beforehand what the filter says and which capabilities there are
 *     → exec (core/session.c) → its exit code → try_judge → done
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_own.h"
#include "core/hood_parts.h"
#include "core/module.h"
#include "runtime/plan.h"
#include "runtime/seccomp_explain.h"
#include "util/own.h"

enum { FILTER_KILLS = -1, FILTER_UNKNOWN = -2, KILLED_CODE = 128 + 31 /* SIGSYS */ };

struct trying {
	const struct trial *call;
	int filter;
	bool has_capability;
	try_done_fn *done; /* NULL: nobody waits for it any more */
	void *arg;
};

/* ---- what an answer means ---- */

static const char *const verdicts[] = {
	[TRY_ALLOWED] = "allowed",
	[TRY_REACHED] = "let through",
	[TRY_FILTERED] = "refused by the filter",
	[TRY_KILLED] = "killed by the filter",
	[TRY_UNABLE] = "refused for want of a capability",
	[TRY_FORBIDDEN] = "refused",
};

const char *try_verdict_name(enum try_verdict verdict)
{
	return verdicts[verdict];
}

static enum try_verdict verdict_of(
	const struct trial *call, int exit_code, int filter, bool has_capability)
{
	bool refused = exit_code == EPERM || exit_code == EACCES;

	if (exit_code == KILLED_CODE)
		return TRY_KILLED;
	if (filter > 0 && exit_code == filter)
		return TRY_FILTERED;
	if (exit_code == 0)
		return TRY_ALLOWED;
	if (!refused)
		return TRY_REACHED;
	return *call->capability && !has_capability ? TRY_UNABLE : TRY_FORBIDDEN;
}

static void say(struct try_answer *out)
{
	const struct trial *call = out->call;
	const char *name = strerrorname_np(out->error);
	const char *way = out->filter == FILTER_UNKNOWN ? "No filter is in its way"
							: "The filter lets it through";

	name = name ? name : "an error";
	switch (out->verdict) {
	case TRY_ALLOWED:
		snprintf(out->sentence, sizeof(out->sentence), "%s, and the kernel did it.", way);
		return;
	case TRY_REACHED:
		snprintf(out->sentence, sizeof(out->sentence),
			"%s; the kernel looked at it and answered %s, as these arguments deserve: "
			"the way is open.",
			way, name);
		return;
	case TRY_FILTERED:
		snprintf(out->sentence, sizeof(out->sentence),
			"The filter refused it with %s before the kernel looked at anything else.%s%s%s",
			name, out->has_capability ? "" : " Without the filter CAP_",
			out->has_capability ? "" : call->capability,
			out->has_capability ? "" : " would be missing, too.");
		return;
	case TRY_KILLED:
		snprintf(out->sentence, sizeof(out->sentence),
			"The filter had the process that called it killed (SIGSYS).");
		return;
	case TRY_UNABLE:
		snprintf(out->sentence, sizeof(out->sentence),
			"%s; the kernel refused it with %s, because it has no CAP_%s.", way, name,
			call->capability);
		return;
	case TRY_FORBIDDEN:
		snprintf(out->sentence, sizeof(out->sentence),
			"%s, and no capability that it is known to need is missing; the kernel "
			"refused it with %s all the same.",
			way, name);
		return;
	}
}

void try_judge(const struct trial *call, int exit_code, int filter, bool has_capability,
	struct try_answer *out)
{
	*out = (struct try_answer){.call = call,
		.verdict = verdict_of(call, exit_code, filter, has_capability),
		.error = exit_code == KILLED_CODE ? 0 : exit_code,
		.filter = filter,
		.has_capability = has_capability};
	say(out);
}

/* ---- what is known beforehand ---- */

static int meaning(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return 0;
	case SECCOMP_RET_ERRNO:
		return (int)(answer & SECCOMP_RET_DATA);
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return FILTER_KILLS;
	default: /* somebody else decides */
		return FILTER_UNKNOWN;
	}
}

/* What its filter answers to these very arguments. */
static int ask_filter(struct engine *engine, const char *id, const struct trial *call)
{
	auto_close int own = launch_own_dir(engine, id, NULL);
	auto_buf bytes = BUF_INIT;
	const struct plan_step *step;
	struct plan plan;
	void *symbol;
	uint32_t answer;
	struct err err;

	step = own < 0 ? NULL : hood_find_filter(own, &bytes, &plan);
	if (!step || module_symbol("seccomp", "seccomp_evaluate", &symbol, &err) < 0 ||
		!((seccomp_evaluate_fn *)symbol)(
			(const struct sock_filter *)plan_text(&plan, step->a),
			step->a.len / sizeof(struct sock_filter), call->number, call->args,
			&answer))
		return FILTER_UNKNOWN;
	return meaning(answer);
}

static int look(struct engine *engine, const char *who, struct trying *trying, struct err *err)
{
	const struct hood_row *row;
	struct container container;
	struct hood *hood;

	if (engine_container(engine, who, &container, err) < 0 ||
		engine_hood(engine, container.id, 1 << HOOD_CAPABILITIES, &hood, err) < 0)
		return err->code;
	row = hood_find(hood, HOOD_CAPABILITIES, trying->call->capability);
	trying->has_capability = !*trying->call->capability || (row && str_eq(row->value, "kept"));
	hood_free(hood);
	trying->filter = ask_filter(engine, container.id, trying->call);
	return 0;
}

/* ---- trying ---- */

static void on_ended(void *arg, const struct session_result *result)
{
	struct trying *trying = arg;
	struct try_answer answer;
	struct err err;

	if (trying->done && result->end == SESSION_EXITED) {
		try_judge(trying->call, result->exit_code, trying->filter, trying->has_capability,
			&answer);
		trying->done(trying->arg, &answer, NULL);
	} else if (trying->done) {
		err_set(&err, EIO, "%s could not be tried%s%s", trying->call->name,
			result->err ? ": " : "", result->err ? result->err->text : "");
		trying->done(trying->arg, NULL, &err);
	}
	free(trying);
}

static int begin(struct engine *engine, const char *who, struct trying *trying, struct err *err)
{
	static const struct session_events events = {.ended = on_ended};
	struct session_options options = {0};
	struct exec_request request;
	struct session *session;

	exec_request_init(&request);
	request.trial = trying->call;
	strs_add(&request.command, "davit-try");
	strs_add(&request.command, trying->call->name);
	session = strs_failed(&request.command)
			  ? NULL
			  : engine_exec(engine, who, &request, &options, &events, trying);
	exec_request_fini(&request);
	return session ? 0 : err_set(err, ENOMEM, "try a call: out of memory");
}

static int no_such_call(const char *name, struct err *err)
{
	auto_buf names = BUF_INIT;
	size_t count;
	const struct trial *calls = try_calls(&count);

	for (size_t i = 0; i < count; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", calls[i].name);
	return err_set(err, ENOENT, "'%.40s' is none of the calls that can be tried: %s", name,
		buf_text(&names));
}

int engine_try(struct engine *engine, const char *who, const char *call, try_done_fn *done,
	void *arg, struct trying **out, struct err *err)
{
	auto_free struct trying *trying = calloc(1, sizeof(*trying));

	if (!trying)
		return err_set(err, ENOMEM, "try a call: out of memory");
	*trying = (struct trying){.call = try_find(call), .done = done, .arg = arg};
	if (!trying->call)
		return no_such_call(call, err);
	if (look(engine, who, trying, err) < 0 || begin(engine, who, trying, err) < 0)
		return err->code;
	*out = take(trying);
	return 0;
}

void trying_leave(struct trying *trying)
{
	if (trying)
		trying->done = NULL;
}
