#include "util/template_run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/strs.h"

/* A template is its user's own, but a typing error must not eat the machine. */
enum { STEPS_MAX = 5000000, MEMORY_MAX = 64 << 20 };

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_FAILED };

static enum flow walk(struct run *run, const struct node *list);
static bool pipeline(struct run *run, const struct node *pipe, struct value *out);

bool run_fail(struct run *run, const struct node *at, const char *fmt, ...)
{
	const char *text = run->tmpl->text, *line = text;
	char words[300];
	int number = 1;
	va_list ap;

	if (run->failed)
		return false;
	run->failed = true;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < at->pos; i++) {
		if (text[i] != '\n')
			continue;
		number++;
		line = text + i + 1;
	}
	err_set(run->err, EINVAL, "template: :%d:%zu: executing \"\" at <%.*s>: %s", number,
		(size_t)(text + at->pos - line), (int)at->source_len, at->source, words);
	return false;
}

static bool within_limits(struct run *run, const struct node *at)
{
	if (++run->steps > STEPS_MAX)
		return run_fail(run, at, "it takes too long");
	if (run->out->len > MEMORY_MAX || run->arena.total > MEMORY_MAX)
		return run_fail(run, at, "it prints too much");
	return !run->failed;
}

bool run_text(struct run *run, const struct node *at, struct buf *text, struct value *out)
{
	const char *copy = arena_copy(&run->arena, buf_text(text), text->len);

	if (!copy || buf_failed(text))
		return run_fail(run, at, "out of memory");
	*out = value_of_text(copy, text->len);
	return true;
}

/* What docker's struct has and its JSON leaves out. False: it is no such name. */
static bool left_out(struct run *run, const char *name, struct value *out)
{
	const struct template_type *type = run->options ? run->options->types : NULL;
	cJSON *null;

	while (type && type->name && !str_eq(type->name, name))
		type++;
	if (!type || !type->name || !type->is_left_out)
		return false;
	if (type->shape == TEMPLATE_TEXT) {
		*out = value_of_text("", 0);
		return true;
	}
	null = arena_get(&run->arena, sizeof(*null));
	if (!null)
		return false;
	*null = (cJSON){.type = cJSON_NULL, .string = (char *)type->name};
	*out = value_of_json(null);
	return true;
}

/* A missing member is the user's mistake in what docker has as a struct, an answer in a map. */
static bool missing(struct run *run, const struct node *at, const cJSON *parent, const char *name,
	struct value *out)
{
	const struct template_options *options = run->options;

	*out = (struct value){.kind = VALUE_NONE};
	if (!options || !options->types)
		return true;
	if (parent->string && value_null_kind(parent, options->types) == VALUE_MAP)
		return true;
	if (parent == run->vars[0].value.json && options->type)
		return run_fail(run, at, "can't evaluate field %s in type %s", name, options->type);
	return run_fail(run, at, "map has no entry for key \"%s\"", name);
}

static bool fields(struct run *run, const struct node *at, struct value value, struct value *out)
{
	for (const struct name *name = at->names; name; name = name->next) {
		const cJSON *member;

		if (value.kind == VALUE_NONE || value.kind == VALUE_NIL) {
			value.kind = VALUE_NONE;
			continue;
		}
		if (value.kind != VALUE_MAP)
			return run_fail(run, at, "can't evaluate field %s in type %s", name->text,
				value_type(&value));
		member = cJSON_GetObjectItemCaseSensitive(value.json, name->text);
		if (member)
			value = value_of_json(member);
		else if (!name->next && left_out(run, name->text, &value))
			continue;
		else if (!missing(run, at, value.json, name->text, &value))
			return false;
	}
	*out = value;
	return true;
}

static bool variable(struct run *run, const struct node *node, struct value *out)
{
	for (size_t i = run->vars_len; i-- > 0;)
		if (str_eq(run->vars[i].name, node->word))
			return fields(run, node, run->vars[i].value, out);
	return run_fail(run, node, "undefined variable: %s", node->word);
}

