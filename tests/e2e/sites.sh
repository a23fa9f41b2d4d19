#!/bin/bash
# Every saved page of tests/sites/ gives exactly the items, links, posts and verdict that its case expects.
set -u
exec "$LEAKTRAWL_BUILD/inspect_driver" --sites "$LEAKTRAWL_SOURCE"/tests/sites/*
