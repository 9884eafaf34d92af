-- The same questions by hand. `naive_` joins first and groups then, as one writes it down; `best_` is the
-- fastest we know for the engine; where the engines want it otherwise there is a block for each.

-- name: last_day
select max(order_date_key) from fact_sales

-- name: naive_total_sales
select sum(f.sales) from fact_sales f join dim_date d on d.date_key = f.order_date_key {days}

-- name: naive_yesterday
select sum(case when d.date_key = %(yesterday)s then f.sales else 0 end)
     - sum(case when d.date_key < %(yesterday)s then f.sales else 0 end)
from fact_sales f join dim_date d on d.date_key = f.order_date_key
where d.date_key in (%(yesterday)s, %(before)s)

-- name: naive_return_rate
select count(distinct r.order_id) * 1.0 / count(distinct f.order_id)
from fact_sales f
join dim_date d on d.date_key = f.order_date_key
left join fact_return r on r.order_id = f.order_id and r.line_no = f.line_no {days}

-- name: naive_top_product
select p.product_name, sum(f.sales)
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_date d on d.date_key = f.order_date_key {days}
group by p.product_name order by 2 desc, 1 limit 1

-- name: naive_regions
select f.region, sum(f.sales)
from fact_sales f join dim_date d on d.date_key = f.order_date_key {days}
group by f.region

-- name: naive_by_day
select d.date, sum(f.sales)
from fact_sales f join dim_date d on d.date_key = f.order_date_key {days}
group by d.date

-- name: naive_by_category
select p.category_name, sum(f.sales)
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_date d on d.date_key = f.order_date_key {days}
group by p.category_name

-- name: naive_by_segment
select c.segment_name, sum(f.sales)
from fact_sales f
join dim_customer c on c.customer_key = f.customer_key
join dim_date d on d.date_key = f.order_date_key {days}
group by c.segment_name

-- name: naive_best_customers
select c.customer_key, c.customer_name, sum(f.sales)
from fact_sales f join dim_customer c on c.customer_key = f.customer_key
group by c.customer_key, c.customer_name order by 3 desc, 2, 1 limit 10

-- name: best_best_customers
select c.customer_key, c.customer_name, a.sales
from (
    select customer_key, sum(sales) as sales from fact_sales
    group by customer_key order by 2 desc limit 10
) a join dim_customer c on c.customer_key = a.customer_key

-- name: naive_profit_by_ship_mode
select f.ship_mode, f.order_priority, sum(f.profit)
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_customer c on c.customer_key = f.customer_key
group by f.ship_mode, f.order_priority

-- name: best_profit_by_ship_mode
select ship_mode, order_priority, sum(profit) from fact_sales group by ship_mode, order_priority

-- name: naive_segment_and_category
select c.segment_name, p.category_name, sum(f.sales)
from fact_sales f
join dim_product p on p.product_key = f.product_key
join dim_customer c on c.customer_key = f.customer_key
group by c.segment_name, p.category_name

-- name: best_segment_and_category
select a.segment_name, p.category_name, sum(a.sales)
from (
    select c.segment_name, f.product_key, sum(f.sales) as sales
    from fact_sales f join dim_customer c on c.customer_key = f.customer_key
    group by c.segment_name, f.product_key
) a join dim_product p on p.product_key = a.product_key
group by a.segment_name, p.category_name

-- name: naive_units_shipped
select d.year, f.ship_mode, sum(f.quantity)
from fact_sales f join dim_date d on d.date_key = f.date_key
where f.date_key > 0
group by d.year, f.ship_mode

-- name: best_units_shipped_postgresql
select date_key / 10000, ship_mode, sum(quantity)
from (
    select date_key, ship_mode, sum(quantity) as quantity from fact_sales
    where date_key > 0 group by date_key, ship_mode
) a group by date_key / 10000, ship_mode

-- name: best_units_shipped_mysql
select date_key div 10000, ship_mode, sum(quantity)
from (
    select date_key, ship_mode, sum(quantity) as quantity from fact_sales
    where date_key > 0 group by date_key, ship_mode
) a group by date_key div 10000, ship_mode

-- name: naive_customers_by_month
select d.year, d.month, count(distinct c.customer_id)
from fact_sales f
join dim_customer c on c.customer_key = f.customer_key
join dim_date d on d.date_key = f.order_date_key
group by d.year, d.month

-- name: best_customers_by_month_postgresql
select month, count(*)
from (select distinct order_date_key / 100 as month, customer_key from fact_sales) a group by month

-- name: best_customers_by_month_mysql
select order_date_key div 100, count(distinct customer_key) from fact_sales group by order_date_key div 100

-- name: naive_deep_discounts
select f.region, p.subcategory_name, sum(f.sales)
from fact_sales f join dim_product p on p.product_key = f.product_key
where f.discount_rate >= 0.2
group by f.region, p.subcategory_name

-- name: best_deep_discounts
select a.region, p.subcategory_name, sum(a.sales)
from (
    select region, product_key, sum(sales) as sales from fact_sales
    where discount_rate >= 0.2 group by region, product_key
) a join dim_product p on p.product_key = a.product_key
group by a.region, p.subcategory_name

-- name: peer_sales
select order_id, line_no, customer_key, product_key, date_key, order_date_key, quantity, sales,
       discount_rate, profit, order_priority, ship_mode, region
from fact_sales

-- name: peer_returns
select order_id, order_date.date_key as order_date_key
from fact_return r join dim_date order_date on order_date.date_key = r.date_key

-- name: peer_products
select product_key, product_name, category_name, subcategory_name from dim_product

-- name: peer_customers
select customer_key, customer_name, segment_name from dim_customer
