-- name: record_order
-- One statement for a customer found by e-mail and choices as the books spell them: the look-up, the order, the
-- customer's last known place and the log of the entry in one round trip and one commit. It does nothing
-- where a part is missing or the key was used before.
with standing as (
    select c.customer_id, c.customer_name, c.customer_email, s.segment_name, p.order_priority, m.market, r.region,
           (c.market, c.region) is distinct from (m.market, r.region) as moves
    from tbl_customers c
    join segment s using (segment_id)
    join order_priority p on p.order_priority = %(priority)s
    join market m on m.market = %(market)s
    join region r on r.region = %(region)s
    where c.customer_email = %(customer_email)s
      and coalesce(s.segment_name = %(segment)s, true)
      and not exists (select from entry_log where idempotency_key = %(idempotency_key)s)
), numbered as (
    select nextval('order_number')::text as n from standing
), ordered as (
    insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
    select 'ORD-' || lpad(n, greatest(3, length(n)), '0'), customer_id, %(order_date)s,
           order_priority, market, region
    from standing, numbered
    returning order_id, order_date
), moved as (
    update tbl_customers c set market = s.market, region = s.region
    from standing s
    where s.moves and c.customer_id = s.customer_id
      and set_config('awesome.actor', %(actor)s, true) is not null  -- for the trigger that keeps the old row
)
insert into entry_log (idempotency_key, command, actor, payload, result)
select %(idempotency_key)s, 'RecordOrder', %(actor)s, %(payload)s, jsonb_build_object(
           'order_id', order_id, 'customer_id', customer_id, 'customer_name', customer_name,
           'customer_email', customer_email, 'segment', segment_name, 'new_customer', false,
           'order_date', order_date, 'priority', order_priority, 'market', market, 'region', region)
from standing, ordered
returning result::text

-- name: customers_by_id
select customer_id, customer_name, customer_email, segment_name as segment, market, region
from tbl_customers join segment using (segment_id)
where customer_id = %(customer_id)s

-- name: customers_by_email
select customer_id, customer_name, customer_email, segment_name as segment, market, region
from tbl_customers join segment using (segment_id)
where customer_email = %(customer_email)s

-- name: customers_by_name
select customer_id, customer_name, customer_email, segment_name as segment, market, region
from tbl_customers join segment using (segment_id)
where lower(customer_name collate "default") = lower(%(customer_name)s::text collate "default")
order by length(customer_id), customer_id limit 21

-- name: free_customer_id
-- Numbers that an import has taken are stepped over.
with recursive tried (id) as (
    select nextval('customer_number')::text
    union all
    select nextval('customer_number')::text from tried
    where exists (select from tbl_customers where customer_id = id)
)
select id from tried order by length(id) desc, id desc limit 1

-- name: free_order_id
with recursive tried (n) as (
    select nextval('order_number')::text
    union all
    select nextval('order_number')::text from tried
    where exists (select from tbl_orders where order_id = 'ORD-' || lpad(n, greatest(3, length(n)), '0'))
)
select 'ORD-' || lpad(n, greatest(3, length(n)), '0') from tried order by length(n) desc, n desc limit 1

-- name: insert_customer
insert into tbl_customers (customer_id, customer_name, customer_email, segment_id, market, region)
select %(customer_id)s, %(customer_name)s, %(customer_email)s, segment_id, %(market)s, %(region)s
from segment where segment_name = %(segment)s
on conflict (customer_email) do nothing
returning customer_id, customer_name, customer_email, %(segment)s::text as segment, market, region

-- name: move_customer
update tbl_customers set market = %(market)s, region = %(region)s where customer_id = %(customer_id)s

-- name: insert_order
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
values (%(order_id)s, %(customer_id)s, %(order_date)s, %(priority)s, %(market)s, %(region)s)

-- name: lock_order
-- Held by whoever writes an order's lines or returns, so that each sees what the one before left.
select order_id, customer_id, order_date, order_priority as priority, market, region
from tbl_orders where order_id = %(order_id)s for no key update

-- name: hold_order
select order_id, customer_id, order_date, order_priority as priority, market, region
from tbl_orders where order_id = %(order_id)s for update

-- name: update_order
update tbl_orders
set customer_id = %(customer_id)s, order_date = %(order_date)s, order_priority = %(priority)s,
    market = %(market)s, region = %(region)s
where order_id = %(order_id)s

-- name: delete_lines
delete from order_product where order_id = %(order_id)s

-- name: delete_order
delete from tbl_orders where order_id = %(order_id)s
