/* recorded_timeline.c - timelines of the recorded world: facts as monitors, pulls and builds write
 * them, through the planners that the engine has. */
#include <errno.h>
#include <stdio.h>

#include "core/timeline.h"
#include "recorded_private.h"

/* A stop with ten seconds' patience, of a process that does not listen. */
static const char stopped[] =
	"{\"at\":1795675689120000,\"from\":81000000000,\"to\":81000000000,\"fact\":\"asked\",\"verb\":\"stop\",\"signal\":0,\"wait_ms\":-2,\"pid\":4242,\"uid\":0,\"by\":\"davit stop web\"}\n"
	"{\"at\":1795675689120040,\"from\":81000040000,\"to\":81000071000,\"fact\":\"signal\",\"signal\":15,\"pid\":8101,\"result\":0}\n"
	"{\"at\":1795675689120072,\"from\":81000072000,\"to\":81000072000,\"fact\":\"wait\",\"wait_ms\":10000}\n";
static const char killed[] =
	"{\"at\":1795675699120400,\"from\":91000400000,\"to\":91000431000,\"fact\":\"signal\",\"signal\":9,\"pid\":8101,\"result\":0}\n"
	"{\"at\":1795675699120900,\"from\":91000900000,\"to\":91000931000,\"fact\":\"exit\",\"code\":137,\"signal\":9,\"flags\":0,\"ran_us\":91000000}\n"
	"{\"at\":1795675699120970,\"from\":91000970000,\"to\":91001050000,\"fact\":\"decide\",\"again\":0,\"policy\":1,\"most\":0,\"attempt\":0,\"wait_ms\":0,\"by_hand\":1}\n"
	"{\"at\":1795675699121060,\"from\":91001060000,\"to\":91001310000,\"fact\":\"network\"}\n"
	"{\"at\":1795675699121320,\"from\":91001320000,\"to\":91001560000,\"fact\":\"cgroups\"}\n"
	"{\"at\":1795675699121560,\"from\":91001560000,\"to\":91003010000,\"fact\":\"mounts\"}\n";
static const char restarted[] =
	"{\"at\":1795675544526313,\"from\":70000000000,\"to\":70000041000,\"fact\":\"exit\",\"code\":7,\"signal\":0,\"flags\":0,\"ran_us\":105049}\n"
	"{\"at\":1795675544526394,\"from\":70000080000,\"to\":70000140000,\"fact\":\"decide\",\"again\":1,\"policy\":3,\"most\":3,\"attempt\":1,\"wait_ms\":100,\"by_hand\":0}\n"
	"{\"at\":1795675544629363,\"from\":70103000000,\"to\":70106000000,\"fact\":\"again\",\"attempt\":1,\"pid\":28}\n"
	"{\"at\":1795675544739768,\"from\":70213000000,\"to\":70213035000,\"fact\":\"exit\",\"code\":7,\"signal\":0,\"flags\":0,\"ran_us\":107412}\n"
	"{\"at\":1795675544739836,\"from\":70213068000,\"to\":70213126000,\"fact\":\"decide\",\"again\":1,\"policy\":3,\"most\":3,\"attempt\":2,\"wait_ms\":200,\"by_hand\":0}\n";

static void put_launch_row(struct timeline *out, unsigned lane, double from_us, double took_us,
	const char *words, const char *calls)
{
	struct timeline_span *span = timeline_span(out, lane, (uint64_t)(from_us * 1000) + 1000,
		(uint64_t)((from_us + took_us) * 1000) + 1000);

	span->words = words;
	span->calls = calls;
}

static void launch_of(const char *name, struct timeline *out)
{
	strs_add(&out->lanes, "davit");
	strs_add(&out->lanes, "monitor");
	strs_add(&out->lanes, "container");
	out->kind = TIMELINE_LAUNCH;
	out->title = timeline_say(out, "launch of %s", name);
	put_launch_row(out, 0, 419.8, 97.9, "find the image", "");
	put_launch_row(out, 0, 517.6, 90.1, "merge image and options", "");
	put_launch_row(out, 0, 607.9, 595.3, "start the monitor",
		"clone3(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_INTO_CGROUP)");
	put_launch_row(out, 1, 1203.2, 424.8,
		"give the container its own mount, network (kept over restarts)",
		"unshare(CLONE_NEWNS | CLONE_NEWNET)");
	put_launch_row(out, 2, 1900.0, 977.8, "become nginx -g 'daemon off;'",
		"execve(\"/usr/sbin/nginx\", …)");
	out->summary =
		"2877.8 us from the command to the running process: 2185.9 us in these steps, "
		"691.9 us between them";
	timeline_end(out, 1000, true);
}

/* What runs is being stopped where its row says so. */
static bool stop_of(const struct recorded *recorded, int row, struct timeline *out)
{
	const struct container *c = &recorded->rows[row].c;
	struct timeline_subject subject = {c->name, c->pid, 81000000000};
	auto_facts facts = {0};

	if (!recorded->rows[row].stopping_ms)
		return false;
	subject.now_ns += (uint64_t)(recorded->now_ms - recorded->rows[row].stopping_ms) * 1000000;
	facts_parse(&facts, stopped, sizeof(stopped) - 1);
	if (!c->pid)
		facts_parse(&facts, killed, sizeof(killed) - 1);
	return timeline_of_stop(&subject, &facts, out);
}

static bool restart_of(const struct recorded *recorded, int row, struct timeline *out)
{
	const struct container *c = &recorded->rows[row].c;
	struct timeline_subject subject = {c->name, c->state == CONTAINER_RESTARTING, 70300000000};
	auto_facts facts = {0};

	facts_parse(&facts, restarted, sizeof(restarted) - 1);
	return c->restarts && timeline_of_restart(&subject, &facts, out);
}

static int read_timeline(struct world *world, enum timeline_kind kind, const char *who,
	unsigned step, struct timeline *out, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, who);

	(void)step;
	if (row < 0)
		return err_set(err, ENOENT, "No such container: %s", who);
	if (kind == TIMELINE_LAUNCH) {
		launch_of(recorded->rows[row].c.name, out);
		return 0;
	}
	if (kind == TIMELINE_STOP ? stop_of(recorded, row, out) : restart_of(recorded, row, out))
		return 0;
	return err_set(err, ENODATA, "nobody has stopped %s yet: davit stop %s does",
		recorded->rows[row].c.name, recorded->rows[row].c.name);
}

/* stopping NAME: from now on, with ten seconds' patience */
bool recorded_timeline_tell(struct recorded *recorded, const char *verb, char *rest)
{
	int row = strcmp(verb, "stopping") == 0 ? recorded_find(recorded, rest) : -1;

	if (row < 0)
		return false;
	recorded->rows[row].stopping_ms = recorded->now_ms;
	return true;
}

const struct world_timeline_ops recorded_timeline_ops = {
	.read = read_timeline,
};
