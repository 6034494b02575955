/* Hooks, clocks and priorities. */
#include "runtime/spec_check.h"

#define refuse(err, ...) err_set(err, EINVAL, __VA_ARGS__)

static int check_hooks(const spec_hooks *hooks, const char *stage, struct err *err)
{
	for (size_t i = 0; i < hooks->len; i++) {
		const struct spec_hook *hook = &hooks->v[i];

		if (!hook->path || hook->path[0] != '/')
			return refuse(
				err, "hooks.%s[%zu].path: must be an absolute path", stage, i);
		if (hook->timeout.set && hook->timeout.value <= 0)
			return refuse(
				err, "hooks.%s[%zu].timeout: must be greater than 0", stage, i);
		for (size_t e = 0; e < hook->env.len; e++) {
			if (!strchr(hook->env.v[e], '='))
				return refuse(err, "hooks.%s[%zu].env[%zu]: must be NAME=value",
					stage, i, e);
		}
	}
	return 0;
}

int spec_check_hooks(const struct spec *spec, struct err *err)
{
	const struct {
		const char *stage;
		const spec_hooks *hooks;
	} all[] = {
		{"prestart", &spec->hooks.prestart},
		{"createRuntime", &spec->hooks.create_runtime},
		{"createContainer", &spec->hooks.create_container},
		{"startContainer", &spec->hooks.start_container},
		{"poststart", &spec->hooks.poststart},
		{"poststop", &spec->hooks.poststop},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < array_len(all); i++)
		rc = check_hooks(all[i].hooks, all[i].stage, err);
	return rc;
}

static bool is_offset(const struct spec_offset *offset)
{
	return offset->secs || offset->nanosecs;
}

int spec_check_time(const struct spec *spec, struct err *err)
{
	const struct spec_namespace *ns = spec_find_namespace(spec, "time");

	if ((!ns || ns->path) &&
		(is_offset(&spec->lnx.monotonic) || is_offset(&spec->lnx.boottime)))
		return refuse(err, "linux.timeOffsets: needs a new time namespace");
	return 0;
}

static int check_scheduler(const struct spec_scheduler *s, struct err *err)
{
	bool real_time, deadline;

	if (!s->policy)
		return refuse(err, "process.scheduler.policy: must be set");
	real_time = str_eq(s->policy, "SCHED_FIFO") || str_eq(s->policy, "SCHED_RR");
	deadline = str_eq(s->policy, "SCHED_DEADLINE");
	if (real_time != (s->priority > 0))
		return refuse(err, real_time ? "process.scheduler.priority: must be from 1 to 99"
					     : "process.scheduler.priority: only SCHED_FIFO and "
					       "SCHED_RR have one");
	if (!deadline && (s->runtime || s->deadline || s->period))
		return refuse(err, "process.scheduler.%s: only SCHED_DEADLINE has one",
			s->runtime    ? "runtime"
			: s->deadline ? "deadline"
				      : "period");
	if (s->nice.set && s->nice.value && !str_eq(s->policy, "SCHED_OTHER") &&
		!str_eq(s->policy, "SCHED_BATCH"))
		return refuse(
			err, "process.scheduler.nice: only SCHED_OTHER and SCHED_BATCH have one");
	return 0;
}

int spec_check_priorities(const struct spec_process *process, struct err *err)
{
	if (process->has_io_priority && !process->io_priority.class)
		return refuse(err, "process.ioPriority.class: must be set");
	return process->has_scheduler ? check_scheduler(&process->scheduler, err) : 0;
}
