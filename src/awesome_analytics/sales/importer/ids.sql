-- Ids for new things whose own id may be taken: the first to come keeps it, the others get the next free
-- suffix. The caller fills stage_wish, then stage_taken with the ids near the wished ones.

-- name: drop_wishes
drop table if exists stage_wish, stage_taken

-- name: create_wishes
create temporary table stage_wish (
    source text collate "C" not null,
    thing text[] collate "C" not null,
    first_seen bigint[] not null,
    given_id text collate "C"
) on commit drop

-- name: create_taken
create temporary table stage_taken (
    id text collate "C" not null,
    in_books boolean not null
) on commit drop

-- name: index_taken
create index on stage_taken (id)

-- name: analyze_ids
analyze stage_wish, stage_taken

-- name: grant_own_ids
update stage_wish w set given_id = w.source
from (select source, min(first_seen) as first_seen from stage_wish group by source) first
where w.source = first.source and w.first_seen = first.first_seen
  and not exists (select from stage_taken t where t.id = w.source and t.in_books)

-- name: grant_suffixes
with lacking as (
    select source, thing, row_number() over (partition by source order by first_seen) as nth
    from stage_wish where given_id is null
), wanted as (
    select source, count(*) as things from lacking group by source
), free as (
    -- As many candidates as are wanted and could be taken already: enough are free.
    select w.source, w.source || '-' || n as id, row_number() over (partition by w.source order by n) as nth
    from wanted w
    cross join lateral (
        select count(*) as ids from stage_taken t where t.id >= w.source || '-' and t.id < w.source || '.'
    ) used
    cross join lateral generate_series(2, 1 + w.things + used.ids) as n
    where not exists (select from stage_taken t where t.id = w.source || '-' || n)
)
update stage_wish w set given_id = free.id
from lacking join free using (source, nth)
where w.source = lacking.source and w.thing = lacking.thing
