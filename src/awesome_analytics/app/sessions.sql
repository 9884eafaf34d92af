-- name: attempt
-- Counted before the password is looked at, so that attempts sent at once can't slip past the count. What is
-- blocked stays as it is: hammering on doesn't move the end of the wait.
insert into app.log_in_throttle as t (kind, subject, failures, last_at, blocked_until)
values (%(kind)s, %(subject)s, 1, %(now)s, %(now)s)
on conflict (kind, subject) do update
set failures = case when t.last_at < %(forget)s then 1 else t.failures + 1 end,
    last_at = %(now)s,
    blocked_until = %(now)s + least(
        %(longest)s,
        case when t.last_at < %(forget)s or t.failures < %(free)s then interval '0'
             else interval '1 second' * power(2, least(t.failures - %(free)s, 20)) end)
where t.blocked_until <= %(now)s
returning failures

-- name: blocked_until
select blocked_until from app.log_in_throttle where kind = %(kind)s and subject = %(subject)s

-- name: forgive_account
delete from app.log_in_throttle where kind = 'account' and subject = %(subject)s

-- name: forgive_address
-- A success takes back its own attempt alone: a guesser with one account of his own stays counted.
update app.log_in_throttle set failures = greatest(failures - 1, 0), blocked_until = least(blocked_until, %(now)s)
where kind = 'address' and subject = %(subject)s

-- name: open_session
insert into app.session (token_hash, person_id, role, created_at, seen_at, address)
values (%(token_hash)s, %(person_id)s, %(role)s, %(now)s, %(now)s, %(address)s)

-- name: sweep_sessions
delete from app.session where seen_at < %(idle_since)s or created_at < %(made_since)s

-- name: sweep_attempts
delete from app.log_in_throttle where last_at < %(forget)s and blocked_until < %(now)s

-- name: who
select p.username, s.role, s.seen_at
from app.session s join app.person p using (person_id)
where s.token_hash = %(token_hash)s and s.seen_at >= %(idle_since)s and s.created_at >= %(made_since)s

-- name: seen
update app.session set seen_at = %(now)s where token_hash = %(token_hash)s

-- name: close_session
delete from app.session s using app.person p
where p.person_id = s.person_id and s.token_hash = %(token_hash)s
returning p.username, s.role

-- name: signed_in
select s.role, count(*) from app.session s
where s.seen_at >= %(idle_since)s and s.created_at >= %(made_since)s group by 1 order by 1
