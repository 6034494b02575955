#include <string.h>

#include "cli/cli.h"
#include "util/own.h"
#include "util/strs.h"

static bool is_offered(const struct option *option)
{
	return option->kind != OPTION_LATER && option->kind != OPTION_REFUSED && option->help;
}

static void put_options(struct buf *out, const struct syntax *syntax, bool with_value)
{
	for (size_t i = 0; syntax->tables && syntax->tables[i]; i++) {
		for (const struct option *option = syntax->tables[i]; option->name; option++) {
			if (!is_offered(option) || (with_value && option->kind == OPTION_BOOL))
				continue;
			buf_addf(out, " --%s", option->name);
			if (option->letter)
				buf_addf(out, " -%c", option->letter);
		}
	}
}

/* What the operands of a command are, as its usage line names them. */
static const char *operand_kind(const struct command *command)
{
	if (strstr(command->usage, "CONTAINER"))
		return "containers";
	if (strstr(command->usage, "IMAGE") || strstr(command->usage, "REPOSITORY"))
		return "images";
	return strstr(command->usage, "NAME|ID") ? "objects" : "files";
}

static void put_case(struct buf *out, const struct command *command)
{
	buf_adds(out, "\t");
	for (int i = 0; i < NAMES_MAX && command->names[i]; i++)
		buf_addf(out, "%s'%s'", i ? "|" : "", command->names[i]);
	buf_adds(out, ")\n\t\toptions='--help");
	put_options(out, &command->syntax, false);
	buf_adds(out, "'\n\t\twith_value='");
	put_options(out, &command->syntax, true);
	buf_addf(out, " '\n\t\toperands=%s\n\t\thands_on=%d ;;\n", operand_kind(command),
		command->syntax.hands_on_after);
}

/* First words ("run", "image"), or the second words of a group. */
static void put_words(struct buf *out, const char *group)
{
	size_t len = strlen(group);

	for (const struct command *const *command = commands; *command; command++) {
		for (int i = 0; i < NAMES_MAX && (*command)->names[i]; i++) {
			const char *name = (*command)->names[i];

			if (!(*command)->summary)
				continue;
			if (!len && !strchr(name, ' '))
				buf_addf(out, " %s", name);
			else if (len && strncmp(name, group, len) == 0 && name[len] == ' ')
				buf_addf(out, " %s", name + len + 1);
		}
	}
}

static void put_groups(struct buf *out)
{
	static const char *const groups[] = {"container", "image", "system"};

	buf_adds(out, "\tlocal commands='");
	put_words(out, "");
	for (size_t i = 0; i < array_len(groups); i++)
		buf_addf(out, " %s", groups[i]);
	buf_adds(out, " help'\n");
	for (size_t i = 0; i < array_len(groups); i++) {
		buf_addf(out, "\tlocal %s='", groups[i]);
		put_words(out, groups[i]);
		buf_adds(out, "'\n");
	}
}

static const char head[] =
	"# bash completion of davit, made by `davit completion bash` from its tables of commands\n"
	"\n"
	"_davit_names() {\n"
	"\tcase $1 in\n"
	"\tcontainers) davit ps --all --format '{{.Names}}' 2>/dev/null ;;\n"
	"\timages) davit images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null ;;\n"
	"\tobjects) _davit_names containers; _davit_names images ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_davit_reply() {\n"
	"\tCOMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
	"\t[[ $cur == *:* ]] && declare -F __ltrim_colon_completions >/dev/null &&\n"
	"\t\t__ltrim_colon_completions \"$cur\"\n"
	"}\n"
	"\n"
	"_davit() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tdeclare -F _get_comp_words_by_ref >/dev/null && _get_comp_words_by_ref -n : cur prev\n";

static const char middle[] =
	"\tlocal i=1 word path= options= with_value= operands= hands_on=-1 seen=0\n"
	"\twhile [[ $i -lt $COMP_CWORD && ${COMP_WORDS[i]} == -* ]]; do\n"
	"\t\t[[ ${COMP_WORDS[i]} == --root || ${COMP_WORDS[i]} == --run-root ]] && ((i++))\n"
	"\t\t((i++))\n"
	"\tdone\n"
	"\tif [[ $i -ge $COMP_CWORD ]]; then\n"
	"\t\t_davit_reply \"$commands --root --run-root --debug --version --help\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tpath=${COMP_WORDS[i++]}\n"
	"\tcase $path in\n"
	"\tcontainer|image|system)\n"
	"\t\tif [[ $i -eq $COMP_CWORD ]]; then\n"
	"\t\t\t_davit_reply \"${!path}\"\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tpath+=\" ${COMP_WORDS[i++]}\" ;;\n"
	"\thelp) _davit_reply \"$commands\"; return ;;\n"
	"\tesac\n"
	"\tcase $path in\n";

static const char tail[] =
	"\t*) return ;;\n"
	"\tesac\n"
	"\tfor (( ; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [[ $word == -* ]]; then\n"
	"\t\t\t[[ $with_value == *\" $word \"* ]] && ((i++))\n"
	"\t\telif ((++seen == hands_on)); then\n"
	"\t\t\tbreak\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ $hands_on -ge 0 && $seen -ge $hands_on ]] || [[ $i -gt $COMP_CWORD ]]; then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\t_davit_reply \"$options\"\n"
	"\telif [[ $operands == files || $with_value == *\" $prev \"* ]]; then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\telse\n"
	"\t\t_davit_reply \"$(_davit_names $operands)\"\n"
	"\tfi\n"
	"}\n"
	"\n"
	"complete -F _davit davit\n";

void completion_bash(struct buf *out)
{
	buf_adds(out, head);
	put_groups(out);
	buf_adds(out, middle);
	for (const struct command *const *command = commands; *command; command++)
		if ((*command)->summary)
			put_case(out, *command);
	buf_adds(out, tail);
}
