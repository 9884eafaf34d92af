-- name: snapshot
set transaction isolation level repeatable read read only

-- name: order
select o.order_id, o.order_date, o.order_priority as priority, o.market, o.region,
       c.customer_id, c.customer_name, c.customer_email, s.segment_name as segment
from tbl_orders o
join tbl_customers c using (customer_id)
join segment s using (segment_id)
where o.order_id = %(order_id)s

-- name: find_orders
select o.order_id, o.order_date, c.customer_id, c.customer_name, c.customer_email,
       o.order_priority as priority, o.market, o.region,
       coalesce(l.lines, 0)::integer as lines, coalesce(l.sales, 0) as sales
from tbl_orders o
join tbl_customers c using (customer_id)
left join lateral (
    select count(*) as lines, sum(sales) as sales from order_product where order_id = o.order_id
) l on true
where (%(customer)s::text is null
       or c.customer_id = %(customer)s
       or position(lower(%(customer)s::text collate "default") in lower(c.customer_name collate "default")) > 0
       or position(lower(%(customer)s::text collate "default") in lower(c.customer_email collate "default")) > 0)
  and (%(since)s::date is null or o.order_date >= %(since)s)
  and (%(until)s::date is null or o.order_date <= %(until)s)
order by o.order_date desc, length(o.order_id) desc, o.order_id desc
limit %(limit)s

-- name: history
select recorded_at as at, actor, command as what, payload as detail
from entry_log where result ->> 'order_id' = %(order_id)s
union all
select written_at, coalesce(actor, database_user), 'row before ' || lower(operation) || ' of ' || table_name, old_row
from row_history where old_row ->> 'order_id' = %(order_id)s
order by 1
