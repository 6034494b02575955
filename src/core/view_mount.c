#include "core/view_mount.h"

#include "runtime/launch/launch.h"

int view_mount(const struct view_dirs *dirs, const struct buf *bytes, struct err *err)
{
	const int fds[LAUNCH_DIRS] = {
		[PLAN_STORE] = dirs->store, [PLAN_RUN] = dirs->run, [PLAN_OWN] = dirs->own};
	/* Not opened as a stranger's: half a plan would be refused, and this one was just made. */
	const struct plan_header *head = (const void *)bytes->data;
	const struct plan plan = {.head = head,
		.steps = (const void *)(bytes->data + sizeof(*head)),
		.data = bytes->data + head->data_at};
	struct launch launch;
	int failed = launch_init(&launch, &plan, fds);

	if (!failed)
		failed = launch_hold(&launch);
	if (failed)
		err_set(err, failed, "mount the container's files: %s",
			launch.fail.code ? launch.fail.text : err_name(failed));
	launch_fini(&launch);
	return failed;
}

int view_be(uint32_t uid, uint32_t gid, struct err *err)
{
	int failed = launch_be_owner(uid, gid);

	return failed ? err_set(err, failed, "write as user %u: %s", uid, err_name(failed)) : 0;
}
