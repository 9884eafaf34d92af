-- name: create_database
create database if not exists `{database}` character set utf8mb4 collate utf8mb4_bin

-- name: create_user
create user if not exists {user}@'%%' identified by %(password)s

-- name: set_password
alter user {user}@'%%' identified by %(password)s

-- name: may_write
grant select, insert, update, delete, create, drop, alter, index, create temporary tables, lock tables
on `{database}`.* to awesome_etl@'%%'

-- name: may_read
grant select on `{database}`.{table} to awesome_reader@'%%'

-- name: star_tables
select table_name from information_schema.tables
where table_schema = %(database)s
  and (table_name like 'dim\_%%' or table_name like 'fact\_%%' or table_name like 'agg\_%%'
       or table_name = 'etl_log')
