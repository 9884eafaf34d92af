-- name: source_sales
select l.order_id::text, count(*), sum(l.quantity)::bigint, sum(l.sales), sum(l.discount), sum(l.profit),
       sum(l.shipping_cost)
from order_product l
where l.order_id = any (%(orders)s::text[]) and l.order_id || '/' || l.line_no <> all (%(refused)s::text[])
group by l.order_id

-- name: source_returns
select r.order_id::text, count(*), sum(came.units)::bigint
from tbl_returns r
cross join lateral (
    select coalesce(sum(l.quantity), 0) as units from order_product l
    where l.order_id = r.order_id and (r.product_id is null or l.product_id = r.product_id)
) bought
cross join lateral (
    select coalesce(sum(o.quantity), 0) as units from tbl_returns o
    where o.order_id = r.order_id and o.product_id is not null and o.return_status <> 'Rejected'
) taken
cross join lateral (
    -- A rejected return may ask for more than the line still has: lines change, and its claim holds nobody back.
    select case
               when r.return_status = 'Rejected' then least(r.quantity, bought.units)
               when r.product_id is null then bought.units - taken.units
               else r.quantity
           end
) came (units)
where r.order_id = any (%(orders)s::text[]) and r.order_id <> all (%(refused)s::text[]) and came.units <> 0
group by r.order_id

-- name: warehouse_sales
select f.order_id, count(*), sum(f.quantity), sum(f.sales), sum(f.discount), sum(f.profit),
       sum(f.shipping_cost)
from scope_order_id s join fact_sales f on f.order_id = s.order_id
group by f.order_id

-- name: warehouse_returns
select f.order_id, count(distinct f.return_id), sum(f.quantity)
from scope_order_id s join fact_return f on f.order_id = s.order_id
group by f.order_id

-- name: source_totals
select count(*), coalesce(sum(l.quantity), 0)::bigint, coalesce(sum(l.sales), 0), coalesce(sum(l.discount), 0),
       coalesce(sum(l.profit), 0), coalesce(sum(l.shipping_cost), 0)
from order_product l
where l.order_id || '/' || l.line_no <> all (%(refused)s::text[])

-- name: source_totals_whole
select count(*), coalesce(sum(l.quantity), 0)::bigint, coalesce(sum(l.sales), 0), coalesce(sum(l.discount), 0),
       coalesce(sum(l.profit), 0), coalesce(sum(l.shipping_cost), 0)
from order_product l

-- name: source_return_totals
select count(*), coalesce(sum(came.units), 0)::bigint
from tbl_returns r
cross join lateral (
    select coalesce(sum(l.quantity), 0) as units from order_product l
    where l.order_id = r.order_id and (r.product_id is null or l.product_id = r.product_id)
) bought
cross join lateral (
    select coalesce(sum(o.quantity), 0) as units from tbl_returns o
    where o.order_id = r.order_id and o.product_id is not null and o.return_status <> 'Rejected'
) taken
cross join lateral (
    -- A rejected return may ask for more than the line still has: lines change, and its claim holds nobody back.
    select case
               when r.return_status = 'Rejected' then least(r.quantity, bought.units)
               when r.product_id is null then bought.units - taken.units
               else r.quantity
           end
) came (units)
where r.order_id <> all (%(refused)s::text[]) and came.units <> 0

-- name: shadow_return_totals
select count(distinct return_id), coalesce(sum(quantity), 0) from fact_return__new

-- name: shadow_return_totals_without
select count(distinct return_id), coalesce(sum(quantity), 0) from fact_return__new where order_id not in ({places})

-- name: shadow_totals
select count(*), coalesce(sum(quantity), 0), coalesce(sum(sales), 0), coalesce(sum(discount), 0),
       coalesce(sum(profit), 0), coalesce(sum(shipping_cost), 0)
from fact_sales__new

-- name: count_old
select count(*) from fact_sales

-- name: count_equal
select count(*), coalesce(sum(case when {same} then 1 else 0 end), 0)
from fact_sales o
join fact_sales__new n on n.order_id = o.order_id and n.line_no = o.line_no
left join dim_customer oc on oc.customer_key = o.customer_key
left join dim_customer__new nc on nc.customer_key = n.customer_key
