-- An order is one order though its lines were ordered on several days; each line counts on its own.
alter table order_product add column order_date shop_date;
comment on column order_product.order_date is
    'The line''s own day where it was ordered later than the rest of its order; empty: the order''s';
-- Few lines have one, and each run of the pipeline counts the orders that do.
create index order_product_own_date on order_product (order_id) where order_date is not null;

-- Runs after the foreign keys have locked the order, which a change of its date waits for. Each order is
-- looked up by index whatever the planner believes: a plan made while the tables were small, or within a
-- transaction that fills them, would scan them whole for every statement.
create or replace function check_orders(orders text[]) returns void language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    wrong record;
begin
    perform insist_on_newest_rows();
    select l.order_id, l.line_no, l.ship_date, l.order_date as own_date, o.order_date,
           coalesce(l.order_date, o.order_date) as line_date into wrong
    from unnest(orders) as touched (id)
    join order_product l on l.order_id = touched.id
    join tbl_orders o on o.order_id = l.order_id
    where l.order_date < o.order_date or l.ship_date < coalesce(l.order_date, o.order_date) limit 1;
    if found and wrong.own_date < wrong.order_date then
        raise exception 'order % line %: of %, before its order of %',
            wrong.order_id, wrong.line_no, wrong.own_date, wrong.order_date
            using errcode = 'check_violation', constraint = 'line_on_or_after_order_date';
    elsif found then
        raise exception 'order % line %: shipped on % before it was ordered on %',
            wrong.order_id, wrong.line_no, wrong.ship_date, wrong.line_date
            using errcode = 'check_violation', constraint = 'shipped_on_or_after_order_date';
    end if;
    if not exists (select from unnest(orders) as touched (id) join tbl_returns r on r.order_id = touched.id) then
        return;
    end if;
    perform from unnest(orders) as touched (id) join tbl_orders o on o.order_id = touched.id
    order by o.order_id for no key update of o;
    select r.return_id, r.return_date, o.order_date into wrong
    from unnest(orders) as touched (id)
    join tbl_returns r on r.order_id = touched.id
    join tbl_orders o on o.order_id = r.order_id
    where r.return_date < o.order_date limit 1;
    if found then
        raise exception 'return %: returned on % before it was ordered on %',
            wrong.return_id, wrong.return_date, wrong.order_date
            using errcode = 'check_violation', constraint = 'returned_on_or_after_order_date';
    end if;
    -- Per order, and not by the product's index: that would read every order of a best-seller.
    select touched.id as order_id, r.product_id, r.returned, l.bought into wrong
    from unnest(orders) as touched (id)
    cross join lateral (
        select product_id, sum(quantity) as returned from tbl_returns
        where order_id = touched.id and product_id is not null and return_status <> 'Rejected'
        group by product_id
    ) as r
    cross join lateral (
        select coalesce(sum(quantity) filter (where product_id = r.product_id), 0) as bought
        from order_product where order_id = touched.id
    ) as l
    where r.returned > l.bought
    limit 1;
    if found then
        raise exception 'order %: % of product % returned, % bought',
            wrong.order_id, wrong.returned, wrong.product_id, wrong.bought
            using errcode = 'check_violation', constraint = 'returned_no_more_than_bought';
    end if;
    -- No product came back more often than it was bought: so pieces are left unless all of them came back.
    select r.order_id into wrong
    from unnest(orders) as touched (id) join tbl_returns r on r.order_id = touched.id
    where r.product_id is null and r.return_status <> 'Rejected'
      and (select coalesce(sum(l.quantity), 0) from order_product l where l.order_id = r.order_id)
          <= (select coalesce(sum(p.quantity), 0) from tbl_returns p
              where p.order_id = r.order_id and p.product_id is not null and p.return_status <> 'Rejected')
    limit 1;
    if found then
        raise exception 'order %: nothing is left to return', wrong.order_id
            using errcode = 'check_violation', constraint = 'returned_no_more_than_bought';
    end if;
end $$;
