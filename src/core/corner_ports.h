/* corner_ports.h - ports of this machine that a lesson may publish at, so that two of them never
 * want the same. */
#ifndef CORE_CORNER_PORTS_H
#define CORE_CORNER_PORTS_H

enum { CORNER_PORTS = 2 };

/* The first of CORNER_PORTS free ones in a row, ours for as long as *hold is open, which the caller
 * closes. 0: there are none. */
unsigned corner_ports_take(int *hold);

#endif
