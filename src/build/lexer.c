#include "build/lexer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void lexer_init(struct lexer *lexer, const struct source *source, struct arena *arena)
{
	static const char bom[] = "\xef\xbb\xbf";

	*lexer =
		(struct lexer){.arena = arena, .rest = {source->text, source->len}, .escape = '\\'};
	if (source->len >= 3 && memcmp(source->text, bom, 3) == 0)
		lexer->rest = piece_skip(lexer->rest, 3);
	lexer->shebang = lexer->rest.len > 1 && memcmp(lexer->rest.at, "#!", 2) == 0;
}

/* A line with its newline. */
static bool raw_line(struct lexer *lexer, struct piece *line)
{
	const char *end;

	if (!lexer->rest.len)
		return false;
	end = memchr(lexer->rest.at, '\n', lexer->rest.len);
	*line = (struct piece){
		lexer->rest.at, end ? (size_t)(end + 1 - lexer->rest.at) : lexer->rest.len};
	lexer->rest = piece_skip(lexer->rest, line->len);
	lexer->line++;
	return true;
}

static struct piece without_newline(struct piece line)
{
	while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* ---- directives: # name = value, before anything else ---- */

enum directive { DIRECTIVE_CHECK, DIRECTIVE_ESCAPE, DIRECTIVE_SYNTAX, DIRECTIVES };

static const char *const directive_names[DIRECTIVES] = {"check", "escape", "syntax"};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Splits `# name = value`; false: it is another comment, or none. */
static bool split_directive(struct piece line, struct piece *name, struct piece *value)
{
	size_t len = 0;

	if (!line.len || line.at[0] != '#')
		return false;
	line = piece_trim_left(piece_skip(line, 1));
	while (len < line.len &&
		(is_letter(line.at[len]) || (len && line.at[len] >= '0' && line.at[len] <= '9')))
		len++;
	*name = (struct piece){line.at, len};
	line = piece_trim_left(piece_skip(line, len));
	if (!len || !line.len || line.at[0] != '=')
		return false;
	*value = piece_trim(piece_skip(line, 1));
	return value->len > 0;
}

static int set_directive(
	struct lexer *lexer, enum directive which, struct piece value, struct err *err)
{
	const char *text = arena_copy(lexer->arena, value.at, value.len);

	if (lexer->seen & 1u << which)
		return err_set(err, EINVAL, "only one %s parser directive can be used",
			directive_names[which]);
	lexer->seen |= 1u << which;
	if (which == DIRECTIVE_SYNTAX) {
		lexer->syntax = text;
	} else if (which == DIRECTIVE_CHECK) {
		lexer->check = text;
		lexer->check_line = lexer->line;
	} else if (!lexer->shebang) {
		if (!piece_is(value, "\\") && !piece_is(value, "`"))
			return err_set(err, EINVAL,
				"invalid escape token '%.*s' does not match ` or \\",
				value.len > 100 ? 100 : (int)value.len, value.at);
		lexer->escape = value.at[0];
	}
	return 0;
}

/* Whatever is no directive ends them: an instruction, a blank line, another comment. */
static int read_directive(struct lexer *lexer, struct piece line, struct err *err)
{
	struct piece name, value;

	if (lexer->directives_over || (lexer->shebang && lexer->line == 1))
		return 0;
	if (split_directive(line, &name, &value)) {
		for (int i = 0; i < DIRECTIVES; i++)
			if (strlen(directive_names[i]) == name.len &&
				strncasecmp(name.at, directive_names[i], name.len) == 0)
				return set_directive(lexer, (enum directive)i, value, err);
	}
	lexer->directives_over = true;
	return 0;
}

/* ---- lines ---- */

/* Takes the escape off a line that goes on below. One that another escape stands before does not:
 * what counts is the one byte before it, however many there are. */
static bool goes_on(struct piece *line, char escape)
{
	size_t len = line->len;

	while (len && (line->at[len - 1] == ' ' || line->at[len - 1] == '\t'))
		len--;
	if (!len || line->at[len - 1] != escape || (len > 1 && line->at[len - 2] == escape))
		return false;
	line->len = len - 1;
	return true;
}

static void keep_comment(struct lexer *lexer, struct piece comment, struct words *comments)
{
	comment = piece_trim(piece_skip(comment, 1));
	if (comment.len)
		words_add(comments, lexer->arena, comment.at, comment.len);
	else
		comments->len = 0;
}

/* Appends the lines that an instruction goes on in. */
static void continue_line(struct lexer *lexer, struct buf *text, struct logical *out)
{
	struct piece line;
	bool more = true;

	while (more && raw_line(lexer, &line)) {
		struct piece bare = piece_trim_left(without_newline(line));

		line = without_newline(line);
		if (bare.len && bare.at[0] == '#')
			continue;
		if (!bare.len) {
			out->empty_continuation = true;
			continue;
		}
		more = goes_on(&line, lexer->escape);
		buf_add(text, line.at, line.len);
	}
}

/* Finds the first line of an instruction, past comments and blank lines. */
static int begin_line(struct lexer *lexer, struct logical *out, struct piece *line, bool *more,
	bool *found, struct err *err)
{
	struct piece raw;

	while (raw_line(lexer, &raw)) {
		raw = without_newline(raw);
		*line = piece_trim_left(raw);
		if (read_directive(lexer, *line, err) < 0)
			return err->code;
		if (line->len && line->at[0] == '#') {
			keep_comment(lexer, *line, &out->comments);
			continue;
		}
		out->column = (size_t)(line->at - raw.at);
		*more = goes_on(line, lexer->escape);
		if (!line->len && !*more) {
			out->comments.len = 0;
			continue;
		}
		*found = true;
		out->first = lexer->line;
		return 0;
	}
	*found = false;
	return 0;
}

int lexer_next(struct lexer *lexer, struct logical *out, bool *found, struct err *err)
{
	struct piece line;
	auto_buf text = BUF_INIT;
	bool more = false;

	*out = (struct logical){0};
	if (begin_line(lexer, out, &line, &more, found, err) < 0)
		return err->code;
	if (!*found)
		return 0;
	buf_add(&text, line.at, line.len);
	if (more)
		continue_line(lexer, &text, out);
	out->last = lexer->line;
	out->text = arena_copy(lexer->arena, buf_text(&text), text.len);
	out->len = text.len;
	if (buf_failed(&text) || !out->text)
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

bool lexer_heredoc(struct lexer *lexer, const char *name, bool chomp, struct piece *body)
{
	const char *start = lexer->rest.at;
	struct piece line;

	while (raw_line(lexer, &line)) {
		struct piece word = without_newline(line);

		while (chomp && word.len && word.at[0] == '\t')
			word = piece_skip(word, 1);
		if (piece_is(word, name)) {
			*body = (struct piece){start, (size_t)(line.at - start)};
			return true;
		}
	}
	return false;
}