bool run_argument(struct run *run, const struct node *arg, struct value *out)
{
	struct value inner;

	if (!within_limits(run, arg))
		return false;
	switch (arg->kind) {
	case NODE_DOT:
		*out = run->dot;
		return true;
	case NODE_NIL:
		*out = (struct value){.kind = VALUE_NIL};
		return true;
	case NODE_BOOL:
		*out = value_of_bool(arg->truth);
		return true;
	case NODE_INT:
		*out = value_of_int(arg->integer);
		return true;
	case NODE_FLOAT:
		*out = (struct value){.kind = VALUE_FLOAT, .real = arg->real};
		return true;
	case NODE_STRING:
		*out = value_of_text(arg->word, arg->word_len);
		return true;
	case NODE_FIELD:
		return fields(run, arg, run->dot, out);
	case NODE_VARIABLE:
		return variable(run, arg, out);
	case NODE_CHAIN:
		return run_argument(run, arg->inner, &inner) && fields(run, arg, inner, out);
	case NODE_PIPE:
		return pipeline(run, arg, out);
	default:
		return run_call(run, arg, arg, NULL, NULL, out);
	}
}

static const char *last_name(const struct node *node)
{
	const struct name *name = node->names;

	while (name->next)
		name = name->next;
	return name->text;
}

/* {{.Label "key"}}; *found tells whether there is such a method. */
static bool method(struct run *run, const struct node *first, const struct value *final,
	bool *found, struct value *out)
{
	const struct template_options *options = run->options;
	struct value argument;
	auto_buf text = BUF_INIT;
	auto_free char *word = NULL;

	*found = false;
	if (!options || !options->method || first->kind != NODE_FIELD || first->names->next)
		return true;
	if (final && !first->next)
		argument = *final;
	else if (final || first->next->next || !run_argument(run, first->next, &argument))
		return !run->failed;
	if (argument.kind != VALUE_STRING)
		return true;
	word = strndup(argument.text, argument.len);
	*found = word && options->method(options->context, first->names->text, word, &text);
	return !*found || run_text(run, first, &text, out);
}

static bool command(
	struct run *run, const struct node *cmd, const struct value *final, struct value *out)
{
	const struct node *first = cmd->inner;
	bool found;

	if (first->kind == NODE_CALL)
		return run_call(run, cmd, first, first->next, final, out);
	if (first->next || final) {
		if (!method(run, first, final, &found, out) || found)
			return !run->failed;
		if (first->names)
			return run_fail(run, first,
				"%s has arguments but cannot be invoked as function",
				last_name(first));
		return run_fail(run, first, "can't give argument to non-function %.*s",
			(int)first->source_len, first->source);
	}
	if (first->kind == NODE_NIL)
		return run_fail(run, first, "nil is not a command");
	return run_argument(run, first, out);
}

/* What a mistake with a pipe's whole value is blamed on. */
static const struct node *last_command(const struct node *pipe)
{
	const struct node *cmd = pipe->inner;

	while (cmd->next)
		cmd = cmd->next;
	return cmd;
}

static bool set_variable(
	struct run *run, const struct node *pipe, const char *name, const struct value *value)
{
	for (size_t i = run->vars_len; i-- > 0;) {
		if (!str_eq(run->vars[i].name, name))
			continue;
		run->vars[i].value = *value;
		return true;
	}
	return run_fail(run, last_command(pipe), "undefined variable: %s", name);
}

static bool push_variable(
	struct run *run, const struct node *pipe, const char *name, const struct value *value)
{
	if (run->vars_len == array_len(run->vars))
		return run_fail(run, pipe, "too many variables");
	run->vars[run->vars_len].name = name;
	run->vars[run->vars_len++].value = *value;
	return true;
}

static bool commands(struct run *run, const struct node *pipe, struct value *out)
{
	struct value value = {0}, brought;
	bool has_value = false;

	if (++run->depth > DEPTH_MAX)
		return run_fail(run, pipe, "exceeded maximum template depth (%d)", DEPTH_MAX);
	for (const struct node *cmd = pipe->inner; cmd; cmd = cmd->next) {
		brought = value;
		if (!command(run, cmd, has_value ? &brought : NULL, &value))
			return false;
		has_value = true;
	}
	run->depth--;
	*out = value;
	return true;
}

