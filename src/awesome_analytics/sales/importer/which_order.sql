-- Which order of the books is meant by an Order ID, a customer and an order date of the file. An order has one
-- date: two dates of one id and customer are two orders. A date that the books don't know is a corrected one
-- as long as the books have an order of that id and customer to correct.

-- name: stage_orders
create temporary table stage_order on commit drop as
select source_order_id, customer_id, order_date, nth,
       -- A customer's later order comes after the first ones of all customers, which so keep their ids
       -- whether or not a file shows the later one.
       array[nth] || min(first_line) over (partition by source_order_id, customer_id) as first_seen,
       picked[1] as order_priority, picked[2] as market, picked[3] as region, varied,
       null::text collate "C" as order_id, false as is_new, false as kept_together
from (
    -- The least of the lines' fields by content: the same whatever the order of the file.
    select source_order_id, customer_id, order_date, min(array[ordinal, line]) as first_line,
           row_number() over (partition by source_order_id, customer_id order by order_date) as nth,
           min(array[order_priority, market, region]) as picked,
           min(array[order_priority, market, region]) <> max(array[order_priority, market, region]) as varied
    from stage_line where problem is null
    group by source_order_id, customer_id, order_date
) s

-- name: analyze_orders
analyze stage_order

-- name: stage_known_orders
create temporary table stage_known on commit drop as
select s.source_order_id, s.customer_id, b.order_id::text collate "C" as order_id,
       i.source_order_date::date as source_date, b.order_date::date as book_date
from stage_order s
join import_order i on i.source_order_id = s.source_order_id and i.source_customer_id = s.customer_id
join tbl_orders b on b.order_id = i.order_id
where s.nth = 1
union all
select s.source_order_id, s.customer_id, b.order_id, b.order_date, b.order_date
from stage_order s
join tbl_orders b on b.order_id = s.source_order_id and b.customer_id = s.customer_id
where s.nth = 1
  and not exists (select from import_order i where i.order_id = b.order_id)
  and not exists (
      select from import_order i
      where i.source_order_id = s.source_order_id and i.source_customer_id = s.customer_id
  )

-- name: analyze_known_orders
analyze stage_known

-- name: find_orders_by_file_date
update stage_order s set order_id = k.order_id
from stage_known k
where k.source_order_id = s.source_order_id and k.customer_id = s.customer_id and k.source_date = s.order_date

-- name: find_orders_by_book_date
update stage_order s set order_id = k.order_id
from (
    select distinct on (source_order_id, customer_id, book_date) *
    from stage_known
    where not exists (select from stage_order o where o.order_id = stage_known.order_id)
    order by source_order_id, customer_id, book_date, length(order_id), order_id
) k
where s.order_id is null and k.source_order_id = s.source_order_id and k.customer_id = s.customer_id
  and k.book_date = s.order_date

-- More orders than dates are left: which of them was corrected, or whether this is one more, nobody can tell.
-- name: refuse_unclear_dates
with left_over as (
    select source_order_id, customer_id, count(*) as orders from stage_known
    where not exists (select from stage_order o where o.order_id = stage_known.order_id)
    group by source_order_id, customer_id
), unknown as (
    select source_order_id, customer_id, count(*) as dates from stage_order
    where order_id is null group by source_order_id, customer_id
), known as (
    select source_order_id, customer_id, string_agg(book_date::text, ', ' order by book_date) as dates
    from stage_known group by source_order_id, customer_id
), unclear as (
    delete from stage_order s
    using left_over join unknown using (source_order_id, customer_id)
    where left_over.orders > unknown.dates and s.order_id is null
      and s.source_order_id = left_over.source_order_id and s.customer_id = left_over.customer_id
    returning s.source_order_id, s.customer_id, s.order_date
)
update stage_line l
set problem = 'the customer has several orders of this Order ID, none of this Order Date; '
              'give the rows of all of them in one file',
    cell = l.order_date || ' is none of ' || known.dates
from unclear join known using (source_order_id, customer_id)
where l.problem is null and l.source_order_id = unclear.source_order_id
  and l.customer_id = unclear.customer_id and l.order_date = unclear.order_date

-- name: find_orders_of_other_dates
update stage_order s set order_id = k.order_id
from (
    select source_order_id, customer_id, order_date,
           row_number() over (partition by source_order_id, customer_id order by order_date) as kth
    from stage_order where order_id is null
) f
join (
    select source_order_id, customer_id, order_id,
           row_number() over (partition by source_order_id, customer_id order by source_date, order_id) as kth
    from stage_known
    where not exists (select from stage_order o where o.order_id = stage_known.order_id)
) k using (source_order_id, customer_id, kth)
where s.source_order_id = f.source_order_id and s.customer_id = f.customer_id and s.order_date = f.order_date

