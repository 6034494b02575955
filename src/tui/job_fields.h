/* job_fields.h - what a filter can ask of a job. */
#ifndef TUI_JOB_FIELDS_H
#define TUI_JOB_FIELDS_H

#include "tui/filter.h"

extern const struct filter_set job_fields; /* rows: const struct job * */

#endif
