/* The state of sources. */
#include "config.h"

#include <stdlib.h>

#include "index/frontier.h"
#include "index/store.h"
#include "shared/mem.h"

enum index_result index_source_put(struct index *index, const char *source, const struct source_state *state)
{
	int64_t row = 0;
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = store_source(index, source, &row);
	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_SOURCE_PUT);
		put_int(&query, row);
		put_int(&query, state->health);
		put_text(&query, state->reason);
		put_int(&query, state->last_try_ms);
		put_int(&query, state->last_good_ms);
		put_int(&query, state->last_item_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

enum index_result index_source_get(struct index *index, const char *source, struct source_state *state)
{
	struct query query = query_new(index, STATEMENT_SOURCE_GET);
	enum index_result result;

	put_text(&query, source);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	free(index->source_reason);
	index->source_reason = get_text(&query, 1) ? xstrdup(get_text(&query, 1)) : NULL;
	*state = (struct source_state){
		.health = (enum source_health)get_int(&query, 0),
		.reason = index->source_reason,
		.last_try_ms = get_int(&query, 2),
		.last_good_ms = get_int(&query, 3),
		.last_item_ms = get_int(&query, 4),
	};
	query_end(&query);
	return INDEX_OK;
}
