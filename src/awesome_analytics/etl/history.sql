-- name: watermark
select warehouse_id, run_id, watermark, as_of, system_identifier, timeline, database_oid, epoch, outcome, summaries
from etl_watermark where only_row = 1

-- name: watermark_for_update
select run_id from etl_watermark where only_row = 1 for update

-- name: delete_watermark
delete from etl_watermark

-- name: insert_watermark
insert into etl_watermark (only_row, warehouse_id, run_id, watermark, as_of, system_identifier, timeline,
                           database_oid, epoch, outcome, summaries)
values (1, %(warehouse_id)s, %(run_id)s, %(watermark)s, %(as_of)s, %(system_identifier)s, %(timeline)s,
        %(database_oid)s, %(epoch)s, %(outcome)s, %(summaries)s)

-- name: insert_shadow_watermark
insert into etl_watermark__new (only_row, warehouse_id, run_id, watermark, as_of, system_identifier, timeline,
                                database_oid, epoch, outcome, summaries)
values (1, %(warehouse_id)s, %(run_id)s, %(watermark)s, %(as_of)s, %(system_identifier)s, %(timeline)s,
        %(database_oid)s, %(epoch)s, %(outcome)s, %(summaries)s)

-- name: newest_run
select coalesce(max(run_id), 0) from etl_log

-- name: begin_run
insert into etl_log (run_id, etl_run_time, status, records_processed, mode, started_at)
values (%(run_id)s, %(now)s, 'RUNNING', 0, %(mode)s, %(now)s)

-- name: finish_run
update etl_log set status = 'SUCCESS', records_processed = %(records)s, mode = %(mode)s, reason = %(reason)s,
       finished_at = %(now)s, as_of = %(as_of)s, watermark = %(watermark)s, rows_by_table = %(rows)s
where run_id = %(run_id)s

-- name: fail_run
update etl_log set status = 'FAILED', finished_at = %(now)s, error = %(error)s where run_id = %(run_id)s

-- name: unfinished_runs
select run_id from etl_log where status = 'RUNNING' order by run_id

-- name: runs
select run_id, etl_run_time, status, records_processed, mode, reason, started_at, finished_at, as_of,
       watermark, rows_by_table, error
from etl_log order by run_id desc limit %(limit)s

-- name: run
select run_id, etl_run_time, status, records_processed, mode, reason, started_at, finished_at, as_of,
       watermark, rows_by_table, error
from etl_log where run_id = %(run_id)s

-- name: last_success
select run_id, etl_run_time, status, records_processed, mode, reason, started_at, finished_at, as_of,
       watermark, rows_by_table, error
from etl_log where status = 'SUCCESS' order by run_id desc limit 1

-- name: runs_by_status
select status, count(*) from etl_log group by status order by status

-- name: successes
select count(*) from etl_log where status = 'SUCCESS'

-- name: quarantined
select table_name, row_key, scope, reason, row_json, first_run_id, last_run_id from etl_quarantine
order by table_name, row_key

-- name: quarantine_keys
select table_name, scope from etl_quarantine

-- name: orders_of_unknown_members
select order_id from fact_sales where customer_key = 0
union
select order_id from fact_sales where product_key = 0

-- name: quarantine_firsts
select table_name, row_key, first_run_id from etl_quarantine

-- name: clear_quarantine
delete from etl_quarantine

-- name: insert_quarantine
insert into etl_quarantine (table_name, row_key, scope, reason, row_json, first_run_id, last_run_id)
values (%(table_name)s, %(row_key)s, %(scope)s, %(reason)s, %(row_json)s, %(first_run_id)s, %(last_run_id)s)

-- name: insert_shadow_quarantine
insert into etl_quarantine__new (table_name, row_key, scope, reason, row_json, first_run_id, last_run_id)
values (%(table_name)s, %(row_key)s, %(scope)s, %(reason)s, %(row_json)s, %(first_run_id)s, %(last_run_id)s)

-- name: calendar_ends
select min(date), max(date) from dim_date where date_key > 0

-- name: staged_days
select min(least(order_date_key, coalesce(nullif(date_key, 0), order_date_key))),
       max(greatest(order_date_key, date_key))
from stg_fact_sales
union all
select min(least(date_key, return_date_key)), max(greatest(date_key, return_date_key)) from stg_fact_return
