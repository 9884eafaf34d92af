-- name: create_stage
create temporary table {name} ({columns})

-- name: drop_stage
drop table if exists pg_temp.{name}

-- name: copy_in
copy {name} ({columns}) from stdin

-- name: copy_in_frozen
copy {name} ({columns}) from stdin (freeze)

-- name: enter_by_key
-- Fresh temporary tables have no statistics; the cost of a merge must follow the staged rows.
set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off;
set local jit = off

-- name: assignment
{column} = s.{column}

-- name: update_changed
update {target} as t set {assignments} from {stage} as s where {on} and not ({same})

-- name: insert_members
insert into {target} ({surrogate}, {columns})
select coalesce((select max({surrogate}) from {target}), 0) + row_number() over (order by {ordered}), {staged}
from {stage} as s
left join {target} as t on {on}
where t.{surrogate} is null

-- name: delete_gone
delete from {target} as t using {scope} as c
where c.{scope_column} = t.{scope_column} and not exists (select from {stage} as s where {on})

-- name: resolve
insert into {name}
select {columns} from {stage} as s {joins}

-- name: insert_missing
insert into {target} ({columns})
select {staged} from {resolved} as s left join {target} as t on {on} where t.{first_key} is null

-- name: create_shadow
-- Room in each page lets a changed row stay in it, so that no index is written.
create table {name}__new (like {name} including all excluding indexes) with (fillfactor = 90)

-- name: room_to_sort
set local maintenance_work_mem = '256MB'

-- name: index_definitions
-- A primary key is a unique index first, and then declared.
select unnest((array[
    format('create %%s index %%I on %%I %%s', case when i.indisunique then 'unique' end, c.relname || '__new',
           %(shadow)s::text, substring(pg_get_indexdef(i.indexrelid) from 'USING .*')),
    case when i.indisprimary then
        format('alter table %%I add constraint %%I primary key using index %%I', %(shadow)s::text,
               c.relname || '__new', c.relname || '__new')
    end
])[:case when i.indisprimary then 2 else 1 end])
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = %(table)s::regclass order by i.indisprimary desc, c.relname

-- name: drop_table
drop table if exists {name}

-- name: lock_patience
set local lock_timeout = '300ms' -- below deadlock_timeout, so that no reader is ever taken for the culprit

-- name: lock_tables
lock table {names} in access exclusive mode

-- name: rename
alter table {name} rename to {new_name}

-- name: indexes
select c.relname, i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = %(table)s::regclass order by pg_get_indexdef(i.indexrelid)

-- name: rename_index
alter index {name} rename to {new_name}

-- name: grant_reader
grant select on {name} to awesome_reader

-- name: analyze
analyze {name}

-- name: claim
select pg_advisory_lock(hashtext('awesome warehouse'), 0)

-- name: lock_limit
select set_config('lock_timeout', %(limit)s, false)

-- name: time_limit
select set_config('statement_timeout', %(limit)s, false)

-- name: room_to_sum
set local work_mem = '128MB'; set local jit = off

-- name: sum_lines
-- Two passes: a count(distinct) would sort every line, and only a table's creation is shared among the cores.
drop table if exists pg_temp.sums_of_lines, pg_temp.orders_of_lines;
create temporary table sums_of_lines as
select {coordinates}, {sums} from {sales} as f {joins} group by {cell}

-- name: count_orders
create temporary table orders_of_lines as
select {key}, count(*) as orders from (select distinct {coordinates}, f.order_id from {sales} as f {joins}) as f
group by {key}

-- name: cells_of_lines
insert into {target} ({columns})
select {both} from sums_of_lines as s join orders_of_lines as o on {on} order by {key}

-- name: days_between
make_date({later} / 10000, mod({later} / 100, 100), mod({later}, 100))
    - make_date({earlier} / 10000, mod({earlier} / 100, 100), mod({earlier}, 100))

-- name: addition
{column} = t.{column} + s.{column}

-- name: add_to_cells
update {target} as t set {additions} from {delta} as s where {on}

-- name: drop_known_cells
delete from {delta} as s using {target} as t where {on}

-- name: upsert_addition
{column} = t.{column} + excluded.{column}

-- name: upsert_cells
insert into {target} as t ({columns}) select {columns} from {delta}
on conflict ({key}) do update set {additions}

-- name: delete_empty_cells
delete from {target} as t using {delta} as s where {on} and t.order_lines = 0 and t.returned_lines = 0
