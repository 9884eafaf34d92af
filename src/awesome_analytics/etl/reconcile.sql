-- name: source_customers
select c.customer_id, c.customer_name, c.region, s.segment_name, c.market
from tbl_customers c join segment s using (segment_id) order by c.customer_id

-- name: warehouse_customers
select customer_id, customer_name, region, segment_name, market
from dim_customer where customer_key > 0 order by customer_id

-- name: source_products
select p.product_id, p.product_name, c.category_name, s.subcategory_name
from tbl_products p join category c using (category_id) join subcategory s using (subcategory_id)
order by p.product_id

-- name: warehouse_products
select product_id, product_name, category_name, subcategory_name
from dim_product where product_key > 0 order by product_id

-- name: source_returns
select return_id, return_status, return_region, return_reason from tbl_returns order by return_id

-- name: warehouse_returns
select return_id, return_status, return_region, return_reason
from dim_return where return_key > 0 order by return_id

-- name: source_sales
select l.order_id, l.line_no, o.customer_id, l.product_id, coalesce(l.order_date, o.order_date), l.ship_date,
       l.quantity, l.sales, l.discount, l.discount_rate, l.profit, l.shipping_cost, o.order_priority, l.ship_mode,
       o.market, o.region
from order_product l left join tbl_orders o on o.order_id = l.order_id
order by l.order_id, l.line_no

-- name: warehouse_sales
select f.order_id, f.line_no, c.customer_id, p.product_id, o.date, s.date, f.quantity, f.sales,
       f.discount, f.discount_rate, f.profit, f.shipping_cost, f.order_priority, f.ship_mode, f.market, f.region
from fact_sales f
left join dim_customer c on c.customer_key = f.customer_key
left join dim_product p on p.product_key = f.product_key
left join dim_date o on o.date_key = f.order_date_key
left join dim_date s on s.date_key = f.date_key
order by f.order_id, f.line_no

-- name: source_returned
select t.return_id, t.line_no, t.order_id, o.customer_id, t.product_id, coalesce(l.order_date, o.order_date),
       r.return_date, r.return_status, t.quantity, round(l.sales * t.quantity / l.quantity, 5)
from return_line t
join tbl_returns r on r.return_id = t.return_id
join tbl_orders o on o.order_id = t.order_id
join order_product l on l.order_id = t.order_id and l.line_no = t.line_no
order by t.return_id, t.line_no

-- name: warehouse_returned
select f.return_id, f.line_no, f.order_id, c.customer_id, p.product_id, o.date, r.date,
       f.return_status, f.quantity, f.returned_sales
from fact_return f
left join dim_customer c on c.customer_key = f.customer_key
left join dim_product p on p.product_key = f.product_key
left join dim_date o on o.date_key = f.date_key
left join dim_date r on r.date_key = f.return_date_key
left join dim_return d on d.return_key = f.return_key and d.return_id = f.return_id
order by f.return_id, f.line_no
