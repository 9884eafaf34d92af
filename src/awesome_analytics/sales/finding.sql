-- name: customers
-- A word that begins half of all names is not sorted to the end: some hundred that fit are enough to show six
-- of, beside those who are called exactly so.
with fitting as (
    (select customer_id from tbl_customers
     where lower(customer_name collate "default") = lower(%(typed)s::text collate "default") limit 20)
    union
    (select customer_id from tbl_customers
     where to_tsvector('simple', customer_id || ' ' || customer_name || ' ' || coalesce(customer_email, ''))
           @@ (to_tsquery('simple', %(words)s) && %(emails)s::tsquery) limit 300)
)
select customer_id, customer_name, customer_email, segment_name as segment, market, region
from fitting join tbl_customers using (customer_id) join segment using (segment_id)
order by lower(customer_name collate "default") <> lower(%(typed)s::text collate "default"),
         customer_name, length(customer_id), customer_id
limit %(limit)s

-- name: products
with fitting as (
    (select product_id from tbl_products
     where lower(product_name collate "default") = lower(%(typed)s::text collate "default") limit 20)
    union
    (select product_id from tbl_products
     where to_tsvector('simple', product_id || ' ' || product_name)
           @@ (to_tsquery('simple', %(words)s) && %(emails)s::tsquery) limit 300)
)
select product_id, product_name, category_name as category, subcategory_name as subcategory
from fitting join tbl_products using (product_id) join subcategory using (subcategory_id)
join category on category.category_id = subcategory.category_id
order by lower(product_name collate "default") <> lower(%(typed)s::text collate "default"),
         product_name, length(product_id), product_id
limit %(limit)s
