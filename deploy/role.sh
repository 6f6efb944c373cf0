#!/bin/sh
# Once, when the database is made: the role that web, workers and sweeper sign in as. It owns nothing; what it
# may do is given to it by « flask journal droits application » (docs/adr/0101).
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/application_password)" \
    -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE application LOGIN PASSWORD :'password';
SQL
