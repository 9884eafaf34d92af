-- name: returns
select return_id, order_id, product_id, quantity, return_reason as reason, return_status as status,
       return_region as region, return_date
from tbl_returns where order_id = %(order_id)s
order by length(return_id), return_id

-- name: find_return
select return_id, order_id, product_id, quantity, return_reason as reason, return_status as status,
       return_region as region, return_date
from tbl_returns where return_id = %(return_id)s

-- name: free_return_id
with recursive tried (n) as (
    select nextval('return_number')::text
    union all
    select nextval('return_number')::text from tried
    where exists (select from tbl_returns where return_id = 'RET-' || lpad(n, greatest(3, length(n)), '0'))
)
select 'RET-' || lpad(n, greatest(3, length(n)), '0') from tried order by length(n) desc, n desc limit 1

-- name: insert_return
insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status,
                         return_region, return_date)
values (%(return_id)s, %(order_id)s, %(product_id)s, %(quantity)s, %(reason)s, %(status)s, %(region)s,
        %(return_date)s)

-- name: update_status
update tbl_returns set return_status = %(status)s where return_id = %(return_id)s

-- name: delete_return
delete from tbl_returns where return_id = %(return_id)s
