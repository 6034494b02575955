/* The table of commands; help and completion list them in this order. */
#include "cli/cli.h"

/* One a line, so that two additions never meet. */
/* clang-format off */
#define each_command(put) \
	put(attach) \
	put(boot) \
	put(bootstrap) \
	put(bring) \
	put(build) \
	put(builder_du) \
	put(builder_dump) \
	put(builder_prune) \
	put(cache_fetch) \
	put(cache_read) \
	put(cache_write) \
	put(commit) \
	put(completion) \
	put(container_inspect) \
	put(container_prune) \
	put(cp) \
	put(create) \
	put(df) \
	put(diff) \
	put(doctor) \
	put(events) \
	put(exec) \
	put(explain) \
	put(export) \
	put(git_fetch) \
	put(history) \
	put(image_cp) \
	put(image_inspect) \
	put(image_layers) \
	put(image_prune) \
	put(image_tree) \
	put(image_waste) \
	put(image_why) \
	put(images) \
	put(import) \
	put(info) \
	put(inspect) \
	put(job_run) \
	put(jobs_cancel) \
	put(jobs_follow) \
	put(jobs_ls) \
	put(jobs_rm) \
	put(jobs_start) \
	put(keeper_run) \
	put(keeper_status) \
	put(keeper_stop) \
	put(kill) \
	put(lesson) \
	put(lesson_check) \
	put(lesson_ls) \
	put(lesson_reboot) \
	put(lesson_repository) \
	put(lesson_sweep) \
	put(lesson_type) \
	put(load) \
	put(login) \
	put(logout) \
	put(logs) \
	put(network_connect) \
	put(network_create) \
	put(network_disconnect) \
	put(network_inspect) \
	put(network_ls) \
	put(network_prune) \
	put(network_rm) \
	put(node) \
	put(pause) \
	put(port) \
	put(ps) \
	put(pull) \
	put(push) \
	put(rename) \
	put(restart) \
	put(rm) \
	put(rmi) \
	put(run) \
	put(runtime) \
	put(save) \
	put(search) \
	put(serve) \
	put(service) \
	put(slim) \
	put(stack) \
	put(start) \
	put(stats) \
	put(stop) \
	put(swarm) \
	put(sweep) \
	put(system_prune) \
	put(tag) \
	put(tape_play) \
	put(tape_record) \
	put(tape_text) \
	put(top) \
	put(trash_empty) \
	put(trash_ls) \
	put(trash_restore) \
	put(undo) \
	put(unpause) \
	put(update) \
	put(version) \
	put(volume_create) \
	put(volume_inspect) \
	put(volume_ls) \
	put(volume_prune) \
	put(volume_rm) \
	put(wait) \
	/* the end */
/* clang-format on */

#define declare(name) extern const struct command command_##name;
#define row(name)     &command_##name,

each_command(declare)

	const struct command *const commands[] = {each_command(row) NULL};
