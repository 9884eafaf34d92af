-- name: customers
select customer_id, customer_name, customer_email, segment_name as segment, market, region
from tbl_customers join segment using (segment_id)
where to_tsvector('simple', customer_id || ' ' || customer_name || ' ' || coalesce(customer_email, ''))
      @@ to_tsquery('simple', %(words)s)
order by lower(customer_name collate "default") <> lower(%(typed)s::text collate "default"),
         customer_name, length(customer_id), customer_id
limit %(limit)s

-- name: products
select product_id, product_name, category_name as category, subcategory_name as subcategory
from tbl_products join subcategory using (subcategory_id)
join category on category.category_id = subcategory.category_id
where to_tsvector('simple', product_id || ' ' || product_name) @@ to_tsquery('simple', %(words)s)
order by lower(product_name collate "default") <> lower(%(typed)s::text collate "default"),
         product_name, length(product_id), product_id
limit %(limit)s
