-- name: read_only_snapshot
begin isolation level repeatable read read only

-- name: session
-- Books that were just filled have no statistics yet: the plans must be good without them.
set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set work_mem = '64MB'; set jit = off

-- name: expect_few_rows
-- The cost of an incremental run follows the changes: every table is entered by key.
set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off;
set local enable_nestloop = on

-- name: expect_many_rows
-- The planner takes a test for refusals to leave few rows, and few rows to be joined best one by one.
set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on;
set local enable_nestloop = off

-- name: position
select pg_snapshot_xmin(pg_current_snapshot())::text::numeric,
       pg_snapshot_xmax(pg_current_snapshot())::text::numeric,
       statement_timestamp(),
       (select system_identifier::text from pg_control_system()),
       (select timeline_id from pg_control_checkpoint()),
       (select oid::bigint from pg_database where datname = current_database()),
       (select epoch::text from source_identity)

-- name: mark_of
select run_id from etl_mark where warehouse_id = %(warehouse_id)s

-- name: write_mark
insert into etl_mark (warehouse_id, run_id) values (%(warehouse_id)s, %(run_id)s)
on conflict (warehouse_id) do update set run_id = excluded.run_id, marked_at = clock_timestamp()

-- name: oldest_writer
select extract(epoch from clock_timestamp() - started)::float, who
from (
    select xact_start, 'a session of ' || usename || ' in database ' || datname || ' (process ' || pid || ')'
    from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
    union all
    select prepared, 'the prepared transaction ' || gid || ' in database ' || database from pg_prepared_xacts
) as open (started, who)
where started is not null
order by started limit 1

-- name: try_lock
select pg_try_advisory_lock(hashtext('awesome etl'), 0)

-- name: unlock
select pg_advisory_unlock(hashtext('awesome etl'), 0)

-- name: lock_holder
select a.pid, a.backend_start from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.classid = hashtext('awesome etl')::oid and l.objid = 0
  and l.database = (select oid from pg_database where datname = current_database())

-- name: still_locked
select exists (select from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()
               and classid = hashtext('awesome etl')::oid)

-- name: counts_changed
select 'segment', count(*) from segment where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'category', count(*) from category where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'subcategory', count(*) from subcategory where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'tbl_customers', count(*) from tbl_customers where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'tbl_products', count(*) from tbl_products where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'tbl_orders', count(*) from tbl_orders where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'order_product', count(*) from order_product where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'tbl_returns', count(*) from tbl_returns where tbl_last_xid >= %(watermark)s::text::xid8
union all select 'tombstone', count(*) from tombstone where tbl_last_xid >= %(watermark)s::text::xid8

-- name: counts_all
select 'segment', count(*) from segment
union all select 'category', count(*) from category
union all select 'subcategory', count(*) from subcategory
union all select 'tbl_customers', count(*) from tbl_customers
union all select 'tbl_products', count(*) from tbl_products
union all select 'tbl_orders', count(*) from tbl_orders
union all select 'order_product', count(*) from order_product
union all select 'tbl_returns', count(*) from tbl_returns

-- name: changed_customers
select customer_id::text from tbl_customers where tbl_last_xid >= %(watermark)s::text::xid8
union
select c.customer_id from tbl_customers c join segment s using (segment_id)
where s.tbl_last_xid >= %(watermark)s::text::xid8
union
select row_key ->> 'customer_id' from tombstone
where table_name = 'tbl_customers' and tbl_last_xid >= %(watermark)s::text::xid8
union
select c.customer_id from tbl_customers c
join tombstone t on t.table_name = 'segment' and (t.row_key ->> 'segment_id')::integer = c.segment_id
where t.tbl_last_xid >= %(watermark)s::text::xid8
union
select unnest(%(customers)s::text[])

-- name: changed_products
select product_id::text from tbl_products where tbl_last_xid >= %(watermark)s::text::xid8
union
select p.product_id from tbl_products p join subcategory s using (subcategory_id)
where s.tbl_last_xid >= %(watermark)s::text::xid8
union
select p.product_id from tbl_products p join category c using (category_id)
where c.tbl_last_xid >= %(watermark)s::text::xid8
union
select row_key ->> 'product_id' from tombstone
where table_name = 'tbl_products' and tbl_last_xid >= %(watermark)s::text::xid8
union
select p.product_id from tbl_products p
join tombstone t on t.table_name = 'subcategory' and (t.row_key ->> 'subcategory_id')::integer = p.subcategory_id
                 or t.table_name = 'category' and (t.row_key ->> 'category_id')::integer = p.category_id
