-- Which order of the books is meant by an Order ID and a customer of the file, and on which day it and its lines
-- stand. An order's date is the earliest of its lines'; a later line has a day of its own.

-- name: stage_orders
create temporary table stage_order on commit drop as
select source_order_id, customer_id, first_seen, picked[1]::date as order_date, picked[2] as order_priority,
       picked[3] as market, picked[4] as region, varied, days, null::text collate "C" as order_id, false as is_new
from (
    -- The fields of the earliest line, ties by content: the same whatever the order of the file.
    select source_order_id, customer_id, min(array[ordinal, line]) as first_seen,
           min(array[order_date::text collate "C", order_priority, market, region]) as picked,
           min(array[order_priority, market, region]) <> max(array[order_priority, market, region]) as varied,
           array_agg(distinct order_date) as days
    from stage_line where problem is null
    group by source_order_id, customer_id
) s

-- name: find_orders_imported
update stage_order s set order_id = i.order_id
from import_order i
where i.source_order_id = s.source_order_id and i.source_customer_id = s.customer_id

-- name: find_orders_entered
update stage_order s set order_id = b.order_id
from tbl_orders b
where s.order_id is null and b.order_id = s.source_order_id and b.customer_id = s.customer_id
  and not exists (select from import_order i where i.order_id = b.order_id)

-- ---------------------------------------------------------------- ids

-- name: wish_orders
insert into stage_wish (source, thing, first_seen)
select source_order_id, array[source_order_id, customer_id], first_seen from stage_order where order_id is null

-- name: taken_orders
insert into stage_taken (id, in_books)
select distinct b.order_id::text, true
from (select distinct source from stage_wish) w
join tbl_orders b on b.order_id >= w.source and b.order_id < w.source || '.'
union all
select distinct source_order_id, false from stage_order

-- name: name_orders
update stage_order s set order_id = w.given_id, is_new = true
from stage_wish w
where s.order_id is null and w.thing = array[s.source_order_id, s.customer_id]

-- name: remember_orders
insert into import_order (source_order_id, source_customer_id, order_id)
select source_order_id, customer_id, order_id from stage_order
on conflict (source_order_id, source_customer_id) do nothing

-- name: order_splits
select source_order_id, order_id, customer_id from stage_order
where order_id <> source_order_id order by source_order_id, length(order_id), order_id

-- name: orders_of_several_days
select order_id, array_to_string(days, ', ') from stage_order where cardinality(days) > 1 order by order_id

-- ---------------------------------------------------------------- days

-- The day of each line of a known order, before and after: the file's where it has the line, else as it was.
-- name: stage_dated_lines
create temporary table stage_dated on commit drop as
select f.line, f.order_id, b.line_no, f.order_date as day, b.order_date as day_before, l.order_date as own_before
from stage_file f
left join stage_pair p using (line)
left join stage_book b on b.order_id = p.order_id and b.line_no = p.line_no
left join order_product l on l.order_id = p.order_id and l.line_no = p.line_no
where not f.is_new
union all
select null, b.order_id, b.line_no, b.order_date, b.order_date, l.order_date
from stage_book b
join order_product l on l.order_id = b.order_id and l.line_no = b.line_no
where not exists (select from stage_pair p where p.order_id = b.order_id and p.line_no = b.line_no)

-- `file_date` is the order's date with the file's lines taken, `stands` the one that it keeps or gets. A date moves
-- only where a day in the file is another than in the books, and never to after a return.
-- name: stage_days
create temporary table stage_day on commit drop as
select s.order_id, b.order_date::date as book_date, s.is_new,
       case
           when s.is_new then s.order_date
           when t.first_day < b.order_date then t.first_day
           when t.moved and not exists (
               select from tbl_returns r where r.order_id = s.order_id and r.return_date < t.first_day
           ) then t.first_day
           else b.order_date
       end::date as file_date,
       null::date as stands
from stage_order s
left join tbl_orders b using (order_id)
left join (
    select order_id, min(day) as first_day, bool_or(day <> day_before) or count(day_before) = 0 as moved
    from stage_dated group by order_id
) t using (order_id)

-- name: stand_by_books
update stage_day set stands = coalesce(book_date, file_date)

-- name: stand_by_file
update stage_day set stands = file_date

-- name: analyze_days
analyze stage_pair, stage_dated, stage_day

-- Lines whose order moved keep their day, or take the file's.
-- name: date_lines
update order_product b set order_date = nullif(t.day, d.stands)
from stage_dated t join stage_day d using (order_id)
where b.order_id = t.order_id and b.line_no = t.line_no
  and d.stands <> d.book_date and b.order_date is distinct from nullif(t.day, d.stands)
