-- name: role_exists
select 1 from pg_roles where rolname = %(role)s

-- name: create_role
create role {role} login password {password}

-- name: set_password
alter role {role} login password {password}

-- name: read_only_role
alter role awesome_reader set default_transaction_read_only = on

-- name: see_all_activity
grant pg_read_all_stats to awesome_etl

-- name: database_exists
select 1 from pg_database where datname = %(database)s

-- name: create_database
create database {database}

-- name: close_to_public
revoke connect, temporary on database {database} from public

-- name: may_connect
grant connect, temporary on database {database} to {role}

-- name: may_create
grant usage, create on schema public to awesome_etl

-- name: may_use
grant usage on schema public to awesome_reader

-- name: may_read
grant select on {table} to awesome_reader

-- name: books_are_new
select not exists (select from segment)

-- name: star_tables
select table_name from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE'
  and (table_name like 'dim\_%' or table_name like 'fact\_%' or table_name like 'agg\_%' or table_name = 'etl_log')

-- name: app_schema_exists
select 1 from pg_namespace where nspname = 'app'

-- name: create_app_schema
create schema app

-- name: may_use_app
grant usage on schema app to awesome_app;
grant select, insert, update, delete on all tables in schema app to awesome_app;
grant usage, select on all sequences in schema app to awesome_app;
revoke all on app.alembic_version from awesome_app;
revoke update, delete on app.audit from awesome_app