static bool pipeline(struct run *run, const struct node *pipe, struct value *out)
{
	if (!commands(run, pipe, out))
		return false;
	for (const struct name *var = pipe->vars; var; var = var->next)
		if (!(pipe->assigns ? set_variable : push_variable)(run, pipe, var->text, out))
			return false;
	return true;
}

static enum flow print(struct run *run, const struct node *action)
{
	struct value value;

	if (!pipeline(run, action->inner, &value))
		return FLOW_FAILED;
	if (!action->inner->vars)
		value_print(&run->arena, &value, run->options ? run->options->types : NULL, true,
			run->out);
	return FLOW_ON;
}

static enum flow if_or_with(struct run *run, const struct node *node)
{
	size_t vars = run->vars_len;
	struct value value, dot = run->dot;
	enum flow flow;

	if (!pipeline(run, node->inner, &value))
		return FLOW_FAILED;
	if (value_is_true(&value)) {
		if (node->kind == NODE_WITH)
			run->dot = value;
		flow = walk(run, node->body);
	} else {
		flow = walk(run, node->other);
	}
	run->dot = dot;
	run->vars_len = vars;
	return flow;
}

/* One pass through a range's body. Variables: none, the element, or the key and the element. */
static enum flow once(
	struct run *run, const struct node *node, const struct value *key, const struct value *item)
{
	const struct name *var = node->inner->vars;
	bool (*put)(struct run *, const struct node *, const char *, const struct value *) =
		node->inner->assigns ? set_variable : push_variable;
	size_t vars = run->vars_len;
	enum flow flow;

	/* Here too: an empty body takes no step of its own. */
	if (!within_limits(run, node))
		return FLOW_FAILED;
	run->dot = *item;
	if (var && var->next && !put(run, node->inner, var->text, key))
		return FLOW_FAILED;
	if (var && !put(run, node->inner, var->next ? var->next->text : var->text, item))
		return FLOW_FAILED;
	flow = walk(run, node->body);
	run->vars_len = vars;
	return flow == FLOW_CONTINUE ? FLOW_ON : flow;
}

static enum flow over_list(struct run *run, const struct node *node, const cJSON *list)
{
	enum flow flow = FLOW_ON;
	const cJSON *item;
	int64_t i = 0;

	cJSON_ArrayForEach(item, list) {
		struct value key = value_of_int(i++), value = value_of_json(item);

		flow = once(run, node, &key, &value);
		if (flow != FLOW_ON)
			break;
	}
	return flow;
}

static enum flow over_map(struct run *run, const struct node *node, const cJSON *map)
{
	const cJSON **sorted = value_sorted(&run->arena, map);
	enum flow flow = FLOW_ON;

	for (size_t i = 0; sorted && sorted[i] && flow == FLOW_ON; i++) {
		struct value key = value_of_text(sorted[i]->string, strlen(sorted[i]->string));
		struct value value = value_of_json(sorted[i]);

		flow = once(run, node, &key, &value);
	}
	return flow;
}

static enum flow over_int(struct run *run, const struct node *node, int64_t end)
{
	enum flow flow = FLOW_ON;

	for (int64_t i = 0; i < end && flow == FLOW_ON; i++) {
		struct value key = value_of_int(i);

		flow = once(run, node, &key, &key);
	}
	return flow;
}

static enum flow over(struct run *run, const struct node *node, const struct value *value)
{
	const struct node *pipe = node->inner, *cmd = last_command(pipe);
	auto_buf text = BUF_INIT;

	if (value->kind == VALUE_LIST)
		return over_list(run, node, value->json);
	if (value->kind == VALUE_MAP)
		return over_map(run, node, value->json);
	if (value->kind == VALUE_INT && (!pipe->vars || !pipe->vars->next))
		return over_int(run, node, value->integer);
	value_print(&run->arena, value, NULL, false, &text);
	if (value->kind == VALUE_INT)
		run_fail(run, cmd, "can't use %s to iterate over more than one variable",
			buf_text(&text));
	else
		run_fail(run, cmd, "range can't iterate over %s", buf_text(&text));
	return FLOW_FAILED;
}

static enum flow range(struct run *run, const struct node *node)
{
	struct value value, dot = run->dot;
	size_t vars = run->vars_len;
	enum flow flow;

