/* rules list, show and bench: what the rules are and what they cost, told by an inspector. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/ask.h"
#include "coordinator/commands.h"
#include "coordinator/table.h"
#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"

static const char *const formats[] = {"table", "json", "jsonl", NULL};
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL };
enum { GATE_WORDS = 3 };

struct about_values {
	int format;
};
static const struct option_row about_options[] = {
	{"format", 'f', OPTION_CHOICE, offsetof(struct about_values, format), NULL, "how to print", formats},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

/* ---- what came ---------------------------------------------------------------------------------- */

/* The rules that were told, as JSON objects. */
static void on_rule(const Lt__RuleReport *report, void *context)
{
	json_t *rules = context;
	const Lt__RuleAbout *about = report->about;

	if (about == NULL)
		return;
	json_t *rule = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:i, s:b, s:i, s:i}", "id", report->rule, "name", about->name,
		"kind", about->kind, "confidence", about->confidence, "record", about->record, "gate", about->gate, "keywords",
		about->keywords, "file", report->file != NULL ? report->file : "", "line", (int)report->line, "shipped", about->shipped,
		"examples", (int)about->examples, "near_misses", (int)about->near_misses);

	if (rule == NULL)
		return;
	json_object_set_new(rule, "pattern", json_string(about->pattern));
	json_object_set_new(rule, "filters", json_string(about->filters));
	if (about->description != NULL)
		json_object_set_new(rule, "description", json_string(about->description));
	if (about->unused != NULL)
		json_object_set_new(rule, "unused", json_string(about->unused));
	if (report->cost != NULL) {
		json_object_set_new(rule, "time_ms", json_real((double)report->cost->time_ns / 1e6));
		json_object_set_new(rule, "pieces", json_integer((json_int_t)report->cost->pieces));
		json_object_set_new(rule, "matches", json_integer((json_int_t)report->cost->matches));
		json_object_set_new(rule, "secrets", json_integer((json_int_t)report->cost->secrets));
		json_object_set_new(rule, "limits", json_integer((json_int_t)report->cost->limits));
	}
	json_array_append_new(rules, rule);
}

static const char *text_of(const json_t *rule, const char *key)
{
	const char *text = json_string_value(json_object_get(rule, key));

	return text != NULL ? text : "";
}

static int by_time(const void *a, const void *b)
{
	double x = json_real_value(json_object_get(*(json_t *const *)a, "time_ms"));
	double y = json_real_value(json_object_get(*(json_t *const *)b, "time_ms"));

	return x < y ? 1 : x > y ? -1 : strcmp(text_of(*(json_t *const *)a, "id"), text_of(*(json_t *const *)b, "id"));
}

/* The same rules, the dearest first. */
static json_t *sorted(const json_t *rules)
{
	size_t count = json_array_size(rules);
	json_t **list = xcalloc(count, sizeof(json_t *));
	json_t *result = json_array();

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(rules, i);
	qsort(list, count, sizeof(json_t *), by_time);
	for (size_t i = 0; i < count; i++)
		json_array_append(result, list[i]);
	free(list);
	return result;
}

static void dump(const json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));

	puts(text != NULL ? text : "null");
	free(text);
}

static void print_json(json_t *rules, const char *schema, int format)
{
	json_t *rule;
	size_t i;

	if (format == FORMAT_JSON) {
		json_t *whole = json_pack("{s:s, s:O}", "schema", schema, "rules", rules);

		dump(whole, JSON_INDENT(2));
		json_decref(whole);
		return;
	}
	json_array_foreach(rules, i, rule)
	{
		dump(rule, JSON_COMPACT);
	}
}

static enum ask_result ask_rules(struct command_context *context, Lt__JobKind kind, int argc, char **argv, json_t *rules)
{
	Lt__Job job = LT__JOB__INIT;
	struct ask ask = {.job = &job, .report = on_rule, .context = rules};

	job.kind = kind;
	job.n_rule_ids = (size_t)argc;
	job.rule_ids = argv;
	return ask_inspector(context, &ask, NULL);
}

