#include "notify/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"
#include "shared/worker.h"

static const char *choose_route(struct hook *hook, const struct target *target, const Lt__FetchSetup *proxy)
{
	if (proxy != NULL && proxy->scheme != LT__PROXY_SCHEME__PROXY_NONE) {
		const char *problem = route_from_setup(&hook->route, proxy);
		hook->port = address_port(&hook->route.proxy);
		return problem;
	}
	hook->port = target->url.port;
	const char *problem = route_objects(&(struct route){.kind = ROUTE_PINNED}, target);
	return problem != NULL ? problem : route_pin(&hook->route, target);
}

/* The configuration may spell a URL as people do. */
static const char *take_url(struct hook *hook, const char *text)
{
	struct url url = {0};
	enum url_error error = url_read(text, strlen(text), &url);
	if (error != URL_OK)
		return url_error_text(error, &url);
	hook->url = xstrdup(url.text);
	hook->allowed = xasprintf("%s:%u", url.host, (unsigned)url.port);
	url_free(&url);
	return NULL;
}

static void take_hook(struct hook *hook, const Lt__NotifySetup__Hook *setup)
{
	hook->name = xstrdup(setup->name);
	if (setup->has_secret) {
		hook->secret = xmemdup(setup->secret.data, setup->secret.len);
		hook->secret_len = setup->secret.len;
	}
	hook->problem = take_url(hook, setup->url);
	if (hook->problem != NULL)
		worker_refuse("hook %s: its URL %s", hook->name, hook->problem);
	struct target target;
	hook->problem = target_read(&target, hook->url, &hook->allowed, 1);
	if (hook->problem == NULL)
		hook->problem = choose_route(hook, &target, setup->proxy);
	target_free(&target);
}

void hooks_take(struct hooks *hooks, const Lt__NotifySetup *setup)
{
	if (setup->n_hooks > LIMIT_HOOKS)
		worker_refuse("%zu webhooks: %d are possible", setup->n_hooks, LIMIT_HOOKS);
	for (size_t i = 0; i < setup->n_hooks; i++)
		take_hook(&hooks->list[hooks->count++], setup->hooks[i]);
}

struct hook *hooks_find(struct hooks *hooks, const char *name)
{
	for (size_t i = 0; i < hooks->count; i++)
		if (strcmp(hooks->list[i].name, name) == 0)
			return &hooks->list[i];
	return NULL;
}
