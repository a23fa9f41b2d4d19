#include "coordinator/printer.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/progress.h"
#include "coordinator/run.h"
#include "index/finding_json.h"
#include "shared/mem.h"

enum {
	ID_BYTES = 20,
	FIRST_IDS = 1024,
	HELD_MAX = 10000, /* then what is held is printed as it is */
};

/* A finding of a machine's folder, waiting for the bundle. */
struct held {
	uint8_t id[ID_BYTES];
	json_t *finding;
};

struct printer {
	struct output *output;
	const struct roster *roster;
	uint8_t (*ids)[ID_BYTES]; /* open addressing; all zero is free */
	bool *used;
	size_t ids_count, ids_cap;
	struct held *held;
	size_t held_count;
};

struct printer *printer_new(enum output_format format, const struct roster *roster)
{
	struct printer *printer = xcalloc(1, sizeof *printer);

	printer->output = output_new(format);
	printer->roster = roster;
	printer->ids_cap = FIRST_IDS;
	printer->ids = xcalloc(printer->ids_cap, sizeof *printer->ids);
	printer->used = xcalloc(printer->ids_cap, sizeof *printer->used);
	return printer;
}

/* Ids are keyed hashes already: any of their bytes will do. */
static size_t slot_of(const struct printer *printer, const uint8_t *id)
{
	size_t slot;

	memcpy(&slot, id, sizeof slot);
	slot &= printer->ids_cap - 1;
	while (printer->used[slot] && memcmp(printer->ids[slot], id, ID_BYTES) != 0)
		slot = (slot + 1) & (printer->ids_cap - 1);
	return slot;
}

static void grow(struct printer *printer)
{
	struct printer old = *printer;

	printer->ids_cap *= 2;
	printer->ids = xcalloc(printer->ids_cap, sizeof *printer->ids);
	printer->used = xcalloc(printer->ids_cap, sizeof *printer->used);
	for (size_t i = 0; i < old.ids_cap; i++) {
		if (!old.used[i])
			continue;
		size_t slot = slot_of(printer, old.ids[i]);

		memcpy(printer->ids[slot], old.ids[i], ID_BYTES);
		printer->used[slot] = true;
	}
	free(old.ids);
	free(old.used);
}

static bool seen_first(struct printer *printer, const uint8_t *id)
{
	size_t slot = slot_of(printer, id);

	if (printer->used[slot])
		return false;
	memcpy(printer->ids[slot], id, ID_BYTES);
	printer->used[slot] = true;
	if (++printer->ids_count * 2 > printer->ids_cap)
		grow(printer);
	return true;
}

static struct held *find_held(struct printer *printer, const uint8_t *id)
{
	for (size_t i = 0; i < printer->held_count; i++)
		if (memcmp(printer->held[i].id, id, ID_BYTES) == 0)
			return &printer->held[i];
	return NULL;
}

static void hold(struct printer *printer, const uint8_t *id, json_t *finding)
{
	if (printer->held_count >= HELD_MAX)
		printer_release(printer);
	if (printer->held == NULL)
		printer->held = xcalloc(HELD_MAX, sizeof *printer->held);
	memcpy(printer->held[printer->held_count].id, id, ID_BYTES);
	printer->held[printer->held_count++].finding = finding;
}

static json_t *as_json(const struct printer *printer, const Lt__FoundFinding *found, const struct evidence *evidence)
{
	struct finding_json_options options = {.now_ms = run_now_ms(), .ephemeral = true};
	const struct staff *staff =
		found->finding->account != NULL && printer->roster != NULL ? roster_find(printer->roster, found->finding->account) : NULL;

	return finding_json_of_message(found, evidence, staff, &options);
}

bool printer_finding(struct printer *printer, const Lt__FoundFinding *found, const struct evidence *evidence, bool bundle)
{
	const uint8_t *id = found->finding->id.data;
	bool first;

	progress_clear();
	if (found->finding->id.len != ID_BYTES)
		return false;
	first = seen_first(printer, id);
	if (first && (found->machine_dir == NULL || bundle)) {
		output_finding(printer->output, as_json(printer, found, evidence));
	} else if (first) {
		hold(printer, id, as_json(printer, found, evidence));
	} else if (bundle) {
		struct held *held = find_held(printer, id);

		/* The second pass knows the machine. */
		if (held != NULL) {
			json_decref(held->finding);
			held->finding = as_json(printer, found, evidence);
		}
	}
	return first;
}

void printer_release(struct printer *printer)
{
	for (size_t i = 0; i < printer->held_count; i++)
		output_finding(printer->output, printer->held[i].finding);
	printer->held_count = 0;
}

void printer_finish(struct printer *printer)
{
	if (printer == NULL)
		return;
	printer_release(printer);
	(void)output_end(printer->output, NULL);
	free(printer->ids);
	free(printer->used);
	free(printer->held);
	free(printer);
}
