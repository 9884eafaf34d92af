-- name: choices
select kind, value from (
    select 'segment' as kind, segment_id as position, segment_name::text as value from segment
    union all select 'category', category_id, category_name from category
    union all select 'market', position, market from market
    union all select 'region', position, region from region
    union all select 'order-priority', position, order_priority from order_priority
    union all select 'ship-mode', position, ship_mode from ship_mode
    union all select 'return-reason', position, return_reason from return_reason
) as choice
order by kind, position, value

-- name: subcategories
select category_name as category, subcategory_name as subcategory
from subcategory join category using (category_id)
order by category_id, subcategory_id

-- name: lock_choices
select pg_advisory_xact_lock(hashtextextended('awesome: a new choice', 0))

-- name: add_segment
insert into segment (segment_name) values (%(value)s)

-- name: add_category
insert into category (category_name) values (%(value)s)

-- name: add_market
insert into market (market) values (%(value)s)

-- name: add_region
insert into region (region) values (%(value)s)

-- name: add_order_priority
insert into order_priority (order_priority) values (%(value)s)

-- name: add_ship_mode
insert into ship_mode (ship_mode) values (%(value)s)

-- name: add_return_reason
insert into return_reason (return_reason) values (%(value)s)
