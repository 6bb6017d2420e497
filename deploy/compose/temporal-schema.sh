#!/bin/sh
# Temporal's tables, made or brought up to date; repeatable. One minor version of the server at a time.
set -eu

for schema in temporal visibility; do
  database=temporal
  [ "$schema" = temporal ] || database=temporal_visibility
  tool() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"; }
  # What is newer stays as it is.
  tool setup-schema -v 0.0
  tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