/* Whether each rule asked for was told; complains about those that were not. */
static bool all_known(const json_t *rules, int argc, char **argv)
{
	bool known = true;
	json_t *rule;
	size_t i;

	for (int arg = 0; arg < argc; arg++) {
		bool found = false;

		json_array_foreach((json_t *)(uintptr_t)rules, i, rule) found = found || strcmp(text_of(rule, "id"), argv[arg]) == 0;
		if (!found)
			log_error("there is no rule %s: leaktrawl rules list names them", argv[arg]);
		known = known && found;
	}
	return known;
}

/* ---- list --------------------------------------------------------------------------------------- */

static const struct table_column list_columns[] = {
	{.title = "RULE"},
	{.title = "KIND"},
	{.title = "CONFIDENCE"},
	{.title = "GATE", .shrinks = true},
	{.title = "NAME", .shrinks = true},
	{.title = "FILE", .shrinks = true, .spare = 1},
};
static const struct command_usage list_usage = {
	.operands = "[WORD]...",
	.about = "Lists the rules: those that came with leaktrawl, and those of rules in the\n"
		 "configuration; with words only those that have one in their id, name, kind or\n"
		 "file. GATE is what has to stand there before the expression is tried.\n",
	.options = about_options,
	.most = -1,
};

static bool is_wanted(const json_t *rule, int argc, char **argv)
{
	static const char *const keys[] = {"id", "name", "kind", "file"};

	for (int arg = 0; arg < argc; arg++)
		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
			if (strcasestr(text_of(rule, keys[i]), argv[arg]) != NULL)
				return true;
	return argc == 0;
}

static json_t *chosen(json_t *rules, int argc, char **argv)
{
	json_t *list = json_array(), *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
	{
		if (is_wanted(rule, argc, argv))
			json_array_append(list, rule);
	}
	return list;
}

/* A rule for many languages has dozens of keywords: `show` tells them all. Fresh memory. */
static char *short_gate(const char *gate)
{
	size_t len = 0, more = 0;

	if (*gate == '\0')
		return xstrdup("(our lines only)");
	for (unsigned words = 0; gate[len] != '\0'; len++)
		if (strncmp(gate + len, ", ", 2) == 0 && ++words == GATE_WORDS)
			break;
	for (const char *at = gate + len; (at = strstr(at, ", ")) != NULL; at += 2)
		more++;
	return more > 0 ? xasprintf("%.*s, and %zu more", (int)len, gate, more) : xstrdup(gate);
}

int rules_list(struct command_context *context, int argc, char **argv)
{
	struct about_values values = {0};
	json_t *rules = json_array(), *rule;
	struct table *table;
	size_t i;

	if (!command_begin(context, &list_usage, &values, &argc, &argv))
		return json_decref(rules), context->status;
	enum ask_result result = ask_rules(context, LT__JOB_KIND__JOB_RULES_LIST, 0, NULL, rules);
	json_t *all = rules;

	rules = chosen(all, argc, argv);
	json_decref(all);
	if (result == ASK_DONE && argc > 0 && json_array_size(rules) == 0)
		log_warning("no rule has such a word in its id, name, kind or file");
	if (values.format != FORMAT_TABLE) {
		print_json(rules, "leaktrawl.rules/1", values.format);
	} else {
		table = table_new(list_columns, sizeof list_columns / sizeof list_columns[0]);
		json_array_foreach(rules, i, rule)
		{
			char *gate = short_gate(text_of(rule, "gate"));
			const char *cells[] = {text_of(rule, "id"), text_of(rule, "kind"), text_of(rule, "confidence"), gate,
				text_of(rule, "name"), text_of(rule, "file")};

			table_row(table, cells, TONE_PLAIN);
			free(gate);
		}
		table_print(table, stdout, 0);
		table_free(table);
	}
	json_decref(rules);
	return result == ASK_DONE ? STATUS_DONE : STATUS_ERROR;
}

/* ---- show --------------------------------------------------------------------------------------- */

static const struct command_usage show_usage = {
	.operands = "RULE...",
	.about = "Shows rules: where each stands, what it reads, and what it refuses.\n",
	.options = about_options,
	.least = 1,
	.most = -1,
};

