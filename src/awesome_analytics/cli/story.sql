-- name: by_category
select p.category_name, sum(f.sales), sum(f.profit)
from fact_sales f join dim_product p on p.product_key = f.product_key
group by p.category_name order by 2 desc

-- name: by_month
select d.year, d.month, sum(f.sales)
from fact_sales f join dim_date d on d.date_key = f.order_date_key
group by d.year, d.month order by d.year desc, d.month desc limit 24

-- name: by_weekday
select d.day_of_week, count(distinct f.order_id), min(extract(isodow from d.date))
from fact_sales f join dim_date d on d.date_key = f.order_date_key
group by d.day_of_week order by 3

-- name: returned
select d.return_reason, count(distinct f.return_id), sum(f.returned_sales)
from fact_return f join dim_return d on d.return_key = f.return_key
group by d.return_reason order by 2 desc
