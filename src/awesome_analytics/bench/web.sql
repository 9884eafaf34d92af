-- name: customer_names
select customer_name from tbl_customers order by md5(customer_id) limit %(count)s
