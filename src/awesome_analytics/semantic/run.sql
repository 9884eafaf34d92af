-- name: standing
-- A migration leaves new summaries empty until the next run builds them.
select (select max(as_of) from etl_log where status = 'SUCCESS') as as_of,
       exists (select 1 from agg_day) or not exists (select 1 from fact_sales) as summarised,
       (select orders_of_several_days from agg_control) as orders_of_several_days
