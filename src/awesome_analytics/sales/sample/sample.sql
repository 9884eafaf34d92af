-- name: alone
-- Nobody else writes these tables while the shop is loaded; readers go on.
lock table tbl_customers, tbl_products, tbl_orders in share row exclusive mode

-- name: what_stands
select 'orders', count(*) from tbl_orders
union all select 'customers', count(*) from tbl_customers
union all select 'products', count(*) from tbl_products

-- name: segments
select segment_id, segment_name from segment order by segment_id

-- name: subcategories
select subcategory_id, category_id, subcategory_name, category_name
from subcategory join category using (category_id)
order by subcategory_id

-- name: markets
select market from market order by position, market

-- name: regions
select region from region order by position, region

-- name: priorities
select order_priority from order_priority order by position, order_priority

-- name: ship_modes
select ship_mode from ship_mode order by position, ship_mode

-- name: reasons
select return_reason from return_reason order by position, return_reason

-- name: copy_customers
copy tbl_customers (customer_id, customer_name, customer_email, segment_id, market, region) from stdin

-- name: copy_products
copy tbl_products (product_id, product_name, category_id, subcategory_id) from stdin

-- name: copy_orders
copy tbl_orders (order_id, customer_id, order_date, order_priority, market, region) from stdin

-- name: copy_lines
copy order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                    shipping_cost, ship_mode, ship_date) from stdin

-- name: copy_returns
copy tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status, return_region,
                  return_date) from stdin

-- name: carry_on
-- A sequence never goes back: a number used before, and voided, is not given twice.
select setval('customer_number', greatest(1000 + %(customers)s, (select last_value from customer_number))),
       setval('product_number', greatest(500 + %(products)s, (select last_value from product_number))),
       setval('order_number', greatest(%(orders)s, (select last_value from order_number))),
       case when %(returns)s > 0 then
           setval('return_number', greatest(%(returns)s, (select last_value from return_number)))
       end

-- name: log
insert into entry_log (command, actor, payload, result)
values ('sample', %(actor)s, %(payload)s::jsonb, %(result)s::jsonb)
