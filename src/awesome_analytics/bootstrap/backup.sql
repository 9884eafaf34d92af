-- name: one_snapshot
begin isolation level repeatable read read only

-- name: export_snapshot
select pg_export_snapshot()

-- name: plain_text
set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set bytea_output = 'hex'

-- name: tables
select n.nspname::text, c.relname::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('public', 'app')
order by 1, 2

-- name: fingerprint
select count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text from {table} t

-- name: revision
select version_num from {table}

-- name: databases
select datname::text from pg_database

-- name: is_empty
select not exists (select from tbl_customers) and not exists (select from tbl_products)
   and not exists (select from tbl_orders) and not exists (select from app.person)

-- name: try_lock
select pg_try_advisory_lock(hashtext('awesome restore'), hashtext(%(database)s))

-- name: create_database
create database {database}

-- name: drop_database
drop database if exists {database} with (force)

-- name: rename_database
alter database {database} rename to {new_name}

-- name: end_sessions
select pg_terminate_backend(pid) from pg_stat_activity where datname = %(database)s and pid <> pg_backend_pid()

-- name: new_life
update source_identity set epoch = gen_random_uuid()

-- name: stamped_tables
select n.nspname::text, c.relname::text
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attname = 'tbl_last_xid' and c.relkind = 'r' and not a.attisdropped
order by 1, 2

-- name: restamp
-- Another server's transaction numbers may be ahead of this one's; left alone they would be read as changed
-- in every run until this server has counted so far.
update {table} set tbl_last_xid = pg_current_xact_id() where tbl_last_xid > pg_current_xact_id()

-- name: runs_are_kept
select count(*) from etl_log

-- name: insert_run
insert into etl_log (run_id, etl_run_time, status, records_processed, mode, reason, started_at, finished_at, as_of,
                     watermark, rows_by_table, error)
values (%(run_id)s, %(etl_run_time)s, %(status)s, %(records_processed)s, %(mode)s, %(reason)s, %(started_at)s,
        %(finished_at)s, %(as_of)s, %(watermark)s, %(rows_by_table)s, %(error)s)
