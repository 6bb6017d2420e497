#!/bin/sh
# Run once by the image of PostgreSQL, when its volume is empty: a login and databases for Temporal and for Darkroom.
set -eu

psql --username postgres --set ON_ERROR_STOP=1 \
  --set temporal="$TEMPORAL_DB_PASSWORD" --set darkroom="$DARKROOM_DB_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
-- It makes the two roles that keep owners apart.
CREATE ROLE darkroom LOGIN CREATEROLE PASSWORD :'darkroom';
CREATE DATABASE darkroom OWNER darkroom;
REVOKE CONNECT ON DATABASE darkroom FROM PUBLIC;
REVOKE CONNECT ON DATABASE temporal FROM PUBLIC;
REVOKE CONNECT ON DATABASE temporal_visibility FROM PUBLIC;
\connect darkroom
-- Only a superuser may add it; what Temporal's schema adds, the owner of a database may.
CREATE EXTENSION IF NOT EXISTS vector;
SQL
