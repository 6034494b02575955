/* engine_lesson.h - the façade (core/engine.h): lessons, and the corner of a store that one runs
 * in. */
#ifndef CORE_ENGINE_LESSON_H
#define CORE_ENGINE_LESSON_H

#include "core/corner.h"
#include "core/errand.h"
#include "core/lesson.h"

#endif
