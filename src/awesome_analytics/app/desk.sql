-- name: save
insert into app.saved_query (person_id, name, query, chart, saved_at)
select person_id, %(name)s, %(query)s, %(chart)s, %(now)s from app.person where username = %(username)s
on conflict (person_id, name) do nothing
returning saved_id, name, query, chart, saved_at, pinned_at is not null as pinned

-- name: replace
update app.saved_query q set query = %(query)s, chart = %(chart)s, saved_at = %(now)s
from app.person p
where p.person_id = q.person_id and p.username = %(username)s and q.name = %(name)s
returning q.saved_id, q.name, q.query, q.chart, q.saved_at, q.pinned_at is not null as pinned

-- name: saved
select q.saved_id, q.name, q.query, q.chart, q.saved_at, q.pinned_at is not null as pinned
from app.saved_query q join app.person p using (person_id)
where p.username = %(username)s order by lower(q.name), q.saved_id

-- name: pinned
select q.saved_id, q.name, q.query, q.chart, q.saved_at, true as pinned
from app.saved_query q join app.person p using (person_id)
where p.username = %(username)s and q.pinned_at is not null order by q.pinned_at, q.saved_id

-- name: pin
update app.saved_query q set pinned_at = case when %(pinned)s then coalesce(q.pinned_at, %(now)s) end
from app.person p
where p.person_id = q.person_id and p.username = %(username)s and q.saved_id = %(saved_id)s

-- name: name_taken
select exists (
    select from app.saved_query q join app.person p using (person_id)
    where p.username = %(username)s and q.name = %(name)s and q.saved_id <> %(saved_id)s)

-- name: rename
update app.saved_query q set name = %(name)s
from app.person p
where p.person_id = q.person_id and p.username = %(username)s and q.saved_id = %(saved_id)s

-- name: forget_saved
delete from app.saved_query q using app.person p
where p.person_id = q.person_id and p.username = %(username)s and q.saved_id = %(saved_id)s

-- name: remember
insert into app.query_history (person_id, query, asked_at)
select person_id, %(query)s, %(now)s from app.person where username = %(username)s
on conflict (person_id, md5(query)) do update set asked_at = greatest(query_history.asked_at, excluded.asked_at)

-- name: forget_old_history
delete from app.query_history h using app.person p
where p.person_id = h.person_id and p.username = %(username)s and h.history_id in (
    select o.history_id from app.query_history o where o.person_id = p.person_id
    order by o.asked_at desc, o.history_id desc offset %(kept)s)

-- name: history
select h.query, h.asked_at
from app.query_history h join app.person p using (person_id)
where p.username = %(username)s order by h.asked_at desc, h.history_id desc limit %(limit)s

-- name: begin_conversation
insert into app.conversation (person_id, title, started_at, changed_at)
select person_id, %(title)s, %(now)s, %(now)s from app.person where username = %(username)s
returning conversation_id

-- name: conversations
select c.conversation_id, c.title, c.started_at, c.changed_at
from app.conversation c join app.person p using (person_id)
where p.username = %(username)s order by c.changed_at desc, c.conversation_id desc limit %(limit)s

-- name: end_conversation
delete from app.conversation c using app.person p
where p.person_id = c.person_id and p.username = %(username)s and c.conversation_id = %(conversation_id)s

-- name: touch_conversation
update app.conversation c set changed_at = greatest(c.changed_at, %(now)s)
from app.person p
where p.person_id = c.person_id and p.username = %(username)s and c.conversation_id = %(conversation_id)s

-- name: add_turn
insert into app.chat_turn (conversation_id, question, answer, asked_at)
values (%(conversation_id)s, %(question)s, %(answer)s, %(now)s)
returning turn_id

-- name: turns
select t.turn_id, t.question, t.answer, t.asked_at, t.thumb, t.comment
from app.chat_turn t join app.conversation c using (conversation_id) join app.person p using (person_id)
where p.username = %(username)s and c.conversation_id = %(conversation_id)s order by t.turn_id

-- name: thumb
update app.chat_turn t set thumb = %(thumb)s, comment = %(comment)s
from app.conversation c join app.person p using (person_id)
where c.conversation_id = t.conversation_id and p.username = %(username)s and t.turn_id = %(turn_id)s

-- name: propose
insert into app.verified_example (question, query, sql, origin, proposed_by, proposed_at)
values (%(question)s, %(query)s, %(sql)s, %(origin)s, %(by)s, %(now)s)
on conflict do nothing

-- name: examples
select example_id, question, query, sql, state, origin, proposed_by, proposed_at, reviewed_by, reviewed_at
from app.verified_example where state = %(state)s order by example_id

-- name: example
select example_id, question, query, sql, state, origin, proposed_by, proposed_at, reviewed_by, reviewed_at
from app.verified_example where example_id = %(example_id)s for update

-- name: replace_verified
update app.verified_example set state = 'REFUSED', reviewed_by = %(by)s, reviewed_at = %(now)s
where state = 'VERIFIED' and lower(question) = lower(%(question)s) and example_id <> %(example_id)s

-- name: review
update app.verified_example set state = %(state)s, reviewed_by = %(by)s, reviewed_at = %(now)s
where example_id = %(example_id)s

-- name: outcomes
select coalesce(answer ->> 'kind', ''), count(*), count(*) filter (where thumb = 'up'), count(*) filter (where thumb = 'down')
from app.chat_turn where asked_at > %(since)s group by 1 order by 1
