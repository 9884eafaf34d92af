-- Every metric by hand, joined the plain way. A ratio gives its two halves.
-- The test fills in the split, the years and the few words in which the engines differ.

-- name: from_lines
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_customer c on c.customer_key = f.customer_key
join dim_date o on o.date_key = f.order_date_key

-- name: from_returned
from fact_return r
join fact_sales f on f.order_id = r.order_id and f.line_no = r.line_no
join dim_product p on p.product_key = f.product_key
join dim_customer c on c.customer_key = f.customer_key
join dim_date o on o.date_key = f.order_date_key

-- name: from_lines_and_returned
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_customer c on c.customer_key = f.customer_key
join dim_date o on o.date_key = f.order_date_key
left join (
    select order_id, line_no, sum(quantity) as units, sum(returned_sales) as sales
    from fact_return group by order_id, line_no
) b on b.order_id = f.order_id and b.line_no = f.line_no

-- name: sales
select {split} sum(f.sales)
{from_lines}
{where} {group}

-- name: profit
select {split} sum(f.profit)
{from_lines}
{where} {group}

-- name: margin
select {split} sum(f.profit), sum(f.sales)
{from_lines}
{where} {group}

-- name: discount
select {split} sum(f.discount)
{from_lines}
{where} {group}

-- name: discount_rate
select {split} sum(f.discount_rate), count(*)
{from_lines}
{where} {group}

-- name: line_discount_rates
select {split} sum(f.discount_rate)
{from_lines}
{where} {group}

-- name: shipping_cost
select {split} sum(f.shipping_cost)
{from_lines}
{where} {group}

-- name: units
select {split} sum(f.quantity)
{from_lines}
{where} {group}

-- name: lines
select {split} count(*)
{from_lines}
{where} {group}

-- name: orders
select {split} count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: customers
select {split} count(distinct c.customer_id)
{from_lines}
{where} {group}

-- name: products
select {split} count(distinct p.product_name)
{from_lines}
{where} {group}

-- name: categories
select {split} count(distinct p.category_name)
{from_lines}
{where} {group}

-- name: subcategories
select {split} count(distinct p.subcategory_name)
{from_lines}
{where} {group}

-- name: regions
select {split} count(distinct f.region)
{from_lines}
{where} {group}

-- name: markets
select {split} count(distinct f.market)
{from_lines}
{where} {group}

-- name: segments
select {split} count(distinct c.segment_name)
{from_lines}
{where} {group}

-- name: ship_modes
select {split} count(distinct f.ship_mode)
{from_lines}
{where} {group}

-- name: order_days
select {split} count(distinct o.date)
{from_lines}
{where} {group}

-- name: order_months
select {split} count(distinct o.year * 100 + o.month)
{from_lines}
{where} {group}

-- name: order_years
select {split} count(distinct o.year)
{from_lines}
{where} {group}

-- name: sales_per_day
select {split} sum(f.sales), count(distinct o.date)
{from_lines}
{where} {group}

-- name: orders_per_day
select {split} count(distinct f.order_id), count(distinct o.date)
{from_lines}
{where} {group}

-- name: profit_per_day
select {split} sum(f.profit), count(distinct o.date)
{from_lines}
{where} {group}

-- name: units_per_day
select {split} sum(f.quantity), count(distinct o.date)
{from_lines}
{where} {group}

-- name: sales_per_month
select {split} sum(f.sales), count(distinct o.year * 100 + o.month)
{from_lines}
{where} {group}

-- name: orders_per_month
select {split} count(distinct f.order_id), count(distinct o.year * 100 + o.month)
{from_lines}
{where} {group}

-- name: profit_per_month
select {split} sum(f.profit), count(distinct o.year * 100 + o.month)
{from_lines}
{where} {group}

-- name: units_per_month
select {split} sum(f.quantity), count(distinct o.year * 100 + o.month)
{from_lines}
{where} {group}

-- name: average_order_value
select {split} sum(f.sales), count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: units_per_order
select {split} sum(f.quantity), count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: lines_per_order
select {split} count(*), count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: units_per_line
select {split} sum(f.quantity), count(*)
{from_lines}
{where} {group}

-- name: sales_per_line
select {split} sum(f.sales), count(*)
{from_lines}
{where} {group}

-- name: sales_per_unit
select {split} sum(f.sales), sum(f.quantity)
{from_lines}
{where} {group}

-- name: spend_per_customer
select {split} sum(f.sales), count(distinct c.customer_id)
{from_lines}
{where} {group}

-- name: orders_per_customer
select {split} count(distinct f.order_id), count(distinct c.customer_id)
{from_lines}
{where} {group}

-- name: profit_per_unit
select {split} sum(f.profit), sum(f.quantity)
{from_lines}
{where} {group}

