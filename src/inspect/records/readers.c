/* The order in which readers look at a hit: the most specific first. */
#include "inspect/scan.h"

const struct reader readers[] = {
	{NULL, NULL},
};