where t.tbl_last_xid >= %(watermark)s::text::xid8
union
select unnest(%(products)s::text[])

-- name: changed_returns
select return_id::text from tbl_returns where tbl_last_xid >= %(watermark)s::text::xid8
union
select row_key ->> 'return_id' from tombstone
where table_name = 'tbl_returns' and tbl_last_xid >= %(watermark)s::text::xid8
union
select unnest(%(returns)s::text[])

-- name: changed_orders
select order_id::text from tbl_orders where tbl_last_xid >= %(watermark)s::text::xid8
union
select order_id from order_product where tbl_last_xid >= %(watermark)s::text::xid8
union
select order_id from tbl_returns where tbl_last_xid >= %(watermark)s::text::xid8
union
select row_key ->> 'order_id' from tombstone
where table_name in ('tbl_orders', 'order_product', 'tbl_returns')
  and tbl_last_xid >= %(watermark)s::text::xid8
union
select o.order_id from tbl_orders o
join tombstone t on t.table_name = 'tbl_customers' and t.row_key ->> 'customer_id' = o.customer_id
where t.tbl_last_xid >= %(watermark)s::text::xid8
union
select l.order_id from order_product l
join tombstone t on t.table_name = 'tbl_products' and t.row_key ->> 'product_id' = l.product_id
where t.tbl_last_xid >= %(watermark)s::text::xid8
union
select unnest(%(orders)s::text[])
union
select order_id from tbl_orders where customer_id = any (%(customers)s::text[])
union
select order_id from order_product where product_id = any (%(products)s::text[])
union
select order_id from tbl_returns where return_id = any (%(returns)s::text[])

-- name: dim_customer
select c.customer_id, c.customer_name, c.region, s.segment_name, c.market,
       c.customer_id as row_key, c.customer_id as scope,
       case
           when s.segment_name is null then 'its segment does not exist'
           when c.customer_id ~ '[\u0001-\u001f]|^$|\s$' or length(c.customer_id) > 64 then 'the id is no key'
           when c.customer_name || c.region || c.market || s.segment_name ~ '[\u0001-\u001f]'
               then 'a text holds control characters'
           when greatest(length(c.customer_name), length(c.region), length(c.market)) > 200
               then 'a text is longer than 200 characters'
       end as refusal
from tbl_customers c left join segment s using (segment_id)
where {scope}

-- name: dim_product
select p.product_id, p.product_name, c.category_name, s.subcategory_name,
       p.product_id as row_key, p.product_id as scope,
       case
           when c.category_name is null then 'its category does not exist'
           when s.subcategory_name is null then 'its sub-category does not exist'
           when p.product_id ~ '[\u0001-\u001f]|^$|\s$' or length(p.product_id) > 64 then 'the id is no key'
           when p.product_name ~ '[\u0001-\u001f]' then 'the name holds control characters'
           when length(p.product_name) > 200 then 'the name is longer than 200 characters'
       end as refusal
from tbl_products p left join category c using (category_id) left join subcategory s using (subcategory_id)
where {scope}

-- name: dim_return
select r.return_id, r.return_status, r.return_region, r.return_reason,
       r.return_id as row_key, r.return_id as scope,
       case
           when r.return_id ~ '[\u0001-\u001f]|^$|\s$' or length(r.return_id) > 64 then 'the id is no key'
           when r.return_reason || r.return_region ~ '[\u0001-\u001f]' then 'a text holds control characters'
       end as refusal
from tbl_returns r
where {scope}

