#include "config.h"

#include "index/machines.h"

#include "index/findings.h"
#include "messages/legal.h"

static enum index_result find_place(struct index *index, int64_t document, const char *dir, int64_t *machine, bool *has_id)
{
	struct query query = query_new(index, STATEMENT_MACHINE_AT);
	enum index_result result;

	put_int(&query, document);
	put_text(&query, dir);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result == INDEX_NONE ? INDEX_OK : result;
	*machine = get_int(&query, 0);
	*has_id = !get_null(&query, 1);
	query_end(&query);
	return INDEX_OK;
}

static enum index_result find_id(struct index *index, const char *id, int64_t *machine)
{
	struct query query = query_new(index, STATEMENT_MACHINE_BY_ID);
	enum index_result result;

	put_text(&query, id);
	result = query_value(&query, machine);
	return result == INDEX_NONE ? INDEX_OK : result;
}

static enum index_result join(struct index *index, int64_t from, int64_t to)
{
	static const enum statement joins[] = {STATEMENT_MACHINE_JOIN_FINDINGS, STATEMENT_MACHINE_JOIN_PLACES, STATEMENT_MACHINE_JOIN_DROP};
	enum index_result result = INDEX_OK;

	for (size_t i = 0; i < sizeof(joins) / sizeof(*joins) && result == INDEX_OK; i++) {
		struct query query = query_new(index, joins[i]);
		put_int(&query, from);
		put_int(&query, to);
		result = query_run(&query);
	}
	return result;
}

static enum index_result add(struct index *index, int64_t now_ms, int64_t *machine)
{
	struct query query = query_new(index, STATEMENT_MACHINE_ADD);
	enum index_result result;

	put_int(&query, now_ms);
	result = query_run(&query);
	*machine = store_last_id(index);
	return result;
}

static enum index_result fill(struct index *index, int64_t machine, const Lt__Machine *info, const char *id, int64_t now_ms)
{
	struct query query = query_new(index, STATEMENT_MACHINE_FILL);

	put_int(&query, machine);
	put_text(&query, id);
	put_text(&query, info->name);
	put_text(&query, info->user);
	put_text(&query, info->domain);
	put_text(&query, info->ip);
	put_text(&query, info->country);
	put_int_or_null(&query, info->has_infected_at_ms, info->infected_at_ms);
	put_text(&query, info->family);
	put_text(&query, info->build);
	put_int(&query, now_ms);
	return query_run(&query);
}

static enum index_result put_place(struct index *index, int64_t document, const char *dir, int64_t machine)
{
	struct query query = query_new(index, STATEMENT_MACHINE_PLACE_PUT);

	put_int(&query, document);
	put_text(&query, dir);
	put_int(&query, machine);
	return query_run(&query);
}

enum index_result machine_of(
	struct index *index, int64_t document, const char *dir, const Lt__Machine *info, int64_t now_ms, int64_t *machine)
{
	const char *id = info && info->id && *info->id ? info->id : NULL;
	int64_t placed = 0, known = 0;
	bool has_id = false;
	enum index_result result = INDEX_OK;

	*machine = 0;
	if (!dir && !info)
		return INDEX_OK;
	if (dir)
		result = find_place(index, document, dir, &placed, &has_id);
	if (result == INDEX_OK && id)
		result = find_id(index, id, &known);
	if (result == INDEX_OK && known && placed && known != placed && !has_id)
		result = join(index, placed, known);
	if (has_id)
		known = placed; /* the directory's machine is settled; a second id in it is not believed */
	else if (!known)
		known = placed;
	if (result == INDEX_OK && !known)
		result = add(index, now_ms, &known);
	if (result == INDEX_OK && info)
		result = fill(index, known, info, has_id ? NULL : id, now_ms);
	if (result == INDEX_OK && dir)
		result = put_place(index, document, dir, known);
	*machine = known;
	return result;
}

enum index_result index_record_machine(
	struct index *index, int64_t document, const char *machine_dir, const Lt__Machine *machine, int64_t now_ms)
{
	char why[200];
	int64_t row;
	enum index_result result;

	if (machine && !legal_content(&machine->base, why, sizeof(why)))
		return store_fail(index, INDEX_REFUSED, "a machine that cannot be kept: %s", why);
	result = store_enter(index);
	if (result == INDEX_OK)
		result = machine_of(index, document, machine_dir, machine, now_ms, &row);
	return store_leave(index, result);
}
