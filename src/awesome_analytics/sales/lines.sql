-- name: lines
select l.line_no, l.product_id, p.product_name, c.category_name as category, s.subcategory_name as subcategory,
       l.quantity, l.sales, l.discount_rate, l.discount, l.profit, l.shipping_cost, l.ship_mode, l.ship_date,
       l.order_date
from order_product l
join tbl_products p using (product_id)
join subcategory s using (subcategory_id)
join category c on c.category_id = s.category_id
where l.order_id = %(order_id)s
order by l.line_no

-- name: product_by_id
select product_id, product_name, category_name as category, subcategory_name as subcategory
from tbl_products join subcategory using (subcategory_id)
join category on category.category_id = subcategory.category_id
where product_id = %(product_id)s

-- name: products_by_name
select product_id, product_name, category_name as category, subcategory_name as subcategory
from tbl_products join subcategory using (subcategory_id)
join category on category.category_id = subcategory.category_id
where lower(product_name collate "default") = lower(%(product_name)s::text collate "default")
order by length(product_id), product_id limit 21

-- name: lock_new_products
-- New products and sub-categories are made one after the other: two clerks with the same one make it once.
select pg_advisory_xact_lock(hashtextextended('awesome: a new product', 0))

-- name: subcategories
select subcategory_name from subcategory join category using (category_id)
where category_name = %(category)s order by subcategory_name

-- name: insert_subcategory
insert into subcategory (category_id, subcategory_name)
select category_id, %(subcategory)s from category where category_name = %(category)s

-- name: free_product_id
with recursive tried (n) as (
    select nextval('product_number')::text
    union all
    select nextval('product_number')::text from tried
    where exists (select from tbl_products where product_id = 'PROD-' || lpad(n, greatest(3, length(n)), '0'))
)
select 'PROD-' || lpad(n, greatest(3, length(n)), '0') from tried order by length(n) desc, n desc limit 1

-- name: insert_product
insert into tbl_products (product_id, product_name, category_id, subcategory_id)
select %(product_id)s, %(product_name)s, category_id, subcategory_id
from category join subcategory using (category_id)
where category_name = %(category)s::text and subcategory_name = %(subcategory)s::text

-- name: insert_line
insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                           shipping_cost, ship_mode, ship_date)
select %(order_id)s::text, coalesce(max(line_no), 0) + 1, %(product_id)s, %(quantity)s, %(sales)s, %(discount)s,
       %(discount_rate)s, %(profit)s, %(shipping_cost)s, %(ship_mode)s, %(ship_date)s
from order_product where order_id = %(order_id)s::text
returning line_no

-- name: update_line
update order_product
set quantity = %(quantity)s, sales = %(sales)s, discount = %(discount)s, discount_rate = %(discount_rate)s,
    profit = %(profit)s, shipping_cost = %(shipping_cost)s, ship_mode = %(ship_mode)s, ship_date = %(ship_date)s
where order_id = %(order_id)s and line_no = %(line_no)s

-- name: delete_line
delete from order_product where order_id = %(order_id)s and line_no = %(line_no)s
