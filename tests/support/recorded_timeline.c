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

/* Three layers, one of them here before; of the other two the larger still comes. */
static const char pulled[] =
	"{\"at\":1772460200000000,\"from\":1000000000,\"to\":1000000000,\"fact\":\"pull\",\"name\":\"docker.io/library/nginx:1.27\"}\n"
	"{\"at\":1772460200000000,\"from\":1000010000,\"to\":1021000000,\"fact\":\"head\",\"which\":\"1.27\",\"of\":\"sha256:2d99523b5b71cd457d8ffc9e796c82a3de86c59d4de08fe59742a143e6e5ab9d\",\"result\":0}\n"
	"{\"at\":1772460200022000,\"from\":1022000000,\"to\":1041000000,\"fact\":\"manifest\",\"which\":\"sha256:2d99\",\"of\":\"sha256:2d99523b5b71cd457d8ffc9e796c82a3de86c59d4de08fe59742a143e6e5ab9d\",\"bytes\":911,\"result\":0}\n"
	"{\"at\":1772460200042000,\"from\":1042000000,\"to\":1060000000,\"fact\":\"config\",\"of\":\"sha256:5806c67e33d088893ad2658fe45af198b66316d9d166aa53f294b970b49bfbd8\",\"bytes\":824,\"result\":0}\n"
	"{\"at\":1772460200061000,\"from\":1061000000,\"to\":1061000000,\"fact\":\"layer\",\"number\":0,\"of\":\"sha256:5658a1fbf429ec37\",\"total\":1036062,\"state\":\"held\"}\n"
	"{\"at\":1772460200061000,\"from\":1061000000,\"to\":1061000000,\"fact\":\"layer\",\"number\":1,\"of\":\"sha256:c571dc041d4644af\",\"total\":6334105,\"state\":\"fetch\"}\n"
	"{\"at\":1772460200061000,\"from\":1061000000,\"to\":1061000000,\"fact\":\"layer\",\"number\":2,\"of\":\"sha256:3509df060fc0bfbe\",\"total\":20006309,\"state\":\"fetch\"}\n"
	"{\"at\":1772460200062000,\"from\":1062000000,\"to\":1200000000,\"fact\":\"download\",\"of\":\"sha256:c571dc041d4644af\",\"bytes\":6334105,\"total\":6334105,\"had\":0,\"tries\":1,\"result\":0}\n"
	"{\"at\":1772460200063000,\"from\":1063000000,\"to\":1296000000,\"fact\":\"unpack\",\"of\":\"sha256:c571dc041d4644af\",\"bytes\":6334105,\"tar\":22900000,\"entries\":812,\"codec\":\"gzip\",\"waited_us\":104000,\"hashed_us\":19300}\n";
static const char pull_goes_on[] =
	"{\"so_far\":1,\"at\":1772460200062000,\"from\":1062000000,\"to\":1300000000,\"fact\":\"download\",\"of\":\"sha256:3509df060fc0bfbe\",\"bytes\":9000000,\"total\":20006309}\n"
	"{\"so_far\":1,\"at\":1772460200064000,\"from\":1064000000,\"to\":1300000000,\"fact\":\"unpack\",\"of\":\"sha256:3509df060fc0bfbe\",\"bytes\":8400000,\"total\":20006309}\n";
static const char pull_ended[] =
	"{\"at\":1772460200062000,\"from\":1062000000,\"to\":1745000000,\"fact\":\"download\",\"of\":\"sha256:3509df060fc0bfbe\",\"bytes\":20006309,\"total\":20006309,\"had\":0,\"tries\":1,\"result\":0}\n"
	"{\"at\":1772460200064000,\"from\":1064000000,\"to\":1773000000,\"fact\":\"unpack\",\"of\":\"sha256:3509df060fc0bfbe\",\"bytes\":20006309,\"tar\":20010000,\"entries\":1,\"codec\":\"gzip\",\"waited_us\":201000,\"hashed_us\":36700}\n"
	"{\"at\":1772460200774000,\"from\":1774000000,\"to\":1774800000,\"fact\":\"commit\",\"of\":\"sha256:5806c67e33d0\",\"result\":0}\n";
