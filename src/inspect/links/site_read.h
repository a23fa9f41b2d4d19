/* Between the files that read site descriptions: values that have to compile. Each complains at the node and returns NULL. */
#ifndef LEAKTRAWL_SITE_READ_H
#define LEAKTRAWL_SITE_READ_H

#include "inspect/links/site.h"

char *read_text(struct yaml_file *file, const struct yaml *node); /* NULL without complaint where node is NULL */
struct selector *read_selector(struct yaml_file *file, const struct yaml *node);
struct jsonpath *read_path(struct yaml_file *file, const struct yaml *node);
struct expression *read_expression(struct yaml_file *file, const struct yaml *node);
struct template *read_template(struct yaml_file *file, const struct yaml *node);
void read_expressions(struct yaml_file *file, const struct yaml *list, struct expressions *expressions);
void expressions_free(struct expressions *expressions);
bool read_flag(struct yaml_file *file, const struct yaml *map, const char *key, bool standard);
unsigned read_count(struct yaml_file *file, const struct yaml *map, const char *key, unsigned standard, unsigned least, unsigned most);
/* Index of the text among choices (ends with NULL), or standard where it is absent or wrong. */
size_t read_choice(struct yaml_file *file, const struct yaml *node, const char *const *choices, size_t standard);

/* items.c: one way of telling items. next: it tells the next page instead. */
void item_rule_read(struct yaml_file *file, const struct yaml *map, bool next, struct item_rule *rule);
void item_rule_free(struct item_rule *rule);

#endif
