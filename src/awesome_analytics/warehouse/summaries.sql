-- name: of_customer
join {customers} as c on c.customer_key = {fact}.customer_key

-- name: of_product
join {products} as p on p.product_key = {fact}.product_key

-- name: cells_of_returns
insert into {target} ({columns})
select {values} from {returns} as r
left join {sales} as f on f.order_id = r.order_id and f.line_no = r.line_no {joins}
group by {cell} order by {cell}

-- name: cells_of_delta
insert into {target} ({columns}) select {columns} from {delta}

-- name: cells_of_finer
insert into {target} ({columns})
select {values} from {finer} as d
group by {cell} order by {cell}

-- name: add_orders
insert into {target} (order_id) {orders}

-- name: orders_in_scope
select order_id from scope_order_id

-- name: moved_products
scope_product_id as o
join dim_product as p on p.product_id = o.product_id
left join stg_dim_product as s on s.product_id = o.product_id

-- name: products_move
s.product_id is null or p.category_name <> s.category_name or p.subcategory_name <> s.subcategory_name

-- name: moved_customers
scope_customer_id as o
join dim_customer as c on c.customer_id = o.customer_id
left join stg_dim_customer as s on s.customer_id = o.customer_id

-- name: customers_move
s.customer_id is null or c.segment_name <> s.segment_name

-- name: any_member
select 1 from {members} where {move} limit 1

-- name: orders_of_products
select f.order_id from {members} join fact_sales as f on f.product_key = p.product_key where {move}

-- name: orders_of_customers
select f.order_id from {members} join fact_sales as f on f.customer_key = c.customer_key where {move}

-- name: add_rows
insert into touched_rows ({columns})
select {values} from {rows} {joins}

-- name: lines_of_orders
{orders} as o join {sales} as f on f.order_id = o.order_id

-- name: returns_of_orders
{orders} as o join {returns} as r on r.order_id = o.order_id
left join {sales} as f on f.order_id = r.order_id and f.line_no = r.line_no

-- name: lines_beside
left join {others} as n on n.order_id = f.order_id and n.line_no = f.line_no

-- name: returns_beside
left join {others} as n on n.return_id = r.return_id and n.line_no = r.line_no

-- name: that_differ
where n.order_id is null or not ({same})

-- name: that_are_equal
where n.order_id is not null and {same}

-- name: orders_of_moved_rows
select distinct d.order_id from (
    select d.order_id from touched_rows as d group by d.order_id, d.line_no, d.return_id
    having count(*) = 1 or {moved}
) as d

-- name: changed_cells
insert into {target} ({columns})
select {columns} from (select {values} from {source} as d group by {cell}) as d
where not ({nothing})

-- name: clear_control
delete from {control}

-- name: write_control
insert into {control} (only_row, orders_of_several_days) values (1, %s)

-- name: orders_of_several_days
select count(*), coalesce((select orders_of_several_days from {control}), 0) from (
    select order_id from {sales} group by order_id having min(order_date_key) <> max(order_date_key)
) as o

-- name: total
select '{name}', {sums} from {source} as d

-- name: cells_below_nothing
select '{name}', count(*) from {delta} as s join {target} as t on {on}
where t.order_lines + t.returned_lines <= 0 or t.orders > t.order_lines or t.returns > t.returned_lines
   or {negative}

-- name: cells_wrong
select count(*) over (), {columns} from {target} as t left join {expected} as s on {on}
where s.{first_key} is null or not ({same})
order by {ordered} limit {limit}

-- name: cells_missing
select count(*) over (), {columns} from {expected} as s left join {target} as t on {on}
where t.{first_key} is null
order by {ordered} limit {limit}