-- ---------------------------------------------------------------- lines that stand under another date

-- Ids and customers that the books know and that have several orders, there or with this file.
-- name: stage_torn_orders
create temporary table stage_torn on commit drop as
select source_order_id, customer_id
from (
    select source_order_id, customer_id, order_id from stage_known
    union
    select source_order_id, customer_id, s.order_id
    from stage_order s join stage_known using (source_order_id, customer_id)
) o
group by source_order_id, customer_id having count(*) > 1

-- name: analyze_torn_orders
analyze stage_torn

-- What has no equal line in its own order may have one in another order of the same id and customer: a file
-- with a wrong date put it there, or an import from before orders were told apart by date. Such a line is never
-- taken a second time. It doesn't leave an order that has returns: what came back of that would be another thing.
-- name: stage_misplaced_lines
create temporary table stage_misplaced on commit drop as
select f.line, f.order_id as new_order_id, b.order_id, b.line_no,
       exists (select from tbl_returns r where r.order_id = b.order_id) as held
from (
    select s.*, row_number() over (
        partition by s.source_order_id, s.customer_id, s.product_id, s.quantity, s.sales, s.discount_rate,
                     s.profit, s.shipping_cost, s.ship_mode, s.ship_date
        order by s.ordinal, s.line) as nth
    from stage_torn join stage_file s using (source_order_id, customer_id)
    where not exists (select from stage_equal e where e.line = s.line)
) f
join (
    select k.source_order_id, k.customer_id, l.*, row_number() over (
        partition by k.source_order_id, k.customer_id, l.product_id, l.quantity, l.sales, l.discount_rate,
                     l.profit, l.shipping_cost, l.ship_mode, l.ship_date
        order by length(l.order_id), l.order_id, l.line_no) as nth
    from stage_torn
    join stage_known k using (source_order_id, customer_id)
    join stage_book l using (order_id)
    where not exists (select from stage_equal e where e.order_id = l.order_id and e.line_no = l.line_no)
) b using (source_order_id, customer_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode,
           ship_date, nth)

-- Without --update nothing that stands in the books moves.
-- name: hold_misplaced_lines
update stage_misplaced set held = true

-- name: pair_misplaced_lines
insert into stage_equal (line, order_id, line_no) select line, order_id, line_no from stage_misplaced

-- An order none of whose lines come to it is not made.
-- name: keep_orders_together
update stage_order s set kept_together = true, is_new = false
where s.is_new
  and s.order_id in (select new_order_id from stage_misplaced where held)
  and not exists (
      select from stage_file f
      where f.order_id = s.order_id
        and not exists (select from stage_misplaced m where m.line = f.line and m.held)
  )

-- name: move_lines
update order_product b set order_id = m.new_order_id, line_no = m.new_line_no
from (
    select m.order_id, m.line_no, m.new_order_id,
           coalesce((select max(l.line_no) from order_product l where l.order_id = m.new_order_id), 0)
           + row_number() over (partition by m.new_order_id order by m.line) as new_line_no
    from stage_misplaced m where not m.held
) m
where b.order_id = m.order_id and b.line_no = m.line_no

-- name: drop_emptied_orders
delete from tbl_orders b
where b.order_id in (select order_id from stage_misplaced where not held)
  and not exists (select from order_product l where l.order_id = b.order_id)

-- name: lines_moved
select count(*) from stage_misplaced where not held

-- name: orders_kept_together
select distinct m.order_id, s.order_date::text
from stage_misplaced m join stage_line s using (line)
where m.held order by 1, 2

-- ---------------------------------------------------------------- ids

-- name: wish_orders
insert into stage_wish (source, thing, first_seen)
select source_order_id, array[source_order_id, customer_id, order_date::text], first_seen
from stage_order where order_id is null

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
where s.order_id is null and w.thing = array[s.source_order_id, s.customer_id, s.order_date::text]

-- name: remember_orders
insert into import_order (source_order_id, source_customer_id, source_order_date, order_id)
select source_order_id, customer_id, order_date, order_id from stage_order where not kept_together
on conflict do nothing

-- After a correction the next file says the new date.
-- name: redate_orders
update import_order i set source_order_date = s.order_date
from stage_order s
where i.order_id = s.order_id and not s.is_new and not s.kept_together and i.source_order_date <> s.order_date

-- name: order_splits
select source_order_id, order_id, customer_id || case when nth > 1 then ' on ' || order_date else '' end
from stage_order
where order_id <> source_order_id and not kept_together
order by source_order_id, length(order_id), order_id
