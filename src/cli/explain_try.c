/* explain_try.c - see explain_try.h. */
#include "cli/explain_try.h"

#include <string.h>

struct waiting {
	struct try_answer answer;
	struct err err;
};

static void on_answer(void *arg, const struct try_answer *answer, const struct err *err)
{
	struct waiting *waiting = arg;

	if (answer)
		waiting->answer = *answer;
	else
		waiting->err = *err;
}

static int put_json(const struct try_answer *answer, const struct form *form, struct buf *out)
{
	cJSON *object = cJSON_CreateObject();
	struct err err;
	int failed;

	cJSON_AddStringToObject(object, "Call", answer->call->name);
	cJSON_AddStringToObject(object, "Shown", answer->call->shown);
	cJSON_AddStringToObject(object, "Verdict", try_verdict_name(answer->verdict));
	cJSON_AddStringToObject(
		object, "Error", answer->error ? strerrorname_np(answer->error) : "");
	cJSON_AddStringToObject(object, "Capability", answer->call->capability);
	cJSON_AddBoolToObject(object, "HasCapability", answer->has_capability);
	cJSON_AddStringToObject(object, "Sentence", answer->sentence);
	failed = form_put(form, object, out, &err);
	cJSON_Delete(object);
	return failed ? cli_fail(&err, 1) : 0;
}

int explain_try(struct cli *cli, const char *who, const char *call, const struct form *form)
{
	struct waiting waiting = {.err = {.code = 0}};
	struct trying *trying;
	struct err err;

	if (engine_try(cli->engine, who, call, on_answer, &waiting, &trying, &err) < 0)
		return cli_fail(&err, 1);
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	if (!waiting.answer.call)
		return cli_fail(&waiting.err, 1);
	if (form)
		return put_json(&waiting.answer, form, &cli->out.text);
	buf_addf(&cli->out.text, "%s  %s\n%s\n%s\n", waiting.answer.call->shown,
		try_verdict_name(waiting.answer.verdict), waiting.answer.call->words,
		waiting.answer.sentence);
	return 0;
}
