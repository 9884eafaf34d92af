-- name: missing_rights
with book (name) as (
    values ('segment'), ('category'), ('subcategory'), ('tbl_customers'), ('tbl_products'), ('tbl_orders'),
           ('order_product'), ('tbl_returns')
), wanted (role, name, privilege) as (
    select 'awesome_entry', name, privilege
    from book, unnest(array['select', 'insert', 'update', 'delete']) as p (privilege)
    union all
    select 'awesome_etl', name, 'select' from book
    union all
    select 'awesome_etl', name, 'select' from (values ('return_line'), ('tombstone'), ('source_identity')) as v (name)
    union all
    select 'awesome_etl', 'etl_mark', privilege from unnest(array['select', 'insert', 'update']) as p (privilege)
    union all
    select 'awesome_app', 'app.' || tablename, privilege
    from pg_tables, unnest(array['select', 'insert']) as p (privilege)
    where schemaname = 'app' and tablename <> 'alembic_version'
)
select role || ' may not ' || privilege || ' ' || name
from wanted join pg_roles on rolname = role
where to_regclass(name) is not null and not has_table_privilege(role, to_regclass(name), privilege)
union all
select role || ' may not use the schema ' || schema
from (values ('awesome_entry', 'public'), ('awesome_etl', 'public'), ('awesome_app', 'app')) as s (role, schema)
join pg_roles on rolname = role
where to_regnamespace(schema) is not null and not has_schema_privilege(role, to_regnamespace(schema), 'usage')
order by 1

-- name: revision_books
select version_num from public.alembic_version

-- name: revision_app
select version_num from app.alembic_version

-- name: revision_warehouse
select version_num from alembic_version

-- name: may_select
select 1 from {table} where 1 = 0

-- name: may_insert
insert into {table} select * from {table} where 1 = 0

-- name: may_delete
delete from {table} where 1 = 0

-- name: clock_postgresql
select clock_timestamp() at time zone 'UTC'

-- name: clock_mysql
select utc_timestamp(6)

-- name: version_postgresql
select 'PostgreSQL ' || current_setting('server_version')

-- name: version_mysql
select case when version() like '%MariaDB%' then version() else concat('MySQL ', version()) end

-- name: settings_postgresql
select 'the warehouse''s database is encoded in ' || pg_encoding_to_char(encoding) || ', which has no room for every name',
       'make it anew: create database ' || datname || ' encoding ''UTF8'' template template0, then `awesome init`'
from pg_database where datname = current_database() and pg_encoding_to_char(encoding) <> 'UTF8'

-- name: settings_mysql
select concat('the warehouse''s database sorts by ', default_collation_name, ', which takes José and Jose for one'),
       concat('alter database ', schema_name, ' character set utf8mb4 collate utf8mb4_bin')
from information_schema.schemata
where schema_name = database() and default_collation_name <> 'utf8mb4_bin'
union all
select concat('table ', table_name, ' sorts by ', table_collation, ', which takes José and Jose for one'),
       concat('alter table ', table_name, ' convert to character set utf8mb4 collate utf8mb4_bin')
from information_schema.tables
where table_schema = database() and table_type = 'BASE TABLE' and table_collation <> 'utf8mb4_bin'
union all
select 'the server''s sql_mode is not strict: other programs'' wrong values are stored as zeros there',
       'set global sql_mode = ''STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'', and the same in the server''s configuration'
from dual where @@global.sql_mode not like '%STRICT%'
