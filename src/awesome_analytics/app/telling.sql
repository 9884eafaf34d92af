-- name: open_troubles
select trouble_id, kind, told, began_at, over_at from app.trouble where over_at is null order by trouble_id

-- name: begin_trouble
insert into app.trouble (kind, told, began_at) values (%(kind)s, %(told)s, %(now)s)
on conflict (kind) where over_at is null do nothing

-- name: retell_trouble
update app.trouble set told = %(told)s where kind = %(kind)s and over_at is null and told <> %(told)s

-- name: end_troubles
update app.trouble set over_at = %(now)s where over_at is null and kind <> all (%(kinds)s)

-- name: forget_troubles
delete from app.trouble where over_at < %(before)s

-- name: due_notices
-- An end is told where the beginning was, or was tried in vain: what came and went meanwhile is told once, late.
select t.trouble_id, t.kind, t.told, t.began_at, t.over_at, coalesce(n.attempt, 0) as attempt
from app.trouble t left join app.trouble_notice n on n.trouble_id = t.trouble_id and n.channel = %(channel)s
where coalesce(n.not_before, t.began_at) <= %(now)s
  and (t.over_at is null and n.sent is null and t.began_at <= %(stood_since)s
       or t.over_at is not null and n.trouble_id is not null and n.sent is distinct from 'over')
order by t.trouble_id

-- name: note_sent
insert into app.trouble_notice (trouble_id, channel, sent, not_before)
values (%(trouble_id)s, %(channel)s, %(sent)s, %(now)s)
on conflict (trouble_id, channel) do update set sent = excluded.sent, attempt = 0, not_before = excluded.not_before

-- name: note_failed
insert into app.trouble_notice (trouble_id, channel, attempt, not_before)
values (%(trouble_id)s, %(channel)s, 1, %(until)s)
on conflict (trouble_id, channel) do update
set attempt = trouble_notice.attempt + 1, not_before = excluded.not_before

-- name: report_plan_for_update
select cron, timezone, next_due, last_due, owed, attempt, not_before from app.report_plan for update

-- name: write_report_plan
insert into app.report_plan (cron, timezone, next_due, last_due)
values (%(cron)s, %(timezone)s, %(next_due)s, %(last_due)s)
on conflict (only_row) do update set cron = excluded.cron, timezone = excluded.timezone,
    next_due = excluded.next_due, last_due = excluded.last_due

-- name: owe_report
update app.report_plan set owed = %(due)s, attempt = 0, not_before = %(now)s

-- name: report_sent
update app.report_plan set owed = null, attempt = 0, not_before = null

-- name: report_failed
update app.report_plan set attempt = attempt + 1, not_before = %(until)s
