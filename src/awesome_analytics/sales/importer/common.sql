-- name: one_at_a_time
select pg_try_advisory_xact_lock(hashtext('awesome import'), 0)

-- name: memory
set local work_mem = '64MB'

-- name: actor
select set_config('awesome.actor', %(actor)s, true)

-- name: log
insert into entry_log (command, actor, payload, result)
values ('import', %(actor)s, %(payload)s::jsonb, %(result)s::jsonb)
