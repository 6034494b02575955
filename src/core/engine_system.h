/* engine_system.h - the façade (core/engine.h): the engine itself, its events, its disk, its
 * repair. */
#ifndef CORE_ENGINE_SYSTEM_H
#define CORE_ENGINE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"
#include "core/event.h"

/* ---- events ---- */

struct follower;
typedef void (*event_fn)(void *arg, const struct event *event);
/* From seq on (0: all that is kept; UINT64_MAX: only what is new), each once and in order, until
 * cancelled. */
struct follower *engine_follow(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err);
void engine_unfollow(struct follower *follower);
/* Reads what the journal holds now, without following. */
int engine_events(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err);

/* ---- about ---- */

/* What is on the disk: Images (docker's list, with ContentSize: of kept blobs), LayersSize,
 * LayersActive (of images that containers use), Containers (Id, SizeRw), Volumes, Trash (Id, Name,
 * Size), Driver, Path; the
 * caller deletes it. Walks all that containers wrote, and confines nothing. */
int engine_usage_here(struct engine *engine, struct cJSON **out, struct err *err);

int engine_info(struct engine *engine, struct cJSON **out,
	struct err *err); /* docker's info object plus ours */
int engine_version(struct engine *engine, struct cJSON **out,
	struct err *err); /* Client and Server ("Engine") */
/* The executed plan of a container, every step with its clocks; engine_timeline tells the same as
 * a timeline. */
int engine_explain(struct engine *engine, const char *who, struct cJSON **out, struct err *err);

/* What a shim starts after an exit, and what a killed process left undone: removes, releases,
 * announces. Idempotent. */
int engine_sweep(struct engine *engine, const char *id, struct err *err);
/* Waits until nobody holds the other end of wait_fd, and brings what images need to the disk.
 * Blocks. */
int engine_sync_here(struct engine *engine, int wait_fd, struct err *err);
/* Checks the store against itself: blobs against their digests, layers against their indexes, rows
 * against directories, containers against their images; about two seconds a gigabyte. An object of
 * Findings ({Kind, Name, Problem, Repaired, Remedy}), Images, Layers, Blobs, Containers, BytesRead
 * and Alone (false: others are at work, so what seems to be left over was not judged); the caller
 * deletes it. Blocks. */
int engine_doctor_here(struct engine *engine, bool repair, struct cJSON **out, struct err *err);
/* Looks at every container once: repairs what a kill left half-made, adopts containers whose shim
 * died. */
int engine_repair(struct engine *engine, struct buf *report, struct err *err);

#endif
