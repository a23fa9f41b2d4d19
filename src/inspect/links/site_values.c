/* Values of site descriptions that have to compile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/links/site_read.h"
#include "limits/limits.h"
#include "shared/mem.h"

static bool is_text(struct yaml_file *file, const struct yaml *node)
{
	if (node == NULL)
		return false;
	if (yaml_text(node) != NULL && node->text_len > 0 && strlen(node->text) == node->text_len)
		return true;
	yaml_fault(file, node, "this must be a text that is not empty");
	return false;
}

char *read_text(struct yaml_file *file, const struct yaml *node)
{
	return is_text(file, node) ? xstrdup(yaml_text(node)) : NULL;
}

struct selector *read_selector(struct yaml_file *file, const struct yaml *node)
{
	char error[SELECTOR_ERROR_BYTES];
	struct selector *selector = is_text(file, node) ? selector_new(yaml_slice(node), error) : NULL;

	if (selector == NULL && yaml_text(node) != NULL && node->text_len > 0)
		yaml_fault(file, node, "%s", error);
	return selector;
}

struct jsonpath *read_path(struct yaml_file *file, const struct yaml *node)
{
	char error[JSONPATH_ERROR_BYTES];
	struct jsonpath *path = is_text(file, node) ? jsonpath_new(yaml_slice(node), error) : NULL;

	if (path == NULL && yaml_text(node) != NULL && node->text_len > 0)
		yaml_fault(file, node, "%s", error);
	return path;
}

struct template *read_template(struct yaml_file *file, const struct yaml *node)
{
	char error[TEMPLATE_ERROR_BYTES];
	struct template *template = NULL;

	if (is_text(file, node))
		template = template_new(yaml_slice(node), error);
	if (template == NULL && yaml_text(node) != NULL && node->text_len > 0)
		yaml_fault(file, node, "%s", error);
	return template;
}

struct expression *read_expression(struct yaml_file *file, const struct yaml *node)
{
	char error[EXPRESSION_ERROR_BYTES];
	struct expression *expression;

	if (!is_text(file, node))
		return NULL;
	if (node->text_len > LIMIT_PATTERN_BYTES) {
		yaml_fault(file, node, "an expression has at most %d bytes", LIMIT_PATTERN_BYTES);
		return NULL;
	}
	expression = expression_new(yaml_slice(node), 0, error);
	if (expression == NULL)
		yaml_fault(file, node, "%s", error);
	return expression;
}

void read_expressions(struct yaml_file *file, const struct yaml *list, struct expressions *expressions)
{
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct expression *expression = read_expression(file, yaml_at(list, i));

		if (expression == NULL)
			continue;
		if (expressions->count == EXPRESSIONS_MAX) {
			yaml_fault(file, yaml_at(list, i), "at most %d expressions here", EXPRESSIONS_MAX);
			expression_free(expression);
			return;
		}
		expressions->list[expressions->count++] = expression;
	}
}

void expressions_free(struct expressions *expressions)
{
	for (size_t i = 0; i < expressions->count; i++)
		expression_free(expressions->list[i]);
}

bool read_flag(struct yaml_file *file, const struct yaml *map, const char *key, bool standard)
{
	const struct yaml *node = yaml_get(map, key);

	if (node == NULL)
		return standard;
	if (yaml_text(node) == NULL || yaml_bool(node, true) != yaml_bool(node, false))
		yaml_fault(file, node, "`%s:` is true or false", key);
	return yaml_bool(node, standard);
}

unsigned read_count(struct yaml_file *file, const struct yaml *map, const char *key, unsigned standard, unsigned least, unsigned most)
{
	const struct yaml *node = yaml_get(map, key);
	double value;

	if (node == NULL)
		return standard;
	if (yaml_number(node, &value) && value >= least && value <= most && value == (double)(unsigned)value)
		return (unsigned)value;
	yaml_fault(file, node, "`%s:` is a whole number from %u to %u", key, least, most);
	return standard;
}

size_t read_choice(struct yaml_file *file, const struct yaml *node, const char *const *choices, size_t standard)
{
	const char *text = yaml_text(node);
	char known[200] = "";

	if (node == NULL)
		return standard;
	for (size_t i = 0; choices[i] != NULL; i++) {
		if (text != NULL && strcmp(text, choices[i]) == 0)
			return i;
		size_t used = strlen(known);

		(void)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", choices[i]);
	}
	yaml_fault(file, node, "this is one of %s", known);
	return standard;
}
