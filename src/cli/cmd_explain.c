#include <errno.h>

#include "cli/explain_hood.h"
#include "cli/explain_timeline.h"

struct values {
	const char *format, *beside;
	struct strs parts;
	int64_t step;
	bool hood, why, proofs;
	bool timeline[TIMELINE_KINDS];
};

#define KIND(name, kind, help)                                                                     \
	{                                                                                          \
		name, 0, OPTION_BOOL, NULL, help,                                                  \
			offsetof(struct values, timeline) + (kind) * sizeof(bool)                  \
	}

static const struct option options[] = {
	{"beside", 0, OPTION_STRING, "container",
		"Show beside another's what is under the hood; 'host': the host's",
		offsetof(struct values, beside)},
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{"hood", 0, OPTION_BOOL, NULL,
		"Show what the kernel says of it: namespaces, mounts, limits, …",
		offsetof(struct values, hood)},
	KIND("launch", TIMELINE_LAUNCH,
		"Replay its launch, step by step (what is done by default)"),
	{"part", 0, OPTION_LIST, "part", "With --hood: this part alone",
		offsetof(struct values, parts)},
	{"proofs", 0, OPTION_BOOL, NULL,
		"The system calls, and the command that shows the same, below each line",
		offsetof(struct values, proofs)},
	KIND("restart", TIMELINE_RESTART, "Replay its restarts: each end, each wait, each attempt"),
	KIND("stop", TIMELINE_STOP,
		"Replay its last stop: who asked, the signal, the wait, the end"),
	{"why", 0, OPTION_BOOL, NULL, "Say why it ended", offsetof(struct values, why)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* How many were asked for, and the last of them. */
static int kinds_of(const struct values *values, enum timeline_kind *kind)
{
	int asked = 0;

	*kind = TIMELINE_LAUNCH;
	for (enum timeline_kind i = 0; i < TIMELINE_KINDS; i++)
		if (values->timeline[i]) {
			*kind = i;
			asked++;
		}
	return asked;
}

static bool is_hood(const struct values *values, int asked)
{
	return values->hood || values->parts.len || values->beside || (values->proofs && !asked);
}

static int explain(struct cli *cli, void *data, const struct operands *operands)
{
	struct values *values = data;
	const struct hood_wish hood = {&values->parts, values->beside, values->proofs};
	auto_of(form) struct form *form = NULL;
	struct timeline_wish timeline = {
		.who = operands->v[0], .step = (unsigned)values->step, .proofs = values->proofs};
	int asked = kinds_of(values, &timeline.kind);
	const struct form *wanted;
	struct err err;

	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (asked + is_hood(values, asked) + values->why > 1) {
		err_set(&err, EINVAL,
			"explain one thing at a time: --hood, --why, --launch, --stop or --restart");
		return cli_fail(&err, 1);
	}
	if (!cli_open(cli))
		return 1;
	wanted = values->format && *values->format ? form : NULL;
	if (values->why)
		return explain_why(cli, operands->v[0], wanted);
	if (is_hood(values, asked))
		return explain_hood(cli, operands->v[0], &hood, wanted);
	return explain_timeline(cli, &timeline, wanted);
}

const struct command command_explain = {
	.names = {"explain", "container explain"},
	.usage = "[OPTIONS] CONTAINER",
	.summary =
		"Show how a container was made, stopped and started again, what is under its hood, or why it ended",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = explain,
};
