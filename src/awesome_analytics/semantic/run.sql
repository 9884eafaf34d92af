-- name: as_of
select max(as_of) from etl_log where status = 'SUCCESS'
