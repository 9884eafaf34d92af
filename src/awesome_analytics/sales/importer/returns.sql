-- name: create_stage
create temporary table stage_return (
    line bigint not null,
    problem text,
    cell text,
    source_return_id text collate "C",
    source_order_id text collate "C",
    market text collate "C",
    region text collate "C",
    return_date date,
    return_reason text collate "C",
    return_status text,
    source_product_id text collate "C",
    product_name text collate "C",
    quantity integer,
    of_no_market boolean not null default false
) on commit drop

-- name: copy_stage
copy stage_return (
    line, problem, cell, source_return_id, source_order_id, market, region, return_date, return_reason, return_status,
    source_product_id, product_name, quantity
) from stdin

-- name: analyze_stage
analyze stage_return

-- name: refuse_quantity_alone
update stage_return set problem = 'Quantity stands without a product'
where problem is null and quantity is not null and source_product_id is null and product_name is null

-- ---------------------------------------------------------------- what each row returns

-- A claim is one row's share of one order: an Order ID that was split among customers has several orders. A row
-- that names a market means the orders there.
-- name: stage_orders
create temporary table stage_order_of on commit drop as
select s.source_order_id, b.order_id::text collate "C" as order_id, b.order_date::date as order_date,
       b.market::text collate "C" as market, b.region::text collate "C" as region,
       row_number() over (
           partition by s.source_order_id
           order by b.order_id <> s.source_order_id, length(b.order_id), b.order_id) as nth
from (
    select i.source_order_id, i.order_id from import_order i
    where i.source_order_id in (select source_order_id from stage_return where problem is null)
    union
    select w.source_order_id, w.source_order_id
    from (select distinct source_order_id from stage_return where problem is null) w
    where not exists (select from import_order i where i.source_order_id = w.source_order_id)
) s
join tbl_orders b on b.order_id = s.order_id

-- name: analyze_orders
analyze stage_order_of

-- name: refuse_unknown_orders
update stage_return s set problem = 'Order ID is not in the books', cell = s.source_order_id
where s.problem is null
  and not exists (select from stage_order_of o where o.source_order_id = s.source_order_id)

-- name: forget_markets_of_no_order
update stage_return s set market = null, of_no_market = true
where s.problem is null and s.market is not null
  and not exists (
      select from stage_order_of o where o.source_order_id = s.source_order_id and o.market = s.market
  )

-- name: refuse_early_returns
update stage_return s
set problem = 'Return Date is before the order''s date', cell = s.return_date || ' < ' || first.order_date
from (
    select s.line, min(o.order_date) as order_date
    from stage_return s
    join stage_order_of o
        on o.source_order_id = s.source_order_id and (s.market is null or o.market = s.market)
    where s.problem is null
    group by s.line
) first
where first.line = s.line and s.return_date < first.order_date

-- name: stage_claims
create temporary table stage_claim on commit drop as
select s.line, o.nth, o.order_id, p.product_id, p.bought,
       coalesce(s.quantity, p.bought) as quantity, s.source_return_id,
       s.return_date < o.order_date as raised,
       case when s.return_date is not null then greatest(s.return_date, o.order_date) end as stated_date,
       o.order_date, o.region as order_region, s.region, s.return_reason, s.return_status,
       null::text collate "C" as return_id, false as is_new
from stage_return s
join stage_order_of o on o.source_order_id = s.source_order_id and (s.market is null or o.market = s.market)
left join lateral (
    select l.product_id::text collate "C" as product_id, sum(l.quantity)::integer as bought
    from order_product l
    join tbl_products b using (product_id)
    left join import_product i using (product_id)
    where l.order_id = o.order_id
      and (s.source_product_id is null or s.source_product_id in (l.product_id, i.source_product_id))
      and (s.product_name is null or s.product_name in (b.product_name, i.product_name))
    group by l.product_id
) p on s.source_product_id is not null or s.product_name is not null
where s.problem is null
  and (p.product_id is not null or (s.source_product_id is null and s.product_name is null))

-- name: index_claims_by_order
create index on stage_claim (order_id)

-- name: index_claims_by_return
create index on stage_claim (return_id)

-- name: analyze_claims
analyze stage_claim

-- name: refuse_unknown_products
update stage_return s
set problem = 'the product is not in the order', cell = concat_ws(' ', s.source_product_id, s.product_name)
where s.problem is null and not exists (select from stage_claim c where c.line = s.line)

-- name: refuse_unclear_products
update stage_return s
set problem = 'the product fits several lines of the Order ID; give Product ID and Product Name',
    cell = concat_ws(' ', s.source_product_id, s.product_name)
from (select line from stage_claim where product_id is not null group by line having count(*) > 1) c
where c.line = s.line and s.problem is null

-- name: forget_refused_claims
delete from stage_claim c using stage_return s where s.line = c.line and s.problem is not null

-- name: refuse_repeated_returns
update stage_return s
set problem = 'the order is returned by an earlier row of the file', cell = s.source_order_id
from (
    select line, row_number() over (
        partition by order_id, case when return_status = 'Rejected' then source_return_id else '' end
        order by line) as nth
    from stage_claim where product_id is null
) c
where c.line = s.line and c.nth > 1

