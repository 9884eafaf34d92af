-- name: plan
select cron, timezone, next_due, last_due from app.etl_plan

-- name: plan_for_update
select cron, timezone, next_due, last_due from app.etl_plan for update

-- name: write_plan
insert into app.etl_plan (cron, timezone, next_due, last_due)
values (%(cron)s, %(timezone)s, %(next_due)s, %(last_due)s)
on conflict (only_row) do update set cron = excluded.cron, timezone = excluded.timezone,
    next_due = excluded.next_due, last_due = excluded.last_due

-- name: ask
insert into app.etl_request (kind, cause, asked_by, asked_at, not_before)
values (%(kind)s, %(cause)s, %(asked_by)s, %(now)s, %(now)s)
on conflict (kind) where status = 'WAITING'
do update set not_before = least(etl_request.not_before, excluded.not_before)
returning request_id

-- name: take
update app.etl_request set status = 'RUNNING', attempt = attempt + 1, started_at = %(now)s
where request_id = (
    select request_id from app.etl_request where status = 'WAITING' and not_before <= %(now)s
    order by not_before, request_id limit 1 for update skip locked)
returning request_id, kind, cause, asked_by, asked_at, not_before, attempt, status, started_at, finished_at,
          error, outcome

-- name: finish
update app.etl_request set status = 'DONE', finished_at = %(now)s, error = null, outcome = %(outcome)s
where request_id = %(request_id)s and status = 'RUNNING' and attempt = %(attempt)s

-- name: record
insert into app.etl_request (kind, cause, asked_by, asked_at, not_before, attempt, status, started_at, finished_at, outcome)
values (%(kind)s, 'asked', %(asked_by)s, %(began)s, %(began)s, 1, 'DONE', %(began)s, %(now)s, %(outcome)s)

-- name: fail
update app.etl_request set status = 'FAILED', finished_at = %(now)s, error = %(error)s
where request_id = %(request_id)s and status = 'RUNNING' and attempt = %(attempt)s

-- name: postpone
update app.etl_request r
set status = 'WAITING', not_before = %(until)s, error = %(error)s, attempt = %(counted)s
where request_id = %(request_id)s and status = 'RUNNING' and attempt = %(attempt)s
  and not exists (select from app.etl_request w where w.kind = r.kind and w.status = 'WAITING')

-- name: running
select request_id, kind, cause, asked_by, asked_at, not_before, attempt, status, started_at, finished_at,
       error, outcome
from app.etl_request where status = 'RUNNING'

-- name: newest
select request_id, kind, cause, asked_by, asked_at, not_before, attempt, status, started_at, finished_at,
       error, outcome
from app.etl_request where kind = any (%(kinds)s) order by request_id desc limit %(limit)s

-- name: forget
delete from app.etl_request
where status in ('DONE', 'FAILED') and asked_at < %(before)s
  and request_id not in (select max(request_id) from app.etl_request group by kind)

-- name: write_progress
insert into app.etl_progress (request_id, attempt, steps, warnings, told_at)
values (%(request_id)s, %(attempt)s, %(steps)s, %(warnings)s, %(now)s)
on conflict (request_id) do update set attempt = excluded.attempt, steps = excluded.steps,
    warnings = excluded.warnings, told_at = excluded.told_at

-- name: progress
select attempt, steps, warnings, told_at from app.etl_progress where request_id = %(request_id)s

-- name: be_the_only_one
select pg_try_advisory_lock(hashtext('awesome scheduler'), 0)

-- name: beat
insert into app.etl_scheduler (process, started_at, beat_at, trouble)
values (%(process)s, %(started_at)s, %(now)s, %(trouble)s)
on conflict (only_row) do update set process = excluded.process, started_at = excluded.started_at,
    beat_at = excluded.beat_at, trouble = excluded.trouble

-- name: scheduler
select process, started_at, beat_at, trouble from app.etl_scheduler

-- name: quarantine
select table_name, row_key, reason, first_run_id, last_run_id from app.etl_quarantine
order by table_name, row_key

-- name: clear_quarantine
delete from app.etl_quarantine

-- name: insert_quarantine
insert into app.etl_quarantine (table_name, row_key, reason, first_run_id, last_run_id)
values (%(table_name)s, %(row_key)s, %(reason)s, %(first_run_id)s, %(last_run_id)s)
