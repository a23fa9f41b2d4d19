#include "coordinator/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/units.h"
#include "shared/mem.h"
#include "shared/nearest.h"

enum { TABLES = 2, LONGEST_TABLE = 64, FIRST_CODE = 256, TABLE_CODES = LONGEST_TABLE, HELP_COLUMN = 30 };

/* getopt_long's view of the tables; an option's code names its table and row. */
struct getopt_form {
	struct option longs[TABLES * LONGEST_TABLE + 1];
	char shorts[TABLES * LONGEST_TABLE * 2 + 3];
};

static int code_of(size_t table, size_t row)
{
	return FIRST_CODE + (int)(table * TABLE_CODES + row);
}

static void build_form(const struct option_tables *tables, bool in_order, struct getopt_form *form)
{
	size_t longs = 0, shorts = 0;

	memset(form, 0, sizeof *form);
	if (in_order)
		form->shorts[shorts++] = '+';
	form->shorts[shorts++] = ':';
	for (size_t t = 0; t < TABLES; t++) {
		for (size_t r = 0; tables->rows[t] != NULL && tables->rows[t][r].name != NULL && r < LONGEST_TABLE; r++) {
			const struct option_row *row = &tables->rows[t][r];
			int has_argument = row->kind == OPTION_FLAG ? no_argument : required_argument;

			form->longs[longs++] = (struct option){row->name, has_argument, NULL, code_of(t, r)};
			if (row->letter != 0) {
				form->shorts[shorts++] = row->letter;
				if (row->kind != OPTION_FLAG)
					form->shorts[shorts++] = ':';
			}
		}
	}
}

/* Finds the row for a code of build_form or a letter. */
static const struct option_row *row_of(const struct option_tables *tables, int code, size_t *table)
{
	for (size_t t = 0; t < TABLES; t++) {
		for (size_t r = 0; tables->rows[t] != NULL && tables->rows[t][r].name != NULL; r++) {
			if (code == code_of(t, r) || (code < FIRST_CODE && code == tables->rows[t][r].letter)) {
				*table = t;
				return &tables->rows[t][r];
			}
		}
	}
	return NULL;
}

static bool choose(const struct option_row *row, const char *argument, int *index, char *why, size_t why_size)
{
	size_t used;

	for (int i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], argument) == 0) {
			*index = i;
			return true;
		}
	}
	used = (size_t)snprintf(why, why_size, "--%s takes one of", row->name);
	for (int i = 0; row->choices[i] != NULL && used < why_size; i++)
		used += (size_t)snprintf(why + used, why_size - used, "%s %s", i > 0 ? "," : "", row->choices[i]);
	if (used < why_size)
		(void)snprintf(why + used, why_size - used, "; not \"%s\"", argument);
	return false;
}

static bool collect(const struct option_row *row, const char *argument, struct option_texts *texts, char *why, size_t why_size)
{
	if (texts->count == OPTION_TEXTS_MAX) {
		(void)snprintf(why, why_size, "--%s is given more than %d times", row->name, OPTION_TEXTS_MAX);
		return false;
	}
	texts->items[texts->count++] = argument;
	return true;
}

static bool store(const struct option_row *row, void *values, const char *argument, char *why, size_t why_size)
{
	void *field = (char *)values + row->offset;

	if (row->kind != OPTION_FLAG && *argument == '\0') {
		(void)snprintf(why, why_size, "--%s has an empty value", row->name);
		return false;
	}
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case OPTION_TEXT:
		*(const char **)field = argument;
		return true;
	case OPTION_TEXTS:
		return collect(row, argument, field, why, why_size);
	case OPTION_CHOICE:
		return choose(row, argument, field, why, why_size);
	case OPTION_NUMBER:
		if (units_number(argument, field))
			return true;
		(void)snprintf(why, why_size, "--%s takes a whole number; not \"%s\"", row->name, argument);
		return false;
	case OPTION_DURATION:
		if (units_duration(argument, field))
			return true;
		(void)snprintf(why, why_size, "--%s takes a duration such as 90s, 30m, 12h or 7d; not \"%s\"", row->name, argument);
		return false;
	case OPTION_MOMENT:
		if (units_moment(argument, (int64_t)time(NULL) * 1000, field))
			return true;
		(void)snprintf(
			why, why_size, "--%s takes a date such as 2026-01-31 (UTC) or an age such as 7d; not \"%s\"", row->name, argument);
		return false;
	}
	return false;
}

static void say_unknown(const struct option_tables *tables, const char *word, char *why, size_t why_size)
{
	struct nearest nearest;
	char name[64];

	(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
	nearest_start(&nearest, name + strspn(name, "-"));
	for (size_t t = 0; t < TABLES; t++)
		for (size_t r = 0; tables->rows[t] != NULL && tables->rows[t][r].name != NULL; r++)
			nearest_offer(&nearest, tables->rows[t][r].name);
	if (nearest.best != NULL)
		(void)snprintf(why, why_size, "there is no option \"%s\"; did you mean --%s?", name, nearest.best);
	else
		(void)snprintf(why, why_size, "there is no option \"%s\"", name);
}

static void say_refused(const struct option_tables *tables, const char *word, char *why, size_t why_size)
{
	size_t table;
	const struct option_row *row = optopt != 0 ? row_of(tables, optopt, &table) : NULL;
	const char letter[] = {'-', (char)optopt, '\0'};

	if (row != NULL)
		(void)snprintf(why, why_size, "--%s takes no value", row->name);
	else
		say_unknown(tables, optopt != 0 ? letter : word, why, why_size);
}

int options_parse(const struct option_tables *tables, bool in_order, int argc, char **argv, char *why, size_t why_size)
{
	struct getopt_form *form = xmalloc(sizeof *form);
	int code;
	int operand = -1;

	build_form(tables, in_order, form);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, form->shorts, form->longs, NULL)) != -1) {
		size_t table = 0;
		const struct option_row *row = code != '?' && code != ':' ? row_of(tables, code, &table) : NULL;

		if (code == ':') {
			(void)snprintf(why, why_size, "%s needs a value", argv[optind - 1]);
			goto out;
		}
		if (row == NULL) {
			say_refused(tables, argv[optind - 1], why, why_size);
			goto out;
		}
		if (!store(row, tables->values[table], optarg, why, why_size))
			goto out;
	}
	operand = optind;
out:
	free(form);
	return operand;
}

static void print_choices(const struct option_row *row, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; row->choices[i] != NULL && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "|" : "", row->choices[i]);
}

static void print_row(const struct option_row *row)
{
	char choices[128] = "";
	char head[256];
	int column;

	if (row->kind == OPTION_CHOICE)
		print_choices(row, choices, sizeof choices);
	(void)snprintf(head, sizeof head, "%c%c --%s%s%s", row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ', row->name,
		row->kind != OPTION_FLAG ? " " : "",
		row->kind == OPTION_CHOICE ? choices
		: row->kind != OPTION_FLAG ? row->argument
					   : "");
	column = printf("  %s", head);
	if (column >= HELP_COLUMN) {
		putchar('\n');
		column = 0;
	}
	for (const char *line = row->help; *line != '\0';) {
		int length = (int)strcspn(line, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - column, "", length, line);
		line += length + (line[length] == '\n');
		column = 0;
	}
}

void options_print(const struct option_row *rows)
{
	for (; rows->name != NULL; rows++)
		print_row(rows);
}
