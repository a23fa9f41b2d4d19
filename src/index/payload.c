#include "config.h"

#include "index/payload.h"

#include <stdlib.h>
#include <string.h>

#include "index/finding_detail.h"
#include "index/finding_row.h"
#include "shared/log.h"
#include "shared/mem.h"

static char *dump(const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (!text)
		log_fatal("no memory");
	return text;
}

/* Text that attackers wrote may be long; a hook must get the alert all the same. */
static char *dump_bounded(json_t *object)
{
	static const char *const spare[] = {"post", "cookie", "hash", "token", "url", "machine", "evidence"};
	char *text = dump(object);

	for (size_t i = 0; i < sizeof(spare) / sizeof(*spare) && strlen(text) > LIMIT_HOOK_PAYLOAD_BYTES; i++) {
		if (json_object_del(object, spare[i]) != 0)
			continue;
		json_object_set_new(object, "shortened", json_true());
		free(text);
		text = dump(object);
	}
	return text;
}

static enum index_result of_finding(struct index *index, int64_t finding, int64_t now_ms, char **text)
{
	json_t *object = NULL;
	enum index_result result = finding_json_by_number(index, finding, now_ms, &object);

	if (result == INDEX_OK)
		*text = dump_bounded(object);
	json_decref(object);
	return result;
}

static char *of_summary(const struct payload *payload)
{
	json_t *object = json_object();
	char *text;

	set_text(object, "schema", "leaktrawl.summary/1");
	set_text(object, "hook", payload->hook);
	set_count(object, "run", (uint64_t)payload->run);
	set_count(object, "findings", payload->count);
	set_text(object, "message", "This run found more than one hook is told one by one; the rest is in the index.");
	text = dump(object);
	json_decref(object);
	return text;
}

enum index_result payload_text(struct index *index, const struct payload *payload, int64_t now_ms, char **text, size_t *len)
{
	enum index_result result = INDEX_OK;

	*text = NULL;
	if (payload->stored)
		*text = xstrdup(payload->stored);
	else if (payload->kind == ALERT_SUMMARY)
		*text = of_summary(payload);
	else
		result = of_finding(index, payload->finding, now_ms, text);
	*len = *text ? strlen(*text) : 0;
	return result;
}
