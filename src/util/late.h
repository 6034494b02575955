/* late.h - a library that is opened by the first call of it, and not before main.
 *
 * Each library that a program is linked with costs every start of it 40 to 90 us: found, mapped,
 * relocated, and looked through for every name. What a start, an exec or a ps never calls is
 * therefore not linked; LATE_CALL defines a function of the same name and type, which finds the
 * library's own the first time and jumps there from then on:
 *
 *     LATE_CALL("libcjson.so.1", cJSON *, cJSON_CreateNumber, (double number), (number))
 *
 * The library's header is included as ever, so the compiler checks the types. */
#ifndef UTIL_LATE_H
#define UTIL_LATE_H

/* What ld.so would have done before main: a library that is not installed ends the program with a
 * sentence. Never NULL. Not for who has entered a container's mount namespace: like a module, the
 * library is to be the host's. */
void *late_find(const char *library, const char *name);

#define LATE_CALL(library, type, name, parameters, arguments)                                      \
	LATE_CALL_AS(library, #name, type, name, parameters, arguments)
/* The same under another name than the library's. */
#define LATE_CALL_AS(library, theirs, type, name, parameters, arguments)                           \
	type name parameters                                                                       \
	{                                                                                          \
		static void *found;                                                                \
		void *here = __atomic_load_n(&found, __ATOMIC_RELAXED);                            \
                                                                                                   \
		if (!here) {                                                                       \
			here = late_find(library, theirs);                                         \
			__atomic_store_n(&found, here, __ATOMIC_RELAXED);                          \
		}                                                                                  \
		return ((type(*) parameters)here)arguments;                                        \
	}

#endif