-- ---------------------------------------------------------------- returns that the books have

-- name: find_returns_by_id
update stage_claim c set return_id = r.return_id
from (
    select line, order_id, source_return_id, coalesce(product_id, '') as product_id,
           row_number() over (partition by source_return_id, order_id, product_id order by quantity, line) as nth
    from stage_claim where source_return_id is not null
) k
join (
    select r.return_id, r.order_id, coalesce(i.source_return_id, r.return_id) as source_return_id,
           coalesce(r.product_id, '') as product_id,
           row_number() over (
               partition by coalesce(i.source_return_id, r.return_id), r.order_id, r.product_id
               order by r.quantity, length(r.return_id), r.return_id) as nth
    from tbl_returns r
    left join import_return i using (return_id)
    where r.order_id in (select order_id from stage_claim)
) r using (source_return_id, order_id, product_id, nth)
where c.line = k.line and c.order_id = k.order_id

-- name: find_whole_orders
update stage_claim c set return_id = found.return_id
from (
    select distinct on (c.line, c.order_id) c.line, c.order_id, r.return_id
    from stage_claim c
    join tbl_returns r on r.order_id = c.order_id and r.product_id is null
    where c.product_id is null and c.return_id is null
      and (c.source_return_id is null or r.return_status <> 'Rejected')
      and not exists (select from stage_claim o where o.return_id = r.return_id)
    order by c.line, c.order_id, r.return_status = 'Rejected', length(r.return_id), r.return_id
) found
where c.line = found.line and c.order_id = found.order_id

-- name: find_products
update stage_claim c set return_id = r.return_id
from (
    select line, order_id, product_id,
           row_number() over (partition by order_id, product_id order by quantity, line) as nth
    from stage_claim where product_id is not null and return_id is null and source_return_id is null
) k
join (
    select return_id, order_id, product_id,
           row_number() over (partition by order_id, product_id order by quantity, return_date, return_id) as nth
    from tbl_returns r
    where product_id is not null and order_id in (select order_id from stage_claim)
      and not exists (select from stage_claim o where o.return_id = r.return_id)
) r using (order_id, product_id, nth)
where c.line = k.line and c.order_id = k.order_id

-- name: mark_new
update stage_claim set is_new = true where return_id is null

-- ---------------------------------------------------------------- never more than was bought

-- name: refuse_more_than_bought
update stage_return s
set problem = 'more is returned than was bought and not yet returned', cell = s.quantity::text
from (
    select c.line, c.bought < sum(c.quantity) over (partition by c.order_id, c.product_id order by c.line)
           + coalesce((
               select sum(r.quantity) from tbl_returns r
               where r.order_id = c.order_id and r.product_id = c.product_id and r.return_status <> 'Rejected'
           ), 0)
           or exists (
               select from tbl_returns r
               where r.order_id = c.order_id and r.product_id is null and r.return_status <> 'Rejected'
           ) as too_much
    from stage_claim c
    where c.is_new and c.product_id is not null and coalesce(c.return_status, '') <> 'Rejected'
      and c.quantity <= c.bought
    union all
    select c.line, true from stage_claim c where c.product_id is not null and c.quantity > c.bought
) c
where c.line = s.line and s.problem is null and c.too_much

-- name: refuse_nothing_left
update stage_return s
set problem = 'nothing of the order is left to return', cell = s.source_order_id
from stage_claim c
where c.line = s.line and s.problem is null and c.is_new and c.product_id is null
  and coalesce(c.return_status, '') <> 'Rejected'
  and coalesce((select sum(l.quantity) from order_product l where l.order_id = c.order_id), 0) <= coalesce((
          select sum(r.quantity) from tbl_returns r
          where r.order_id = c.order_id and r.product_id is not null and r.return_status <> 'Rejected'), 0)
      + coalesce((
          select sum(n.quantity) from stage_claim n
          where n.order_id = c.order_id and n.product_id is not null and n.is_new
            and coalesce(n.return_status, '') <> 'Rejected'), 0)

-- ---------------------------------------------------------------- writing

-- name: add_region
insert into region (region)
select distinct region from stage_claim where region is not null except select region from region
on conflict do nothing returning region

-- name: add_return_reason
insert into return_reason (return_reason)
select distinct coalesce(return_reason, 'Not Stated') from stage_claim where is_new or return_reason is not null
except select return_reason from return_reason
on conflict do nothing returning return_reason

-- name: wish_returns
insert into stage_wish (source, thing, first_seen)
select source_return_id, array[line::text, order_id], array[line, nth]
from stage_claim where is_new and source_return_id is not null

-- name: taken_returns
insert into stage_taken (id, in_books)
select distinct b.return_id::text, true
from (select distinct source from stage_wish) w
join tbl_returns b on b.return_id >= w.source and b.return_id < w.source || '.'
union all
select distinct source_return_id, false from stage_claim where source_return_id is not null

-- name: name_returns
update stage_claim c set return_id = w.given_id
from stage_wish w
where w.thing = array[c.line::text, c.order_id]

