/* logquery.c - see logquery.h. */
#include "tui/logquery.h"

#include "tui/ansi.h"
#include "tui/loglevel.h"

enum { TEXT_ROOM = 160 << 10 };

enum { FIELD_TEXT, FIELD_LEVEL, FIELD_STREAM, FIELD_SINCE, FIELD_UNTIL };

static const char *const streams[] = {"stdout", "stderr", NULL};

static const struct filter_field fields[] = {
	[FIELD_TEXT] = {"text", FILTER_LONG, true, NULL, "the line"},
	[FIELD_LEVEL] = {"level", FILTER_RANK, false, loglevel_names, "debug info warn error"},
	[FIELD_STREAM] = {"stream", FILTER_TEXT, false, streams, "stdout or stderr"},
	[FIELD_SINCE] = {"since", FILTER_SINCE, false, NULL, "10m, 14:02, 2026-03-02"},
	[FIELD_UNTIL] = {"until", FILTER_UNTIL, false, NULL, "10m, 14:02, 2026-03-02"},
};

struct logquery {
	const struct world *world;
	struct logquery_parts parts;
	char text[TEXT_ROOM]; /* of the line that is being asked about */
};

struct asked {
	const struct logquery *query;
	struct world_log *log;
	const struct log_piece *line;
	const char *text;
	size_t len;
};

static bool value_of(
	const void *row, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct asked *asked = row;
	enum log_level level;

	(void)key;
	switch (field) {
	case FIELD_TEXT:
		out->text = asked->text;
		break;
	case FIELD_LEVEL:
		level = nth ? LEVEL_NONE : loglevel_of(asked->text, asked->len);
		out->number = (double)level - 1;
		return level != LEVEL_NONE;
	case FIELD_STREAM:
		out->text = streams[asked->line->stream == SESSION_STDERR];
		break;
	default:
		out->time_ns = asked->line->time_ns;
		if (!out->time_ns)
			out->time_ns = asked->query->world->ops->log->time(
				asked->log, asked->line->offset);
	}
	return nth == 0;
}

const struct filter_set logquery_fields = {fields, array_len(fields), value_of, "level>=warn"};

struct logquery *logquery_new(const struct world *world, const struct logquery_parts *parts)
{
	struct logquery *query = malloc(sizeof(*query));

	if (!query)
		return NULL;
	query->world = world;
	query->parts = *parts;
	return query;
}

void logquery_free(struct logquery *query)
{
	free(query);
}

static bool wants(const struct logquery *query, enum session_stream stream)
{
	return stream == SESSION_STDERR ? query->parts.want_stderr : query->parts.want_stdout;
}

static size_t without_end(const struct log_piece *line)
{
	size_t len = line->len;

	while (len > 0 && (line->data[len - 1] == '\n' || line->data[len - 1] == '\r'))
		len--;
	return len;
}

bool logquery_meets(struct logquery *query, struct world_log *log, const struct log_piece *line,
	uint64_t now_ns)
{
	struct asked asked = {query, log, line, line->data, without_end(line)};

	if (!wants(query, line->stream))
		return false;
	/* A filter needs a text of its own; a pattern reads most lines where they lie. */
	if (!ansi_is_plain(line->data, asked.len)) {
		asked.len = ansi_plain(line->data, asked.len, query->text, TEXT_ROOM);
		asked.text = query->text;
	} else if (query->parts.filter) {
		asked.text = memcpy(query->text, line->data, asked.len);
		query->text[asked.len] = '\0';
	}
	if (query->parts.pattern && !pattern_meets(query->parts.pattern, asked.text, asked.len))
		return false;
	return !query->parts.filter || filter_meets(query->parts.filter, &asked, now_ns);
}

size_t logquery_skip(
	const struct logquery *query, enum session_stream stream, const char *bytes, size_t len)
{
	if (!wants(query, stream))
		return len;
	/* A sequence may part a word, and a tab stands for blanks. */
	if (!query->parts.pattern || memchr(bytes, '\033', len) || memchr(bytes, '\t', len))
		return 0;
	return pattern_skip(query->parts.pattern, bytes, len);
}

bool logquery_counts(const struct logquery *query)
{
	return !query->parts.pattern;
}
