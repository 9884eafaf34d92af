-- name: create_stage
create temporary table stage_line (
    line bigint not null,
    problem text,
    cell text,
    ordinal bigint,
    source_order_id text collate "C",
    order_date date,
    ship_date date,
    ship_mode text collate "C",
    customer_id text collate "C",
    customer_name text collate "C",
    segment text collate "C",
    market text collate "C",
    region text collate "C",
    source_product_id text collate "C",
    category text collate "C",
    subcategory text collate "C",
    product_name text collate "C",
    sales numeric,
    quantity integer,
    discount_rate numeric,
    profit numeric,
    shipping_cost numeric,
    order_priority text collate "C"
) on commit drop

-- name: copy_stage
copy stage_line (
    line, problem, cell, ordinal, source_order_id, order_date, ship_date, ship_mode, customer_id, customer_name,
    segment, market, region, source_product_id, category, subcategory, product_name, sales, quantity,
    discount_rate, profit, shipping_cost, order_priority
) from stdin

-- name: analyze_stage
analyze stage_line

-- ---------------------------------------------------------------- choices

-- name: add_market
insert into market (market)
select distinct market from stage_line where problem is null except select market from market
on conflict do nothing returning market

-- name: add_region
insert into region (region)
select distinct region from stage_line where problem is null except select region from region
on conflict do nothing returning region

-- name: add_order_priority
insert into order_priority (order_priority)
select distinct order_priority from stage_line where problem is null
except select order_priority from order_priority
on conflict do nothing returning order_priority

-- name: add_ship_mode
insert into ship_mode (ship_mode)
select distinct ship_mode from stage_line where problem is null except select ship_mode from ship_mode
on conflict do nothing returning ship_mode

-- name: add_segment
insert into segment (segment_name)
select distinct segment from stage_line where problem is null except select segment_name from segment
order by 1
on conflict do nothing returning segment_name

-- name: add_category
insert into category (category_name)
select distinct category from stage_line where problem is null except select category_name from category
order by 1
on conflict do nothing returning category_name

-- name: add_subcategory
insert into subcategory (category_id, subcategory_name)
select c.category_id, s.subcategory
from (select distinct category, subcategory from stage_line where problem is null) s
join category c on c.category_name = s.category
where not exists (
    select from subcategory b where b.category_id = c.category_id and b.subcategory_name = s.subcategory
)
order by c.category_id, s.subcategory
on conflict do nothing returning subcategory_name

-- ---------------------------------------------------------------- customers

-- name: stage_customers
create temporary table stage_customer on commit drop as
select s.customer_id, first.customer_name, g.segment_id,
       s.names > 1 as several_names, s.segments > 1 as several_segments,
       not exists (select from tbl_customers b where b.customer_id = s.customer_id) as is_new
from (
    select customer_id, min(array[ordinal, line]) as first_seen,
           count(distinct customer_name) as names, count(distinct segment) as segments
    from stage_line where problem is null group by customer_id
) s
join stage_line first on first.line = s.first_seen[2]
join segment g on g.segment_name = first.segment

-- name: insert_customers
insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
select c.customer_id, c.customer_name, c.segment_id, o.market, o.region
from stage_customer c
join (
    select distinct on (customer_id) customer_id, market, region from stage_order
    order by customer_id, order_date desc, order_id desc
) o using (customer_id)
where c.is_new
order by c.customer_id

-- name: update_customers
update tbl_customers b set customer_name = c.customer_name, segment_id = c.segment_id
from stage_customer c
where c.customer_id = b.customer_id and not c.is_new
  and (b.customer_name <> c.customer_name or b.segment_id <> c.segment_id)

-- name: move_customers
update tbl_customers b set market = newest.market, region = newest.region
from (
    select distinct on (o.customer_id) o.customer_id, o.order_id, o.market, o.region
    from tbl_orders o
    where o.customer_id in (
        select s.customer_id from stage_order s join stage_customer c using (customer_id)
        where s.is_new and not c.is_new
    )
    order by o.customer_id, o.order_date desc, o.order_id desc
) newest
join stage_order s on s.order_id = newest.order_id and s.is_new
where b.customer_id = newest.customer_id and (b.market <> newest.market or b.region <> newest.region)

-- name: customers_differing
select b.customer_id, concat_ws('; ',
    case when b.customer_name <> c.customer_name then
        format('name %s in the books, %s in the file', b.customer_name, c.customer_name) end,
    case when b.segment_id <> c.segment_id then
        format('segment %s in the books, %s in the file', old.segment_name, new.segment_name) end)