-- In a dry run this sequence stands before the shop's own, so that no number is used up.
-- name: shadow_numbers
select set_config('awesome.import_next', (last_value + is_called::integer)::text, true) from return_number

-- name: create_shadow
do $$ begin
    execute format('create temporary sequence return_number start %s', current_setting('awesome.import_next'));
end $$

-- name: drop_shadow
drop sequence pg_temp.return_number

-- name: number_returns
update stage_claim c set return_id = numbered.return_id
from (
    select line, order_id, 'RET-' || lpad(n::text, greatest(3, length(n::text)), '0') as return_id
    from (
        select line, order_id, nextval('return_number') as n from (
            select line, order_id from stage_claim c
            where is_new and (return_id is null or (source_return_id is null and exists (
                select from tbl_returns r where r.return_id = c.return_id
                union all
                select from stage_claim o where o.return_id = c.return_id and o.source_return_id is not null)))
            order by line, nth
        ) in_order
    ) n
) numbered
where c.line = numbered.line and c.order_id = numbered.order_id

-- name: insert_returns
insert into tbl_returns (
    return_id, order_id, product_id, quantity, return_reason, return_status, return_region, return_date
)
select c.return_id, c.order_id, c.product_id, case when c.product_id is not null then c.quantity end,
       coalesce(c.return_reason, 'Not Stated'), coalesce(c.return_status, 'Completed'),
       coalesce(c.region, c.order_region),
       coalesce(c.stated_date, shipped.last_date, c.order_date)
from stage_claim c
left join (
    select order_id, max(ship_date::date) as last_date from order_product
    where order_id in (select order_id from stage_claim where is_new)
    group by order_id
) shipped on shipped.order_id = c.order_id
where c.is_new
order by c.line, c.nth

-- name: remember_returns
insert into import_return (source_return_id, order_id, return_id)
select source_return_id, order_id, return_id from stage_claim where source_return_id is not null
on conflict do nothing

-- Only what the file states is compared; a return that was rejected in the books stays so.
-- name: stage_differing
create temporary table stage_unlike on commit drop as
select c.line, r.return_id, concat_ws('; ',
    case when c.product_id is not null and c.quantity <> r.quantity then
        format('Quantity is %s in the books, %s in the file', r.quantity, c.quantity) end,
    case when c.stated_date <> r.return_date then
        format('Return Date is %s in the books, %s in the file', r.return_date, c.stated_date) end,
    case when c.return_reason <> r.return_reason then
        format('Return Reason is %s in the books, %s in the file', r.return_reason, c.return_reason) end,
    case when c.return_status <> r.return_status then
        format('Return Status is %s in the books, %s in the file', r.return_status, c.return_status) end,
    case when c.region <> r.return_region then
        format('Return Region is %s in the books, %s in the file', r.return_region, c.region) end) as difference
from stage_claim c
join tbl_returns r using (return_id)
where not c.is_new
  and ((c.product_id is not null and c.quantity <> r.quantity) or c.stated_date <> r.return_date
       or c.return_reason <> r.return_reason or c.return_status <> r.return_status or c.region <> r.return_region)

-- name: drop_differing
drop table if exists stage_unlike

-- name: update_returns
update tbl_returns r
set return_date = coalesce(c.stated_date, r.return_date),
    return_reason = coalesce(c.return_reason, r.return_reason),
    return_status = case when r.return_status = 'Rejected' then 'Rejected'
                    else coalesce(c.return_status, r.return_status) end,
    return_region = coalesce(c.region, r.return_region)
from stage_claim c
where c.return_id = r.return_id and not c.is_new
  and (r.return_date::date, r.return_reason::text, r.return_status, r.return_region::text) is distinct from (
      coalesce(c.stated_date, r.return_date), coalesce(c.return_reason, r.return_reason),
      case when r.return_status = 'Rejected' then 'Rejected' else coalesce(c.return_status, r.return_status) end,
      coalesce(c.region, r.return_region))

-- ---------------------------------------------------------------- what happened

-- name: lines_refused
select line, 'refused', problem || case when cell <> '' then ': ' || cell else '' end
from stage_return where problem is not null order by line

-- name: lines_not_taken
select line, 'refused', problem || case when cell <> '' then ': ' || cell else '' end
from stage_return where problem is not null
union all
select line, 'differs', format('return %s; %s', return_id, difference) from stage_unlike
order by 1

-- name: problems
select problem, count(*) from stage_return where problem is not null
group by problem order by count(*) desc, problem limit 10

-- name: line_counts
select count(*), count(*) filter (where problem is not null),
       (select count(distinct line) from stage_claim c where is_new),
       (select count(distinct line) from stage_unlike)
from stage_return

-- name: claim_counts
select count(*) filter (where is_new), count(*), count(*) filter (where raised and is_new),
       (select count(*) from stage_return where problem is null and of_no_market)
from stage_claim

-- name: splits
select source_return_id, return_id, order_id from stage_claim
where is_new and return_id <> source_return_id order by source_return_id, line, nth
