/* quantity.h - amounts as people type them: "512m", "1.5". */
#ifndef TUI_QUANTITY_H
#define TUI_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes: a number and perhaps b, k, m, g or t, as run's options take it. False: it is none. */
bool quantity_bytes(const char *text, int64_t *out);
/* Processors, in billionths: "1.5"; more than 0. */
bool quantity_cpus(const char *text, int64_t *nano_cpus);
/* A whole number, perhaps negative. */
bool quantity_number(const char *text, int64_t *out);

#endif
