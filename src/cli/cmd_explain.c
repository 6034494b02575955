#include <errno.h>

#include "cli/explain_figure.h"
#include "cli/explain_hood.h"
#include "cli/explain_try.h"
#include "cli/explain_timeline.h"

struct values {
	const char *format, *beside, *figure, *call;
	struct strs parts;
	int64_t step;
	bool hood, why, proofs;
	bool timeline[TIMELINE_KINDS];
};

#define KIND(kind) (offsetof(struct values, timeline) + (kind) * sizeof(bool))

static const struct option options[] = {
	{"beside", 0, OPTION_STRING, "container",
		"Show beside another's what is under the hood; 'host': the host's",
		offsetof(struct values, beside)},
	{"build", 0, OPTION_BOOL, NULL,
		"Replay a build by its job's id, or the newest: its steps side by side",
		KIND(TIMELINE_BUILD)},
	{"figure", 0, OPTION_STRING, "figure",
		"Draw what is there: engine, image, layers, files, merged, index, machines",
		offsetof(struct values, figure)},
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{"hood", 0, OPTION_BOOL, NULL,
		"Show what the kernel says of it: namespaces, mounts, limits, …",
		offsetof(struct values, hood)},
	{"launch", 0, OPTION_BOOL, NULL, "Replay its launch, step by step (the default)",
		KIND(TIMELINE_LAUNCH)},
	{"part", 0, OPTION_LIST, "part", "With --hood: this part alone",
		offsetof(struct values, parts)},
	{"proofs", 0, OPTION_BOOL, NULL,
		"The command that shows the same; of a timeline, the system calls too",
		offsetof(struct values, proofs)},
	{"pull", 0, OPTION_BOOL, NULL,
		"Replay an image's pull: names, blobs, hashes, layers side by side",
		KIND(TIMELINE_PULL)},
	{"restart", 0, OPTION_BOOL, NULL, "Replay its restarts: each end, each wait, each attempt",
		KIND(TIMELINE_RESTART)},
	{"step", 0, OPTION_INT, "number", "With --build: where the time of this step went",
		offsetof(struct values, step)},
	{"stop", 0, OPTION_BOOL, NULL,
		"Replay its last stop: who asked, the signal, the wait, the end",
		KIND(TIMELINE_STOP)},
	{"try", 0, OPTION_STRING, "call",
		"Try a system call behind its walls, and say what refuses it",
		offsetof(struct values, call)},
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

static int explain_it(struct cli *cli, const struct values *values, const char *who,
	const struct timeline_wish *timeline, bool hood, const struct form *form)
{
	const struct hood_wish wish = {&values->parts, values->beside, values->proofs};

	if (values->figure)
		return explain_figure(cli, values->figure, who, values->proofs, form);
	if (!who && timeline->kind != TIMELINE_BUILD)
		return cli_misused(cli, 1, "'davit %s' requires 1 argument", cli->spelling);
	if (values->call)
		return explain_try(cli, who, values->call, form);
	if (values->why)
		return explain_why(cli, who, form);
	return hood ? explain_hood(cli, who, &wish, form) : explain_timeline(cli, timeline, form);
}

static int explain(struct cli *cli, void *data, const struct operands *operands)
{
	struct values *values = data;
	auto_of(form) struct form *form = NULL;
	struct timeline_wish timeline = {.who = operands->len ? operands->v[0] : "",
		.step = (unsigned)values->step,
		.proofs = values->proofs};
	int asked = kinds_of(values, &timeline.kind) + values->why + (values->figure != NULL) +
		    (values->call != NULL);
	bool hood =
		values->hood || values->parts.len || values->beside || (values->proofs && !asked);
	struct err err;

	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (asked + hood > 1)
		return cli_misused(cli, 1,
			"explain one thing at a time: --hood, --why, --figure, --try, --launch, --stop, --restart, --pull or --build");
	if (values->step < 0 || values->step > 100000 ||
		(values->step && !values->timeline[TIMELINE_BUILD]))
		return cli_misused(cli, 1, "--step is the number of a step, and goes with --build");
	if (!cli_open(cli))
		return 1;
	return explain_it(cli, values, operands->len ? operands->v[0] : NULL, &timeline, hood,
		values->format && *values->format ? form : NULL);
}

const struct command command_explain = {
	.names = {"explain", "container explain"},
	.usage = "[OPTIONS] CONTAINER | --pull IMAGE | --build [BUILD] | --figure FIGURE [OBJECT]",
	.summary =
		"Show how things were made, pulled, built, stopped and started again, what is under the hood, or why one ended",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = explain,
};