static void print_field(const char *name, const char *text)
{
	if (*text == '\0')
		return;
	printf("  %-12s", name);
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		char *copy = xstrndup(line, len);

		if (line != text)
			printf("  %-12s", "");
		print_escaped(stdout, copy);
		putchar('\n');
		free(copy);
		line += len + (line[len] == '\n');
	}
}

static const char *reads(const char *record)
{
	if (strcmp(record, "post") == 0)
		return "the post around a name of ours";
	return strcmp(record, "line") == 0 ? "lines that hold a name of ours" : "the lines around a name of ours";
}

static void print_rule(const json_t *rule)
{
	char *place = xasprintf("%s:%" JSON_INTEGER_FORMAT, text_of(rule, "file"), json_integer_value(json_object_get(rule, "line")));
	json_int_t examples = json_integer_value(json_object_get(rule, "examples"));
	json_int_t near_misses = json_integer_value(json_object_get(rule, "near_misses"));
	char *proof = xasprintf("%" JSON_INTEGER_FORMAT " example%s, %" JSON_INTEGER_FORMAT " near miss%s", examples,
		examples == 1 ? "" : "s", near_misses, near_misses == 1 ? "" : "es");
	const char *gate = text_of(rule, "gate");

	print_escaped(stdout, text_of(rule, "id"));
	putchar('\n');
	print_field("name", text_of(rule, "name"));
	print_field("stands in", place);
	print_field("about", text_of(rule, "description"));
	print_field("kind", text_of(rule, "kind"));
	print_field("confidence", text_of(rule, "confidence"));
	print_field("reads", reads(text_of(rule, "record")));
	print_field(json_is_true(json_object_get(rule, "keywords")) ? "keywords" : "gate",
		*gate != '\0' ? gate : "none: no literal of 3 bytes or more is required");
	print_field("pattern", text_of(rule, "pattern"));
	print_field("asks for", text_of(rule, "filters"));
	print_field("not used", text_of(rule, "unused"));
	print_field("proved by", proof);
	free(place);
	free(proof);
}

int rules_show(struct command_context *context, int argc, char **argv)
{
	struct about_values values = {0};
	json_t *rules = json_array(), *rule;
	size_t i;

	if (!command_begin(context, &show_usage, &values, &argc, &argv))
		return json_decref(rules), context->status;
	enum ask_result result = ask_rules(context, LT__JOB_KIND__JOB_RULES_LIST, argc, argv, rules);
	bool known = result == ASK_DONE && all_known(rules, argc, argv);

	if (values.format != FORMAT_TABLE)
		print_json(rules, "leaktrawl.rules/1", values.format);
	else
		json_array_foreach(rules, i, rule)
		{
			print_rule(rule);
		}
	json_decref(rules);
	return known ? STATUS_DONE : STATUS_ERROR;
}

/* ---- bench -------------------------------------------------------------------------------------- */

static const struct table_column bench_columns[] = {
	{.title = "RULE"},
	{.title = "MS", .right = true},
	{.title = "SHARE", .right = true},
	{.title = "PIECES", .right = true},
	{.title = "MATCHES", .right = true},
	{.title = "SECRETS", .right = true},
	{.title = "LIMITS", .right = true},
	{.title = "NAME", .shrinks = true, .spare = 1},
};
static const struct command_usage bench_usage = {
	.operands = "[CORPUS]...",
	.about = "Tells what each rule costs on files, or on the files of folders, as they stand;\n"
		 "without any, on the examples and near misses of all rules. Every place counts\n"
		 "as if a name of yours stood there: the worst case. Rules that no piece of the\n"
		 "corpus opens are left out of the table.\n",
	.options = about_options,
	.most = -1,
};

struct corpus {
	struct ask_part parts[LIMIT_BUNDLE_PARTS];
	size_t count;
	bool failed;
};

