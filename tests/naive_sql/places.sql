-- name: share_of_the_top_customers
select sum(case when f.customer_key in (
    select customer_key from (
        select g.customer_key, sum(g.sales) as spent from fact_sales g
        join dim_date y on y.date_key = g.order_date_key where y.year = 2014
        group by g.customer_key order by spent desc limit 10) best)
    then f.sales else 0 end), sum(f.sales)
from fact_sales f join dim_date o on o.date_key = f.order_date_key where o.year = 2014

-- name: sales_beyond_the_top_products
select sum(f.sales) from fact_sales f join dim_product p on p.product_key = f.product_key
where p.product_name not in (
    select product_name from (
        select q.product_name, sum(g.sales) as sold from fact_sales g
        join dim_product q on q.product_key = g.product_key
        group by q.product_name order by sold desc limit 100) best)

-- name: profit_of_the_two_worst_regions
select sum(f.profit) from fact_sales f where f.region in (
    select region from (
        select g.region, sum(g.profit) as made from fact_sales g group by g.region order by made limit 2) worst)

-- name: third_region
select region, sold from (
    select f.region, sum(f.sales) as sold, row_number() over (order by sum(f.sales) desc) as place
    from fact_sales f group by f.region) ranked
where place = 3

-- name: second_product_of_each_category
select category_name, product_name from (
    select p.category_name, p.product_name,
        row_number() over (partition by p.category_name order by sum(f.sales) desc) as place
    from fact_sales f join dim_product p on p.product_key = f.product_key
    group by p.category_name, p.product_name) ranked
where place = 2 order by category_name
