/* plain_private.h - what the parts of the plain mode share. For plain*.c only. */
#ifndef TUI_PLAIN_PRIVATE_H
#define TUI_PLAIN_PRIVATE_H

#include "tui/asked.h"
#include "tui/format.h"
#include "tui/model.h"
#include "tui/plain.h"

enum plain_place { PLAIN_TOP, PLAIN_CONTAINERS, PLAIN_IMAGES, PLAIN_ONE, PLAIN_SURE };

/* As it was last said to be. */
struct said {
	char id[65], name[136], word[FIGURE_MAX];
};

struct plain {
	struct plain_options o;
	struct model *model;
	int64_t now_ms;
	uint64_t real_ns;
	bool stale_containers, stale_images, leaving;
	struct said *said;
	size_t said_count;
	struct asked asked;
	enum plain_place place;
	char id[65], name[136]; /* PLAIN_ONE, PLAIN_SURE: who */
	enum verb verb;         /* PLAIN_SURE: what */
	char prompt[200];
	struct strs program;
};

/* A sentence; everything but text in it is made visible. */
void plain_say(struct plain *plain, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- plain_words.c: what a line means ---- */

void plain_menu(struct plain *plain);
/* A word that is no number: a command of the screen's, or a line of davit's. */
void plain_words(struct plain *plain, const char *line);

/* ---- plain_lists.c ---- */

void plain_containers(struct plain *plain);
void plain_images(struct plain *plain);
void plain_journal(struct plain *plain);
/* The nth of the last list, from 1 on. False: there is none. */
bool plain_choose(struct plain *plain, size_t n);
void plain_one(struct plain *plain);
bool plain_act(struct plain *plain, size_t n);
void plain_sure(struct plain *plain, const char *answer);

#endif
