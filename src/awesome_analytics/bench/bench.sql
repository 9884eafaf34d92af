-- name: settle
vacuum (analyze)

-- name: create_database
create database {name}

-- name: mysql_users
select user from mysql.user where user like 'awesome\_%'

-- name: mysql_leftovers
select concat('drop database `', schema_name, '`') from information_schema.schemata
where schema_name like 'awesome\_bench\_olap\_%'
union all
select distinct concat('drop user `', user, '`@`', host, '`') from mysql.user where user like 'awesome\_%'

-- name: empty_table
truncate table {table}

-- name: forget_watermark
delete from etl_watermark

-- name: drop_flat
drop table if exists bench_flat

-- name: create_flat
create unlogged table bench_flat (
    order_id text, line_no integer, product_id text, customer_key integer, product_key integer,
    date_key integer, order_date_key integer, quantity integer, sales numeric(18, 5),
    discount numeric(18, 5), discount_rate numeric(9, 6), profit numeric(18, 5),
    shipping_cost numeric(18, 5), order_priority text, ship_mode text, market text, region text
)

-- name: settle_flat
vacuum (analyze) bench_flat

-- name: copy_flat_out
copy bench_flat to stdout

-- name: drop_limit
drop table if exists bench_limit

-- name: create_limit_postgresql
create table bench_limit (like fact_sales including all)

-- name: copy_limit_in
copy bench_limit from stdin

-- name: create_limit_mysql
create table bench_limit like fact_sales

-- name: checks_off
set unique_checks = 0, foreign_key_checks = 0

-- name: load_limit_mysql
load data local infile '/dev/stdin' into table bench_limit character set utf8mb4

-- name: count_limit
select count(*) from bench_limit

-- name: change_lines
with chosen as (
    select order_id, line_no from order_product order by random() limit %(changes)s
)
update order_product l set sales = l.sales + 0.01, profit = l.profit + 0.01
from chosen c where l.order_id = c.order_id and l.line_no = c.line_no

-- name: customers
select customer_email, market, region from tbl_customers
where customer_email is not null order by md5(customer_id) limit 5000

-- name: create_peer_view
create or replace view bench_peer_source as
select * from (select * from bench_flat order by order_id, line_no limit {lines}) as first_rows

-- name: peer_select
select * from bench_peer_source

-- name: drop_peer
drop table if exists bench_peer

-- name: create_peer_postgresql
create table bench_peer (like fact_sales including all)

-- name: create_peer_mysql
create table bench_peer like fact_sales

-- name: count_peer
select count(*) from bench_peer
