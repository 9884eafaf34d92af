-- name: claim
-- Waits for another submit of the same key, and then does nothing. The triggers that keep old rows learn
-- the actor from the setting, which ends with the transaction.
insert into entry_log (idempotency_key, command, actor, payload)
values (%(idempotency_key)s, %(command)s, set_config('awesome.actor', %(actor)s, true), %(payload)s)
on conflict (idempotency_key) do nothing
returning entry_id

-- name: keep_result
update entry_log set result = %(result)s where entry_id = %(entry_id)s

-- name: recorded
select command, payload, result from entry_log where idempotency_key = %(idempotency_key)s
