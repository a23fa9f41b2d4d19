#include "config.h"

#include "index/owe.h"

#include "index/outbox.h"

enum { KEY_BYTES = 20 };

static bool passes(const struct hook *hook, const struct standing *standing)
{
	return standing->exists && standing->severity >= hook->min_severity &&
	       (hook->customers || standing->audience != LT__AUDIENCE__AUDIENCE_CUSTOMER);
}

/* Another finding of the same account and secret that passed this hook's filter: the hook was told, or meant not to be. */
static enum index_result told_before(const struct owing *owing, const struct hook *hook)
{
	struct query query = query_new(owing->index, STATEMENT_ALERT_TOLD);
	int64_t any;

	put_blob(&query, owing->alert_key, KEY_BYTES);
	put_int(&query, owing->finding);
	put_int(&query, hook->min_severity);
	put_int(&query, hook->customers);
	return query_value(&query, &any);
}

static enum index_result owed_in_run(const struct owing *owing, const struct hook *hook, uint64_t *owed)
{
	struct query query = query_new(owing->index, STATEMENT_RUN_HOOK_OWED);
	int64_t value = 0;
	enum index_result result;

	put_int(&query, owing->run);
	put_text(&query, hook->name);
	result = query_value(&query, &value);
	*owed = (uint64_t)value;
	return result == INDEX_NONE ? INDEX_OK : result;
}

static enum index_result add_alert(const struct owing *owing, const struct hook *hook, enum alert_state state)
{
	struct query query = query_new(owing->index, STATEMENT_OUTBOX_ADD);

	put_text(&query, hook->name);
	put_int(&query, ALERT_FINDING);
	put_blob(&query, owing->alert_key, KEY_BYTES);
	put_int(&query, state);
	put_int(&query, owing->finding);
	put_int(&query, owing->run);
	put_null(&query);
	put_int(&query, owing->now_ms);
	return query_run(&query);
}

static enum index_result count_in_run(const struct owing *owing, const struct hook *hook, bool beyond)
{
	struct query query = query_new(owing->index, STATEMENT_RUN_HOOK_COUNT);

	put_int(&query, owing->run);
	put_text(&query, hook->name);
	put_int(&query, !beyond);
	put_int(&query, beyond);
	return query_run(&query);
}

static enum index_result owe_hook(const struct owing *owing, const struct hook *hook, unsigned *owed)
{
	uint64_t so_far = 0;
	bool beyond;
	enum index_result result = owed_in_run(owing, hook, &so_far);

	if (result != INDEX_OK)
		return result;
	beyond = so_far >= owing->alerts_per_run;
	result = add_alert(owing, hook, beyond ? ALERT_SUMMARISED : ALERT_OWED);
	if (result != INDEX_OK || store_changes(owing->index) == 0)
		return result;
	*owed += !beyond;
	return count_in_run(owing, hook, beyond);
}

enum index_result owe_alerts(const struct owing *owing, const struct hook *hooks, size_t count, unsigned *owed)
{
	enum index_result result = INDEX_OK;

	if (owing->now.dismissed)
		return INDEX_OK;
	for (size_t i = 0; i < count && result == INDEX_OK; i++) {
		if (!passes(&hooks[i], &owing->now) || passes(&hooks[i], &owing->before))
			continue;
		result = told_before(owing, &hooks[i]);
		if (result == INDEX_NONE)
			result = owe_hook(owing, &hooks[i], owed);
	}
	return result;
}
