/* timelines.c - see engine_timeline.h: finds the record and has it planned.
 *
 *     containers/ID/plan, trace              launch
 *     containers/ID/timeline.1, timeline     stop, restart: the monitor's last facts (shim/facts.c)
 */
#include <errno.h>
#include <stdio.h>

#include "core/engine_own.h"
#include "core/timelines.h"
#include "util/own.h"
#include "util/path.h"

enum { FILE_MAX = 1 << 20 };

/* The older of two files first; none is fine. */
static int read_facts(int dir_fd, const char *older, const char *name, struct facts *out)
{
	const char *names[] = {older, name};

	for (size_t i = 0; i < array_len(names); i++) {
		auto_buf text = BUF_INIT;
		int failed = names[i] ? path_read_at(dir_fd, names[i], FILE_MAX, &text) : -ENOENT;

		if (!failed)
			facts_parse(out, buf_text(&text), text.len);
		else if (failed != -ENOENT)
			return failed;
	}
	return out->failed ? -ENOMEM : 0;
}

static bool is_up(const struct container *c)
{
	return c->state == CONTAINER_RUNNING || c->state == CONTAINER_PAUSED ||
	       c->state == CONTAINER_RESTARTING;
}

static int of_container(struct engine *engine, enum timeline_kind kind, const char *who,
	struct timeline *out, struct err *err)
{
	struct container c;
	auto_facts facts = {0};
	auto_close int own = -1;
	int failed = engine_container(engine, who, &c, err);
	struct timeline_subject subject = {c.name, false, timing_now()};
	bool found;

	if (failed)
		return failed;
	own = launch_own_dir(engine, c.id, err);
	if (own < 0)
		return own;
	failed = read_facts(own, "timeline.1", "timeline", &facts);
	if (failed)
		return err_set(err, failed, "the timeline of %s: %s", c.name, err_name(failed));
	subject.running = is_up(&c);
	found = kind == TIMELINE_STOP ? timeline_of_stop(&subject, &facts, out)
				      : timeline_of_restart(&subject, &facts, out);
	if (found)
		return 0;
	return err_set(err, ENODATA,
		kind == TIMELINE_STOP ? "nobody has stopped %s yet: davit stop %s does"
				      : "%s was not started again yet: davit restart %s does that, "
					"or a policy (davit update --restart)",
		c.name, c.name);
}

int engine_timeline(struct engine *engine, enum timeline_kind kind, const char *who, unsigned step,
	struct timeline *out, struct err *err)
{
	int failed = -EINVAL;

	(void)step;
	switch (kind) {
	case TIMELINE_LAUNCH:
		failed = explain_launch(engine, who, out, err);
		break;
	case TIMELINE_STOP:
	case TIMELINE_RESTART:
		failed = of_container(engine, kind, who, out, err);
		break;
	default:
		return err_set(err, EINVAL, "there is no timeline of that kind");
	}
	if (!failed && out->failed)
		failed = err_set(err, ENOMEM, "the timeline of %s: out of memory", who);
	return failed;
}