from stage_customer c
join tbl_customers b using (customer_id)
join segment old on old.segment_id = b.segment_id
join segment new on new.segment_id = c.segment_id
where not c.is_new and (b.customer_name <> c.customer_name or b.segment_id <> c.segment_id)
order by b.customer_id

-- name: customers_with_several_names
select customer_id, customer_name from stage_customer where several_names or several_segments order by customer_id

-- ---------------------------------------------------------------- products

-- name: stage_products
create temporary table stage_product on commit drop as
select s.*, c.category_id, b.subcategory_id, null::text collate "C" as product_id, false as is_new
from (
    select source_product_id, product_name, category, subcategory, min(array[ordinal, line]) as first_seen
    from stage_line where problem is null
    group by source_product_id, product_name, category, subcategory
) s
join category c on c.category_name = s.category
join subcategory b on b.category_id = c.category_id and b.subcategory_name = s.subcategory

-- name: find_products_imported
update stage_product s set product_id = i.product_id
from import_product i
where i.source_product_id = s.source_product_id and i.product_name = s.product_name
  and i.category = s.category and i.subcategory = s.subcategory

-- name: find_products_entered
update stage_product s set product_id = b.product_id
from tbl_products b
where s.product_id is null and b.product_id = s.source_product_id
  and b.product_name = s.product_name and b.subcategory_id = s.subcategory_id
  and not exists (select from import_product i where i.product_id = b.product_id)

-- name: wish_products
insert into stage_wish (source, thing, first_seen)
select source_product_id, array[source_product_id, product_name, category, subcategory], first_seen
from stage_product where product_id is null

-- name: taken_products
insert into stage_taken (id, in_books)
select distinct b.product_id::text, true
from (select distinct source from stage_wish) w
join tbl_products b on b.product_id >= w.source and b.product_id < w.source || '.'
union all
select distinct source_product_id, false from stage_product

-- name: name_products
update stage_product s set product_id = w.given_id, is_new = true
from stage_wish w
where s.product_id is null
  and w.thing = array[s.source_product_id, s.product_name, s.category, s.subcategory]

-- name: insert_products
insert into tbl_products (product_id, product_name, category_id, subcategory_id)
select product_id, product_name, category_id, subcategory_id from stage_product where is_new order by product_id

-- name: remember_products
insert into import_product (source_product_id, product_name, category, subcategory, product_id)
select source_product_id, product_name, category, subcategory, product_id from stage_product
on conflict (source_product_id, product_name, category, subcategory) do nothing

-- name: update_products
update tbl_products b
set product_name = s.product_name, category_id = s.category_id, subcategory_id = s.subcategory_id
from stage_product s
where s.product_id = b.product_id and not s.is_new
  and (b.product_name <> s.product_name or b.subcategory_id <> s.subcategory_id)

-- name: products_differing
select b.product_id, concat_ws('; ',
    case when b.product_name <> s.product_name then
        format('name %s in the books, %s in the file', b.product_name, s.product_name) end,
    case when b.subcategory_id <> s.subcategory_id then
        format('another sub-category than %s of the file', s.subcategory) end)
from stage_product s join tbl_products b using (product_id)
where not s.is_new and (b.product_name <> s.product_name or b.subcategory_id <> s.subcategory_id)
order by b.product_id

-- name: product_splits
select source_product_id, product_id, product_name from stage_product
where product_id <> source_product_id order by source_product_id, length(product_id), product_id

-- ---------------------------------------------------------------- orders

-- name: analyze_named
analyze stage_customer, stage_product, stage_order

-- name: insert_orders
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
select order_id, customer_id, order_date, order_priority, market, region
from stage_order where is_new order by first_seen

-- name: orders_differing
select b.order_id, concat_ws('; ',
    case when b.customer_id <> s.customer_id then
        format('customer %s in the books, %s in the file', b.customer_id, s.customer_id) end,
    case when b.order_date <> d.file_date then
        format('order date %s in the books, %s in the file', b.order_date, d.file_date) end,
    case when b.order_priority <> s.order_priority then
        format('priority %s in the books, %s in the file', b.order_priority, s.order_priority) end,
    case when b.market <> s.market then
        format('market %s in the books, %s in the file', b.market, s.market) end,
    case when b.region <> s.region then
        format('region %s in the books, %s in the file', b.region, s.region) end)
from stage_order s join stage_day d using (order_id) join tbl_orders b using (order_id)
where not s.is_new
  and (b.customer_id, b.order_date, b.order_priority, b.market, b.region)
      is distinct from (s.customer_id, d.file_date, s.order_priority, s.market, s.region)
order by b.order_id

-- name: orders_varied
select order_id, order_date, order_priority, market, region from stage_order where varied order by order_id

