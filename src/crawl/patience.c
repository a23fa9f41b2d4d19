#include "crawl/patience.h"

void patience_fill(Lt__FetchRequest *fetch, const struct limits *limits, bool onion)
{
	fetch->connect_timeout_ms = (uint32_t)(onion ? limits->onion_connect_ms : limits->fetch_connect_ms);
	fetch->total_timeout_ms = (uint32_t)(onion ? limits->onion_total_ms : limits->fetch_total_ms);
	fetch->low_speed_bytes = (uint32_t)limits->stall_bytes;
	fetch->low_speed_s = (uint32_t)limits->stall_seconds;
}
