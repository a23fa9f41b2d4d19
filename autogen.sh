#!/bin/sh
# Makes configure and Makefile.in; they are not kept in git.
set -eu
cd "$(dirname "$0")"
exec autoreconf -fi