-- With --update an order first takes the earlier of the two dates, so that no line of either is ever before it.
-- name: update_orders
update tbl_orders b
set customer_id = s.customer_id, order_date = least(b.order_date, d.stands),
    order_priority = s.order_priority, market = s.market, region = s.region
from stage_order s join stage_day d using (order_id)
where s.order_id = b.order_id and not s.is_new
  and (b.customer_id, b.order_priority, b.market, b.region, b.order_date)
      is distinct from (s.customer_id, s.order_priority, s.market, s.region, least(b.order_date, d.stands))

-- After the lines.
-- name: date_orders
update tbl_orders b set order_date = d.stands
from stage_day d
where d.order_id = b.order_id and b.order_date < d.stands

-- ---------------------------------------------------------------- lines

-- A line is the k-th of its product in its order. Lines equal in every value and in their day are paired first,
-- then those equal but for the day, so that neither the file's order nor a line that only the books have shifts
-- the count.
-- Every line has its order and its product; left joins keep the planner from believing that several columns
-- together fit next to nothing.
-- name: stage_file_lines
create temporary table stage_file on commit drop as
select s.line, s.ordinal, o.order_id, o.is_new, s.order_date, p.product_id, s.quantity, s.sales, s.discount_rate,
       s.profit, s.shipping_cost, s.ship_mode, coalesce(s.ship_date, 'infinity') as ship_date
from stage_line s
left join stage_order o using (source_order_id, customer_id)
left join stage_product p using (source_product_id, product_name, category, subcategory)
where s.problem is null

-- name: stage_book_lines
create temporary table stage_book on commit drop as
select l.order_id::text collate "C" as order_id, l.line_no, coalesce(l.order_date, o.order_date)::date as order_date,
       l.product_id::text collate "C" as product_id, l.quantity, l.sales::numeric, l.discount_rate,
       l.profit::numeric, l.shipping_cost::numeric, l.ship_mode::text collate "C" as ship_mode,
       coalesce(l.ship_date, date 'infinity') as ship_date
from order_product l join tbl_orders o using (order_id)
where l.order_id in (select order_id from stage_order where not is_new)

-- name: analyze_lines
analyze stage_file, stage_book

-- name: pair_equal_lines
create temporary table stage_pair on commit drop as
select f.line, b.order_id, b.line_no, true as same
from (
    select *, row_number() over (
        partition by order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode,
                     ship_date, order_date
        order by ordinal, line) as nth
    from stage_file where not is_new
) f
join (
    select *, row_number() over (
        partition by order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode,
                     ship_date, order_date
        order by line_no) as nth
    from stage_book
) b using (order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode, ship_date,
           order_date, nth)

-- name: pair_lines_of_other_days
insert into stage_pair
select f.line, b.order_id, b.line_no, true
from (
    select *, row_number() over (
        partition by order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode,
                     ship_date
        order by order_date, ordinal, line) as nth
    from stage_file
    where not is_new and not exists (select from stage_pair e where e.line = stage_file.line)
) f
join (
    select *, row_number() over (
        partition by order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode,
                     ship_date
        order by order_date, line_no) as nth
    from stage_book b
    where not exists (select from stage_pair e where e.order_id = b.order_id and e.line_no = b.line_no)
) b using (order_id, product_id, quantity, sales, discount_rate, profit, shipping_cost, ship_mode, ship_date, nth)

-- name: pair_other_lines
insert into stage_pair
select f.line, b.order_id, b.line_no, false
from (
    select *, row_number() over (
        partition by order_id, product_id
        order by quantity, sales, profit, discount_rate, shipping_cost, ship_mode, ship_date, order_date, line) as nth
    from stage_file
    where not is_new and not exists (select from stage_pair e where e.line = stage_file.line)
) f
join (
    select *, row_number() over (
        partition by order_id, product_id
        order by quantity, sales, profit, discount_rate, shipping_cost, ship_mode, ship_date, order_date, line_no
    ) as nth
    from stage_book b
    where not exists (select from stage_pair e where e.order_id = b.order_id and e.line_no = b.line_no)
) b using (order_id, product_id, nth)

-- name: stage_new_lines
create temporary table stage_new on commit drop as
select f.line, f.order_id, f.product_id,
       coalesce(last.line_no, 0) + row_number() over (partition by f.order_id order by f.ordinal, f.line) as line_no
from stage_file f
left join (select order_id, max(line_no) as line_no from stage_book group by order_id) last using (order_id)
where not exists (select from stage_pair e where e.line = f.line)

