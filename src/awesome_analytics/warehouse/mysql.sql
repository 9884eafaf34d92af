-- name: create_stage
create temporary table {name} ({columns}) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin

-- name: drop_stage
drop temporary table if exists {name}

-- name: copy_in
load data local infile %(path)s into table {name} character set utf8mb4
fields terminated by '\t' escaped by '\\' lines terminated by '\n' ({columns})

-- name: insert_in
insert into {name} ({columns}) values

-- name: enter_by_key
-- InnoDB counts the rows of temporary tables by itself.
do 0

-- name: assignment
t.{column} = s.{column}

-- name: update_changed
update {target} as t join {stage} as s on {on} set {assignments} where not ({same})

-- name: insert_members
insert into {target} ({surrogate}, {columns})
select coalesce((select max({surrogate}) from {target}), 0) + row_number() over (order by {ordered}), {staged}
from {stage} as s
left join {target} as t on {on}
where t.{surrogate} is null

-- name: delete_gone
delete t from {target} as t
join {scope} as c on c.{scope_column} = t.{scope_column}
left join {stage} as s on {on}
where s.{first_key} is null

-- name: resolve
insert into {name}
select {columns} from {stage} as s {joins}

-- name: insert_missing
insert into {target} ({columns})
select {staged} from {resolved} as s left join {target} as t on {on} where t.{first_key} is null

-- name: create_shadow
create table {name}__new like {name}

-- name: indexes
select index_name, group_concat(concat('`', column_name, '`') order by seq_in_index)
from information_schema.statistics
where table_schema = database() and table_name = %(table)s and non_unique = 1
group by index_name order by index_name

-- name: alter_table
alter table {name} {changes}

-- name: drop_index
drop index `{name}`

-- name: add_index
add index `{name}` ({columns})

-- name: drop_table
drop table if exists {name}

-- name: lock_patience
set session lock_wait_timeout = 1

-- name: claim
select get_lock(concat('awesome ', left(sha2(database(), 256), 40)), %s)

-- name: rename
rename table {renames}

-- name: analyze
analyze table {names}

-- name: kill_statement
kill query %s

-- name: room_to_sum
do 0

-- name: cells_of_lines
-- Lines in the order they lie in: by an index or from a dimension's side each would be looked up.
insert into {target} ({columns})
select straight_join {values} from {sales} as f use index () {joins} group by {cell} order by {cell}

-- name: days_between
datediff({later}, {earlier})

-- name: addition
t.{column} = t.{column} + s.{column}

-- name: add_to_cells
update {target} as t join {delta} as s on {on} set {additions}

-- name: drop_known_cells
delete s from {delta} as s join {target} as t on {on}

-- name: upsert_addition
{target}.{column} = {target}.{column} + s.{column}

-- name: upsert_cells
insert into {target} ({columns}) select {columns} from {delta} as s on duplicate key update {additions}

-- name: delete_empty_cells
delete t from {target} as t join {delta} as s on {on} where t.order_lines = 0 and t.returned_lines = 0
