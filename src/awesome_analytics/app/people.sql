-- name: people
select p.username, p.created_at, p.password_changed_at,
       coalesce((select array_agg(role order by role) from app.person_role r where r.person_id = p.person_id), '{}')
           as roles,
       (select max(seen_at) from app.session s where s.person_id = p.person_id) as seen_at
from app.person p
order by p.username

-- name: nobody_exists
select not exists (select from app.person) as nobody

-- name: lock_people
-- Who may manage people is decided one change after the other: the last administrator stays.
select pg_advisory_xact_lock(hashtextextended('awesome: people', 0))

-- name: insert_person
insert into app.person (username, password_hash, created_at, password_changed_at)
values (%(username)s, %(password_hash)s, %(now)s, %(now)s)
on conflict (username) do nothing
returning person_id

-- name: person
select person_id, username, password_hash, array(select role from app.person_role r where r.person_id = p.person_id
                                                 order by role) as roles
from app.person p where username = %(username)s

-- name: insert_role
insert into app.person_role (person_id, role) values (%(person_id)s, %(role)s) on conflict do nothing

-- name: delete_roles
delete from app.person_role where person_id = %(person_id)s and role <> all (%(roles)s)

-- name: administrators
select count(*) as administrators from app.person_role where role = 'administrator'

-- name: set_password
update app.person set password_hash = %(password_hash)s, password_changed_at = %(now)s
where person_id = %(person_id)s

-- name: improve_hash
update app.person set password_hash = %(password_hash)s where person_id = %(person_id)s

-- name: delete_person
delete from app.person where person_id = %(person_id)s

-- name: end_sessions
delete from app.session where person_id = %(person_id)s

-- name: forget_attempts
delete from app.log_in_throttle where kind = 'account' and subject = %(username)s

-- name: audit
insert into app.audit (at, actor, what, detail, address)
values (%(now)s, %(actor)s, %(what)s, %(detail)s, %(address)s)

-- name: newest_audit
select at, actor, what, detail, address from app.audit order by audit_id desc limit %(limit)s

-- name: replace_links
delete from app.one_time_link

-- name: insert_link
insert into app.one_time_link (token_hash, made_at, expires_at) values (%(token_hash)s, %(now)s, %(expires_at)s)

-- name: link_is_good
select exists (select from app.one_time_link where token_hash = %(token_hash)s and expires_at > %(now)s) as good