static void corpus_file(struct corpus *corpus, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		log_error("%s: %s", path, fd < 0 ? strerror(errno) : "not a regular file");
		corpus->failed = true;
	} else if (corpus->count == LIMIT_BUNDLE_PARTS) {
		log_error("%s: a corpus has at most %d files; put them together", path, LIMIT_BUNDLE_PARTS);
		corpus->failed = true;
	} else {
		corpus->parts[corpus->count++] = (struct ask_part){xstrdup(path), fd, (uint64_t)status.st_size};
		return;
	}
	if (fd >= 0)
		close(fd);
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_type != DT_DIR;
}

static void corpus_add(struct corpus *corpus, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, no_dots, alphasort);

	if (count < 0) {
		corpus_file(corpus, path);
		return;
	}
	for (int i = 0; i < count; i++) {
		char *inside = xasprintf("%s/%s", path, entries[i]->d_name);

		if (!corpus->failed)
			corpus_file(corpus, inside);
		free(inside);
		free(entries[i]);
	}
	free(entries);
}

static void corpus_close(struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->count; i++) {
		close(corpus->parts[i].fd);
		free((char *)(uintptr_t)corpus->parts[i].label);
	}
}

static double total_ms(const json_t *rules)
{
	double total = 0;
	json_t *rule;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rules, i, rule) total += json_real_value(json_object_get(rule, "time_ms"));
	return total;
}

static char *number(const json_t *rule, const char *key)
{
	return xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(rule, key)));
}

static void print_costs(const json_t *rules)
{
	struct table *table = table_new(bench_columns, sizeof bench_columns / sizeof bench_columns[0]);
	double total = total_ms(rules);
	json_t *rule;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rules, i, rule)
	{
		double ms = json_real_value(json_object_get(rule, "time_ms"));
		bool limited = json_integer_value(json_object_get(rule, "limits")) > 0;
		char *cells[] = {xstrdup(text_of(rule, "id")), xasprintf("%.3f", ms), xasprintf("%.1f%%", total > 0 ? 100 * ms / total : 0),
			number(rule, "pieces"), number(rule, "matches"), number(rule, "secrets"), number(rule, "limits"),
			xstrdup(text_of(rule, "name"))};

		if (json_integer_value(json_object_get(rule, "pieces")) > 0)
			table_row(table, (const char *const *)cells, limited ? TONE_BAD : TONE_PLAIN);
		for (size_t cell = 0; cell < sizeof cells / sizeof cells[0]; cell++)
			free(cells[cell]);
	}
	table_print(table, stdout, 0);
	fprintf(stderr, "rules: %zu of %zu had work, %.3f ms in all\n", table_rows(table), json_array_size(rules), total);
	table_free(table);
}

static int bench_corpus(struct command_context *context, const struct corpus *corpus, int format)
{
	json_t *rules = json_array(), *dearest;
	Lt__Job job = LT__JOB__INIT;
	struct ask ask = {.job = &job, .parts = corpus->parts, .parts_count = corpus->count, .report = on_rule, .context = rules};
	char *why = NULL;

	job.kind = LT__JOB_KIND__JOB_RULES_BENCH;
	enum ask_result result = ask_inspector(context, &ask, &why);

	if (result == ASK_DIED)
		log_error("the inspector ended on this corpus: %s", why);
	free(why);
	dearest = sorted(rules);
	if (format != FORMAT_TABLE)
		print_json(dearest, "leaktrawl.rules-bench/1", format);
	else
		print_costs(dearest);
	json_decref(dearest);
	json_decref(rules);
	return result == ASK_DONE ? STATUS_DONE : STATUS_ERROR;
}

int rules_bench(struct command_context *context, int argc, char **argv)
{
	struct about_values values = {0};
	struct corpus *corpus;
	int status = STATUS_ERROR;

	if (!command_begin(context, &bench_usage, &values, &argc, &argv))
		return context->status;
	corpus = xcalloc(1, sizeof *corpus);
	for (int i = 0; i < argc && !corpus->failed; i++)
		corpus_add(corpus, argv[i]);
	if (!corpus->failed)
		status = bench_corpus(context, corpus, values.format);
	corpus_close(corpus);
	free(corpus);
	return status;
}