-- name: profit_per_order
select {split} sum(f.profit), count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: profit_per_line
select {split} sum(f.profit), count(*)
{from_lines}
{where} {group}

-- name: units_per_customer
select {split} sum(f.quantity), count(distinct c.customer_id)
{from_lines}
{where} {group}

-- name: profit_per_customer
select {split} sum(f.profit), count(distinct c.customer_id)
{from_lines}
{where} {group}

-- name: shipping_per_order
select {split} sum(f.shipping_cost), count(distinct f.order_id)
{from_lines}
{where} {group}

-- name: shipping_per_line
select {split} sum(f.shipping_cost), count(*)
{from_lines}
{where} {group}

-- name: shipping_per_unit
select {split} sum(f.shipping_cost), sum(f.quantity)
{from_lines}
{where} {group}

-- name: shipping_share
select {split} sum(f.shipping_cost), sum(f.sales)
{from_lines}
{where} {group}

-- name: discount_share
select {split} sum(f.discount), sum(f.sales)
{from_lines}
{where} {group}

-- name: days_to_ship
select {split} sum({days}), count(s.date)
{from_lines}
left join dim_date s on s.date_key = f.date_key and f.date_key > 0
{where} {group}

-- name: ship_days
select {split} sum({days})
{from_lines}
left join dim_date s on s.date_key = f.date_key and f.date_key > 0
{where} {group}

-- name: shipped_lines
select {split} count(s.date)
{from_lines}
left join dim_date s on s.date_key = f.date_key and f.date_key > 0
{where} {group}

-- name: returns
select {split} count(distinct r.return_id)
{from_returned}
{where} {group}

-- name: returned_orders
select {split} count(distinct r.order_id)
{from_returned}
{where} {group}

-- name: returned_lines
select {split} count(*)
{from_returned}
{where} {group}

-- name: returned_units
select {split} sum(r.quantity)
{from_returned}
{where} {group}

-- name: returned_sales
select {split} sum(r.returned_sales)
{from_returned}
{where} {group}

-- name: net_sales
select {split} sum(f.sales - coalesce(b.sales, 0))
{from_lines_and_returned}
{where} {group}

-- name: return_rate
select {split} count(distinct case when b.units > 0 then f.order_id end), count(distinct f.order_id)
{from_lines_and_returned}
{where} {group}

-- name: unit_return_rate
select {split} sum(coalesce(b.units, 0)), sum(f.quantity)
{from_lines_and_returned}
{where} {group}

-- name: sales_return_rate
select {split} sum(coalesce(b.sales, 0)), sum(f.sales)
{from_lines_and_returned}
{where} {group}

-- name: new_customers
select {split} count(distinct case when o.date = first.date then f.customer_key end)
{from_lines}
join (
    select f.customer_key, min(d.date) as date
    from fact_sales f join dim_date d on d.date_key = f.order_date_key group by f.customer_key
) first on first.customer_key = f.customer_key
{where} {group}

-- name: returning_customers
select {split} count(distinct case when first.date < {begin} then f.customer_key end)
{from_lines}
join (
    select f.customer_key, min(d.date) as date
    from fact_sales f join dim_date d on d.date_key = f.order_date_key group by f.customer_key
) first on first.customer_key = f.customer_key
{where} {group}

-- name: repeat_customers
select {outer} sum(case when orders > 1 then 1 else 0 end)
from (
    select {split} f.customer_key, count(distinct f.order_id) as orders
    {from_lines}
    {where} group by {by} f.customer_key
) each_customer {outer_group}

-- name: one_time_customers
select {outer} sum(case when orders = 1 then 1 else 0 end)
from (
    select {split} f.customer_key, count(distinct f.order_id) as orders
    {from_lines}
    {where} group by {by} f.customer_key
) each_customer {outer_group}

-- name: repeat_rate
select {outer} sum(case when orders > 1 then 1 else 0 end), count(*)
from (
    select {split} f.customer_key, count(distinct f.order_id) as orders
    {from_lines}
    {where} group by {by} f.customer_key
) each_customer {outer_group}

-- name: lapsed_customers
select {outer} sum(case when lines_in = 0 then 1 else 0 end)
from (
    select {split} f.customer_key, min(o.date) as first_date, max(o.date) as last_date,
           sum(case when o.date >= {begin} and o.date <= {end} then 1 else 0 end) as lines_in
    {from_lines}
    where o.date <= {end} group by {by} f.customer_key
) each_customer {outer_group}

-- name: customers_so_far
select {outer} count(*)
from (
    select {split} f.customer_key, min(o.date) as first_date, max(o.date) as last_date,
           sum(case when o.date >= {begin} and o.date <= {end} then 1 else 0 end) as lines_in
    {from_lines}
    where o.date <= {end} group by {by} f.customer_key
) each_customer {outer_group}