-- name: fact_sales
select l.order_id, l.line_no, l.product_id, o.customer_id,
       coalesce(replace(l.ship_date::text, '-', ''), '0') as date_key,
       replace(coalesce(l.order_date, o.order_date)::text, '-', '') as order_date_key,
       l.quantity, l.sales, l.discount, l.discount_rate, l.profit, l.shipping_cost,
       o.order_priority, l.ship_mode, o.market, o.region,
       l.order_id || '/' || l.line_no as row_key, l.order_id as scope,
       case
           when o.order_id is null then 'its order does not exist'
           when greatest(length(l.order_id), length(l.product_id), length(o.customer_id)) > 64
               then 'an id is longer than 64 characters'
           when (l.quantity >= 1) is not true then 'the quantity is not 1 or more'
           when (coalesce(l.order_date, o.order_date) between date '1900-01-01' and date '2199-12-31') is not true
               then 'the order date is outside 1900 to 2199'
           when l.order_date < o.order_date then 'its own order date is before its order''s'
           when l.ship_date < coalesce(l.order_date, o.order_date) then 'it was shipped before it was ordered'
           when l.ship_date > date '2199-12-31' then 'the ship date is outside 1900 to 2199'
           when (l.sales >= 0 and l.sales < 1e13 and l.discount >= 0 and l.discount < 1e13
                 and l.discount_rate between 0 and 1 and l.profit > -1e13 and l.profit < 1e13
                 and l.shipping_cost >= 0 and l.shipping_cost < 1e13) is not true
               then 'an amount is missing, negative, too large or no number'
       end as refusal
from order_product l left join tbl_orders o using (order_id)
where {scope}
{ordered}

-- name: fact_return
-- Every claim stands here, so that one which fits no line is refused and not forgotten.
select r.return_id, r.order_id, t.line_no, o.customer_id, t.product_id,
       replace(coalesce(l.order_date, o.order_date)::text, '-', '') as date_key,
       replace(r.return_date::text, '-', '') as return_date_key,
       r.return_status, t.quantity,
       round(l.sales * t.quantity / l.quantity, 5) as returned_sales,
       r.return_id || '/' || coalesce(t.line_no, 0) as row_key, r.order_id as scope,
       case
           when greatest(length(r.return_id), length(r.order_id), length(t.product_id), length(o.customer_id)) > 64
               then 'an id is longer than 64 characters'
           when t.line_no is null then 'nothing of its order is left to return'
           when r.return_status <> 'Rejected' and t.fitting < r.quantity then 'more was returned than was bought'
           when (coalesce(l.order_date, o.order_date) between date '1900-01-01' and date '2199-12-31') is not true
               then 'the order date is outside 1900 to 2199'
           when r.return_date > date '2199-12-31' then 'the return date is outside 1900 to 2199'
           when r.return_date < o.order_date then 'it was returned before it was ordered'
           when (l.sales >= 0 and l.sales < 1e13 and l.quantity >= 1 and t.quantity >= 1) is not true
               then 'an amount is missing, negative, too large or no number'
       end as refusal
from (select * from tbl_returns t where {scope}) r
left join (
    select *, sum(t.quantity) over (partition by t.return_id) as fitting from return_line t where {scope}
) t on t.return_id = r.return_id
left join order_product l on l.order_id = t.order_id and l.line_no = t.line_no
left join tbl_orders o on o.order_id = r.order_id
where t.line_no is not null or r.return_status <> 'Rejected'
{ordered}

-- name: days
select min(day), max(day) from (
    select o.order_date from tbl_orders o
    union all
    select l.order_date from order_product l where l.order_date is not null
    union all
    select l.ship_date from order_product l
    union all
    select r.return_date from tbl_returns r
) as days (day)
where day between date '1900-01-01' and date '2199-12-31'

-- name: copy_staged
copy (select {columns} from ({rows}) f where refusal is null) to stdout

-- name: copy_members
copy (select row_number() over (order by {key}), {columns} from ({rows}) f where refusal is null) to stdout

-- name: numbering
{name} as materialized (
    select {key}, row_number() over (order by {key}) as member from ({rows}) m where refusal is null
)

-- name: copy_facts
copy (with {numberings} select {columns} from ({rows}) f {joins} where f.refusal is null) to stdout

-- name: refused
select row_key, scope, refusal, to_jsonb(f)::text from ({rows}) f where refusal is not null

-- name: wrote_since
select exists (select from segment where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from category where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from subcategory where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from tbl_customers where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from tbl_products where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from tbl_orders where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from order_product where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from tbl_returns where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))
    or exists (select from tombstone where tbl_last_xid >= %(watermark)s::text::xid8
               and not pg_visible_in_snapshot(tbl_last_xid, %(snapshot)s::pg_snapshot))

-- name: snapshot
select pg_current_snapshot()::text

-- name: orders_of_several_days
-- By the index of such lines; an order all of whose lines moved to one later day is among them.
select count(distinct order_id) from order_product where order_date is not null

-- name: count_order_product
select count(*) from order_product where order_id = any (%(orders)s::text[])

-- name: count_tbl_returns
select count(*) from tbl_returns where order_id = any (%(orders)s::text[])