	if (!commands(run, node->inner, &value))
		return FLOW_FAILED;
	if (!value_is_true(&value) && value.kind != VALUE_STRING && value.kind != VALUE_BOOL) {
		flow = walk(run, node->other);
	} else {
		flow = over(run, node, &value);
		if (flow == FLOW_BREAK)
			flow = FLOW_ON;
	}
	run->dot = dot;
	run->vars_len = vars;
	return flow;
}

static enum flow use(struct run *run, const struct node *node)
{
	const struct definition *def = run->tmpl->definitions;
	struct value dot = run->dot, value = {.kind = VALUE_NONE}, top = run->vars[0].value;
	size_t vars = run->vars_len, kept;
	enum flow flow;

	while (def && !str_eq(def->name, node->word))
		def = def->next;
	if (!def)
		return run_fail(run, node, "template \"%s\" not defined", node->word), FLOW_FAILED;
	if (node->inner && !pipeline(run, node->inner, &value))
		return FLOW_FAILED;
	if (++run->depth > DEPTH_MAX)
		return run_fail(run, node, "exceeded maximum template depth (%d)", DEPTH_MAX),
		       FLOW_FAILED;
	/* Names were resolved while parsing, so only "$" must not be seen through. */
	kept = run->vars_len;
	run->dot = value;
	push_variable(run, node, "$", &value);
	flow = run->failed ? FLOW_FAILED : walk(run, def->body);
	run->vars_len = kept < vars ? kept : vars;
	run->vars[0].value = top;
	run->dot = dot;
	run->depth--;
	return flow;
}

static enum flow walk_one(struct run *run, const struct node *node)
{
	switch (node->kind) {
	case NODE_TEXT:
		buf_add(run->out, node->source, node->source_len);
		return FLOW_ON;
	case NODE_ACTION:
		return print(run, node);
	case NODE_IF:
	case NODE_WITH:
		return if_or_with(run, node);
	case NODE_RANGE:
		return range(run, node);
	case NODE_BREAK:
		return FLOW_BREAK;
	case NODE_CONTINUE:
		return FLOW_CONTINUE;
	default:
		return use(run, node);
	}
}

static enum flow walk(struct run *run, const struct node *list)
{
	enum flow flow = FLOW_ON;

	for (; list && flow == FLOW_ON; list = list->next)
		flow = within_limits(run, list) ? walk_one(run, list) : FLOW_FAILED;
	return run->failed ? FLOW_FAILED : flow;
}

int template_run(const struct template *tmpl, const cJSON *data,
	const struct template_options *options, struct buf *out, struct err *err)
{
	struct run *run = calloc(1, sizeof(*run));
	bool failed;

	if (!run)
		return err_set(err, ENOMEM, "template: out of memory");
	run->tmpl = tmpl;
	run->options = options;
	run->out = out;
	run->err = err;
	run->dot = value_of_json(data);
	run->vars[run->vars_len].name = "$";
	run->vars[run->vars_len++].value = run->dot;
	walk(run, tmpl->body);
	failed = run->failed;
	if (!failed && (run->arena.failed || buf_failed(out)))
		failed = err_set(err, ENOMEM, "template: out of memory") < 0;
	cJSON_Delete(run->made);
	arena_fini(&run->arena);
	free(run);
	return failed ? -EINVAL : 0;
}

static bool any_wants(const struct node *list, const char *member);

static bool node_wants(const struct node *node, const char *member)
{
	if (node->kind == NODE_DOT || (node->kind == NODE_VARIABLE && !node->names))
		return true;
	if (node->kind == NODE_FIELD || node->kind == NODE_VARIABLE)
		if (str_eq(node->names->text, member))
			return true;
	return any_wants(node->inner, member) || any_wants(node->body, member) ||
	       any_wants(node->other, member);
}

static bool any_wants(const struct node *list, const char *member)
{
	for (; list; list = list->next)
		if (node_wants(list, member))
			return true;
	return false;
}

bool template_wants(const struct template *tmpl, const char *member)
{
	if (any_wants(tmpl->body, member))
		return true;
	for (const struct definition *def = tmpl->definitions; def; def = def->next)
		if (any_wants(def->body, member))
			return true;
	return false;
}
