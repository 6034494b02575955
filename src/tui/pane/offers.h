/* offers.h - all that the palette can do from here: actions with their keys and command lines,
 * objects to go to, settings, topics of the manual, and whatever line was typed. */
#ifndef TUI_PANE_OFFERS_H
#define TUI_PANE_OFFERS_H

#include "tui/fuzzy.h"
#include "tui/pane/pane.h"

enum offer_kind { OFFER_ACTION, OFFER_CONTAINER, OFFER_IMAGE, OFFER_WORDS, OFFER_LINE };

struct offer {
	enum offer_kind kind;
	enum action action;
	char *title;         /* "stop shop/web" */
	char *line;          /* the command line, or words of ":" that do the same; or "" */
	char key[12];        /* "" when it has none */
	const char *why_not; /* NULL: it applies now */
	int score;
	uint64_t hits[FUZZY_TEXT_MAX / 64 + 1]; /* bytes of title that were typed */
};

struct offers {
	struct offer *all;
	size_t count, room;
	struct offer **shown; /* that fit, the best first */
	size_t shown_count;
};

/* actions_only: of the selected row, for the menu. */
int offers_collect(struct offers *offers, struct app *app, bool actions_only);
/* Those that fit what is typed; a line that is no title is offered as davit's. */
void offers_narrow(struct offers *offers, const char *typed);
void offers_fini(struct offers *offers);
/* The caller may be gone afterwards: the palette has closed before. */
void offer_take(struct app *app, const struct offer *offer);

#endif
