#include "inspect/views/views.h"

void views_free(struct views *views)
{
	(void)views;
}

void views_on_window(struct text *text, struct views **views, struct span fresh, const struct hit *encoded, size_t encoded_count,
	const struct trigger_hit *triggers, size_t trigger_count)
{
	(void)text;
	(void)views;
	(void)fresh;
	(void)encoded;
	(void)encoded_count;
	(void)triggers;
	(void)trigger_count;
}