-- name: stage_differing_lines
create temporary table stage_differs on commit drop as
select p.line, p.order_id, p.line_no
from stage_pair p
join stage_dated t using (line)
join stage_day d on d.order_id = p.order_id
where not p.same or (t.day <> t.day_before and nullif(t.day, d.file_date) is distinct from t.own_before)

-- name: refuse_lines_before_books
update stage_line s
set problem = 'Order Date is before the order''s date in the books; --update dates the order earlier',
    cell = s.order_date || ' < ' || d.stands
from stage_new n join stage_day d using (order_id)
where n.line = s.line and s.order_date < d.stands

-- name: refuse_lines_beyond_count
update stage_line s set problem = 'the order has more than 100,000 lines'
from stage_new n where n.line = s.line and n.line_no > 100000

-- name: forget_refused_lines
delete from stage_new n using stage_line s where s.line = n.line and s.problem is not null

-- name: insert_lines
insert into order_product (
    order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit, shipping_cost, ship_mode,
    ship_date, order_date
)
select n.order_id, n.line_no, n.product_id, s.quantity, s.sales, round(s.discount_rate * s.sales, 5),
       s.discount_rate, s.profit, s.shipping_cost, s.ship_mode, s.ship_date, nullif(s.order_date, d.stands)
from stage_new n join stage_line s using (line) join stage_day d on d.order_id = n.order_id
order by s.ordinal, s.line

-- name: update_lines
update order_product b
set quantity = s.quantity, sales = s.sales, discount = round(s.discount_rate * s.sales, 5),
    discount_rate = s.discount_rate, profit = s.profit, shipping_cost = s.shipping_cost,
    ship_mode = s.ship_mode, ship_date = s.ship_date, order_date = nullif(s.order_date, o.stands)
from stage_differs d join stage_line s using (line) join stage_day o on o.order_id = d.order_id
where b.order_id = d.order_id and b.line_no = d.line_no

-- ---------------------------------------------------------------- what happened

-- name: lines_refused
select line, 'refused', problem || case when cell <> '' then ': ' || cell else '' end
from stage_line where problem is not null order by line

-- name: lines_not_taken
select line, 'refused', problem || case when cell <> '' then ': ' || cell else '' end
from stage_line where problem is not null
union all
select d.line, 'differs', concat_ws('; ',
    format('order %s line %s', b.order_id, b.line_no),
    case when b.quantity <> s.quantity then
        format('Quantity is %s in the books, %s in the file', b.quantity, s.quantity) end,
    case when b.sales <> s.sales then
        format('Sales is %s in the books, %s in the file', trim_scale(b.sales), trim_scale(s.sales)) end,
    case when b.discount_rate <> s.discount_rate then
        format('Discount is %s in the books, %s in the file', trim_scale(b.discount_rate),
               trim_scale(s.discount_rate)) end,
    case when b.profit <> s.profit then
        format('Profit is %s in the books, %s in the file', trim_scale(b.profit), trim_scale(s.profit)) end,
    case when b.shipping_cost <> s.shipping_cost then
        format('Shipping Cost is %s in the books, %s in the file', trim_scale(b.shipping_cost),
               trim_scale(s.shipping_cost)) end,
    case when t.day <> t.day_before then
        format('Order Date is %s in the books, %s in the file', t.day_before, t.day) end,
    case when b.ship_mode <> s.ship_mode then
        format('Ship Mode is %s in the books, %s in the file', b.ship_mode, s.ship_mode) end,
    case when b.ship_date is distinct from s.ship_date then
        format('Ship Date is %s in the books, %s in the file', coalesce(b.ship_date::text, 'empty'),
               coalesce(s.ship_date::text, 'empty')) end)
from stage_differs d
join stage_line s using (line)
join stage_dated t using (line)
join order_product b on b.order_id = d.order_id and b.line_no = d.line_no
order by 1

-- name: problems
select problem, count(*) from stage_line where problem is not null
group by problem order by count(*) desc, problem limit 10

-- name: line_counts
select count(*), count(*) filter (where problem is not null), 
       (select count(*) from stage_pair) - (select count(*) from stage_differs), (select count(*) from stage_differs), (select count(*) from stage_new),
       count(*) filter (where problem is null and ship_date is null),
       coalesce(sum(sales) filter (where problem is null), 0),
       coalesce(sum(profit) filter (where problem is null), 0),
       coalesce(sum(quantity) filter (where problem is null), 0)
from stage_line

-- name: thing_counts
select 'orders', count(*), count(*) filter (where is_new) from stage_order
union all select 'customers', count(*), count(*) filter (where is_new) from stage_customer
union all select 'products', count(*), count(*) filter (where is_new) from stage_product
