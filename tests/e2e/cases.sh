#!/bin/bash
# Every labelled case of tests/cases/ gives exactly the findings it expects.
set -u
exec "$LEAKTRAWL_BUILD/inspect_driver" --cases "$LEAKTRAWL_SOURCE"/tests/cases/*.jsonl
