-- name: act_as
select set_config('awesome.actor', %(actor)s, true)

-- name: claim
-- Waits for another submit of the same key, and then does nothing.
insert into entry_log (idempotency_key, command, actor, payload)
values (%(idempotency_key)s, %(command)s, %(actor)s, %(payload)s)
on conflict (idempotency_key) do nothing
returning entry_id

-- name: keep_result
update entry_log set result = %(result)s where entry_id = %(entry_id)s

-- name: log_entry
insert into entry_log (idempotency_key, command, actor, payload, result)
values (%(idempotency_key)s, %(command)s, %(actor)s, %(payload)s, %(result)s)

-- name: recorded
select command, payload, result from entry_log where idempotency_key = %(idempotency_key)s
