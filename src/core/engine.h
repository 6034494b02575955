/* engine.h - the façade: everything a front end may ask of davit.
 *
 * One engine a process, on the caller's libuv loop. Reads answer at once and never block for more
 * than a few milliseconds. What takes longer is started here and ends in exactly one `done`, called
 * from the loop and never from inside the call that started it; an op can be cancelled, which only
 * asks. Strings and structs given in are copied; those given out are lent for the duration of the
 * callback unless a header says otherwise.
 *
 * Errors are one sentence (util/err.h). Codes a front end branches on:
 *
 *     -ENOENT      no such container, image or executable
 *     -EEXIST      the name is in use, or an id prefix is ambiguous
 *     -EBUSY       it is running and must not be
 *     -ESRCH       it is not running and must be
 *     -EPERM       not root, or denied
 *     -ECANCELED   cancelled
 *
 * One header a noun; front ends include this one. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/engine_actions.h"
#include "core/engine_base.h"
#include "core/engine_build_cache.h"
#include "core/engine_container.h"
#include "core/engine_copy.h"
#include "core/engine_disk.h"
#include "core/engine_death.h"
#include "core/engine_figure.h"
#include "core/engine_files.h"
#include "core/engine_hood.h"
#include "core/engine_image.h"
#include "core/engine_jobs.h"
#include "core/engine_registry.h"
#include "core/engine_layer_files.h"
#include "core/engine_layers.h"
#include "core/engine_lesson.h"
#include "core/engine_network.h"
#include "core/engine_pressure.h"
#include "core/engine_privileges.h"
#include "core/engine_rootless.h"
#include "core/engine_runtime.h"
#include "core/engine_service.h"
#include "core/engine_session.h"
#include "core/engine_system.h"
#include "core/engine_tape.h"
#include "core/engine_timeline.h"
#include "core/engine_trash.h"
#include "core/engine_try.h"
#include "core/engine_update.h"
#include "core/engine_volume.h"
#include "core/event.h"

#endif
