#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands.h"
#include "coordinator/doctor.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/yaml.h"

enum { LONGEST_LINE = 1024 };

static const struct command_usage doctor_usage = {
	.about = "Checks what a crawl or scan relies on, one line each: ok, warn or fail, and how\n"
		 "to mend it. Looked at are the configuration, the keys (and that no private key\n"
		 "lies here), the index, the installed files, the kernel's means of confining the\n"
		 "workers, the proxies (a connection to each, nothing through it), and one worker\n"
		 "of each kind with the walls around it.\n\n"
		 "Exit status 1 if a line says fail.\n",
};

static char heard[LONGEST_LINE];

static void hear(enum log_level level, const char *text, void *context)
{
	(void)context;
	if (level <= LEVEL_WARNING)
		(void)snprintf(heard, sizeof heard, "%s", text);
}

const char *doctor_heard(void)
{
	static char told[LONGEST_LINE];

	memcpy(told, heard, sizeof told);
	heard[0] = '\0';
	return told;
}

void doctor_say(struct doctor *doctor, enum verdict verdict, const char *what, const char *format, ...)
{
	static const char *const words[] = {[VERDICT_OK] = "ok", [VERDICT_WARN] = "warn", [VERDICT_FAIL] = "fail"};
	char text[LONGEST_LINE];
	char shown[2 * LONGEST_LINE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	printf("%-5s %-14s %s\n", words[verdict], what, escape_text(shown, sizeof shown, text, strlen(text)));
	(void)fflush(stdout);
	doctor->counts[verdict]++;
}

static void say_fault(struct doctor *doctor, const struct fault *fault)
{
	if (fault->line == 0)
		doctor_say(doctor, VERDICT_FAIL, "configuration", "%s: %s", fault->file, fault->text);
	else if (fault->column == 0)
		doctor_say(doctor, VERDICT_FAIL, "configuration", "%s:%u: %s", fault->file, fault->line, fault->text);
	else
		doctor_say(doctor, VERDICT_FAIL, "configuration", "%s:%u:%u: %s", fault->file, fault->line, fault->column, fault->text);
}

/* Not through command_begin: a configuration at fault is a line among the others here. */
static void read_configuration(struct doctor *doctor)
{
	struct faults faults = {NULL, 0};
	const char *why = NULL;
	const char *path = config_find(doctor->context->config_path, &why);

	if (path == NULL) {
		doctor_say(doctor, VERDICT_FAIL, "configuration", "%s", why);
		return;
	}
	doctor->context->config = config_read(path, &faults);
	doctor->config = doctor->context->config;
	for (size_t i = 0; i < faults.count; i++)
		say_fault(doctor, &faults.list[i]);
	faults_free(&faults);
	if (doctor->config != NULL)
		doctor_say(doctor, VERDICT_OK, "configuration", "%s", doctor->config->path);
}

static int summary(const struct doctor *doctor)
{
	const unsigned *counts = doctor->counts;

	if (counts[VERDICT_FAIL] > 0)
		log_error("%u of %u checks failed; each line says what to do", counts[VERDICT_FAIL],
			counts[VERDICT_OK] + counts[VERDICT_WARN] + counts[VERDICT_FAIL]);
	else if (counts[VERDICT_WARN] > 0)
		log_info("nothing failed; %u lines are worth a look", counts[VERDICT_WARN]);
	else
		log_info("all is well");
	return counts[VERDICT_FAIL] > 0 ? STATUS_ERROR : STATUS_DONE;
}

int cmd_doctor(struct command_context *context, int argc, char **argv)
{
	struct doctor doctor = {.context = context};

	if (!command_begin(context, &doctor_usage, NULL, &argc, &argv))
		return context->status;
	log_redirect(hear, NULL);
	read_configuration(&doctor);
	doctor_installation(&doctor);
	doctor_kernel(&doctor);
	if (doctor.config != NULL) {
		doctor_workers(&doctor);
		doctor_keys(&doctor);
		doctor_index(&doctor);
		doctor_sources(&doctor);
		doctor_proxies(&doctor);
	}
	log_redirect(NULL, NULL);
	return summary(&doctor);
}
