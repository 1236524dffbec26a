#!/usr/bin/env bash
# Run once, by the image, when the cluster is made: an owner of the tables, who makes roles, and a login that owns nothing.
set -euo pipefail

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname aftersales <<'SQL'
\set owner_password `cat /run/secrets/owner.password.postgres`
\set login_password `cat /run/secrets/login.password.postgres`
CREATE ROLE appliance_owner LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE appliance_login LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'login_password';
ALTER DATABASE aftersales OWNER TO appliance_owner;
REVOKE ALL ON DATABASE aftersales FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE aftersales TO appliance_login;
SQL