static const char built[] =
	"{\"at\":1772460100000000,\"from\":2000000000,\"to\":2000200000,\"step\":0,\"fact\":\"step\",\"state\":\"done\",\"line\":1,\"name\":\"[1/3] FROM davit/demo\"}\n"
	"{\"at\":1772460100001000,\"from\":2001000000,\"to\":2001100000,\"step\":1,\"fact\":\"key\",\"key\":\"sha256:06e4d2c23d9c\",\"hit\":0}\n"
	"{\"at\":1772460100001200,\"from\":2001200000,\"to\":2001200000,\"step\":1,\"fact\":\"why\",\"text\":\"it was never built here\"}\n"
	"{\"at\":1772460100001300,\"from\":2001300000,\"to\":2290000000,\"step\":1,\"fact\":\"run\",\"launch_us\":5300,\"command_us\":282000,\"after_us\":700,\"code\":0}\n"
	"{\"at\":1772460100290000,\"from\":2290100000,\"to\":2293200000,\"step\":1,\"fact\":\"diff\",\"scan_us\":139,\"stage_us\":40,\"digest_us\":2720,\"empty\":0,\"diff_id\":\"sha256:1ae73ed968f7aa\"}\n"
	"{\"at\":1772460100293300,\"from\":2293300000,\"to\":2293660000,\"step\":1,\"fact\":\"commit\",\"layer\":\"anfbscd3mcq7\",\"result\":0}\n"
	"{\"at\":1772460100001000,\"from\":2001000000,\"to\":2294000000,\"step\":1,\"fact\":\"step\",\"state\":\"done\",\"line\":2,\"name\":\"[2/3] RUN make\"}\n"
	"{\"at\":1772460100295000,\"from\":2295000000,\"to\":2295100000,\"step\":2,\"fact\":\"step\",\"state\":\"cached\",\"line\":3,\"name\":\"[3/3] WORKDIR /srv\"}\n";

/* What runs is being stopped where its row says so. */
static bool stop_of(const struct recorded *recorded, int row, struct timeline *out)
{
	const struct container *c = &recorded->rows[row].c;
	struct timeline_subject subject = {
		.name = c->name, .running = c->pid, .now_ns = 81000000000};
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
	struct timeline_subject subject = {.name = c->name,
		.running = c->state == CONTAINER_RESTARTING,
		.now_ns = 70300000000};
	auto_facts facts = {0};

	facts_parse(&facts, restarted, sizeof(restarted) - 1);
	return c->restarts && timeline_of_restart(&subject, &facts, out);
}

static bool is_image(const struct recorded *recorded, const char *who)
{
	for (size_t i = 0; i < recorded->image_count; i++)
		if (strcmp(recorded->images[i].id, who) == 0)
			return true;
	return false;
}

/* An image is here, so that its pull has ended; a job's goes on. */
static int pull_of(
	const struct recorded *recorded, const char *who, struct timeline *out, struct err *err)
{
	bool here = is_image(recorded, who);
	struct timeline_subject subject = {
		.name = who, .running = !here, .now_ns = 1310000000, .root = "/var/lib/davit"};
	auto_facts facts = {0};

	facts_parse(&facts, pulled, sizeof(pulled) - 1);
	if (here)
		facts_parse(&facts, pull_ended, sizeof(pull_ended) - 1);
	else
		facts_parse(&facts, pull_goes_on, sizeof(pull_goes_on) - 1);
	return timeline_of_pull(&subject, &facts, out) ? 0 : err_set(err, ENODATA, "no pull");
}

static int build_of(const char *who, unsigned step, struct timeline *out, struct err *err)
{
	struct timeline_subject subject = {.name = who, .root = "/var/lib/davit"};
	auto_facts facts = {0};

	facts_parse(&facts, built, sizeof(built) - 1);
	return timeline_of_build(&subject, &facts, step, out)
		       ? 0
		       : err_set(err, ENODATA, "build %s has no step %u that was begun", who, step);
}

static int of_container(struct recorded *recorded, enum timeline_kind kind, const char *who,
	struct timeline *out, struct err *err)
{
	int row = recorded_find(recorded, who);

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

static int read_timeline(struct world *world, enum timeline_kind kind, const char *who,
	unsigned step, struct timeline *out, struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	if (kind == TIMELINE_PULL)
		return pull_of(recorded, who, out, err);
	if (kind == TIMELINE_BUILD)
		return build_of(who, step, out, err);
	return of_container(recorded, kind, who, out, err);
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
