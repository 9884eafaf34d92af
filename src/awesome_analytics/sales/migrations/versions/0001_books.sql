-- The shop's own books. Keys compare by code point (COLLATE "C"), so that every engine sorts and
-- matches them alike; text carries no control characters and no outer spaces, so that no loader and
-- no padded comparison can change it on the way.

create domain natural_key as text collate "C"
    check (value <> '' and length(value) <= 64 and value = btrim(value) and value !~ '[\u0001-\u001f\u007f]');
create domain name_text as text collate "C"
    check (value <> '' and length(value) <= 200 and value = btrim(value) and value !~ '[\u0001-\u001f\u007f]');
create domain amount as numeric(18, 5) check (value <> 'NaN');
create domain shop_date as date check (value between date '1900-01-01' and date '2199-12-31');

-- ---------------------------------------------------------------- who wrote what

create table row_history (
    history_id bigint generated always as identity primary key,
    table_name text not null,
    operation text not null,
    old_row jsonb not null,
    actor text,
    database_user text not null default session_user,
    written_at timestamptz not null default clock_timestamp()
);
create index on row_history ((old_row ->> 'order_id'));
comment on table row_history is 'What a row was before it was corrected or voided, and who did it';

create table entry_log (
    entry_id bigint generated always as identity primary key,
    idempotency_key text unique check (length(idempotency_key) between 1 and 200),
    command text not null,
    actor text not null,
    payload jsonb not null,
    result jsonb,
    recorded_at timestamptz not null default clock_timestamp()
);
create index on entry_log ((result ->> 'order_id'));
comment on table entry_log is 'Every command with who gave it; a repeated key returns the first result';

-- ---------------------------------------------------------------- change capture

create table tombstone (
    tombstone_id bigint generated always as identity primary key,
    table_name text not null,
    row_key jsonb not null,
    tbl_last_dt timestamptz not null default clock_timestamp(),
    tbl_last_xid xid8 not null default pg_current_xact_id()
);
create index on tombstone (tbl_last_xid);
comment on table tombstone is 'Keys that rows were deleted from or moved away from';

create table source_identity (
    only_row boolean primary key default true check (only_row),
    epoch uuid not null default gen_random_uuid()
);
insert into source_identity default values;
comment on table source_identity is 'Renewed by a restore, so that readers of changes notice it';

create table etl_mark (
    warehouse_id uuid primary key,
    run_id bigint not null,
    marked_at timestamptz not null default clock_timestamp()
);
comment on table etl_mark is 'The newest finished run of each warehouse that reads these books';

create function stamp_row() returns trigger language plpgsql as $$
begin
    new.tbl_last_dt := clock_timestamp();
    new.tbl_last_xid := pg_current_xact_id();
    return new;
end $$;

-- Arguments are the columns by which readers find what depended on the row.
create function bury_row() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    before_row jsonb := to_jsonb(old);
    before_key jsonb;
    after_key jsonb;
begin
    select jsonb_object_agg(c, before_row -> c) into before_key from unnest(tg_argv) as c;
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(c, to_jsonb(new) -> c) into after_key from unnest(tg_argv) as c;
        if after_key = before_key then
            return null;
        end if;
    end if;
    insert into tombstone (table_name, row_key) values (tg_table_name, before_key);
    return null;
end $$;

-- A transaction with a snapshot of its own can't see what was committed since, and would neither bury it nor
-- count it against a rule.
create function insist_on_newest_rows() returns void language plpgsql as $$
begin
    if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
        raise exception 'the books are written in READ COMMITTED transactions, this one is %',
            upper(current_setting('transaction_isolation'))
            using errcode = 'invalid_transaction_state';
    end if;
end $$;

-- An AFTER TRUNCATE trigger would find the table empty already.
create function bury_all_rows() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform insist_on_newest_rows();
    execute format(
        'insert into tombstone (table_name, row_key)
         select %L, (select jsonb_object_agg(c, to_jsonb(t) -> c) from unnest(%L::text[]) as c) from %I.%I t',
        tg_table_name, tg_argv, tg_table_schema, tg_table_name);
    return null;
end $$;

create function remember_row() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    before_row jsonb := to_jsonb(old) - 'tbl_last_dt' - 'tbl_last_xid';
begin
    if tg_op = 'DELETE' or before_row <> to_jsonb(new) - 'tbl_last_dt' - 'tbl_last_xid' then
        insert into row_history (table_name, operation, old_row, actor)
        values (tg_table_name, tg_op, before_row, nullif(current_setting('awesome.actor', true), ''));
    end if;
    return null;
end $$;

-- ---------------------------------------------------------------- choices that are rows, not code

create table market (market name_text primary key, position integer not null default 1000);
create table region (region name_text primary key, position integer not null default 1000);
create table order_priority (order_priority name_text primary key, position integer not null default 1000);
create table ship_mode (ship_mode name_text primary key, position integer not null default 1000);
create table return_reason (return_reason name_text primary key, position integer not null default 1000);

create table segment (
    segment_id integer generated by default as identity primary key,
    segment_name name_text not null unique,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null
);
create table category (
    category_id integer generated by default as identity primary key,
    category_name name_text not null unique,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null
);
create table subcategory (
    subcategory_id integer generated by default as identity primary key,
    category_id integer not null references category,
    subcategory_name name_text not null,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null,
    unique (category_id, subcategory_name),
    unique (subcategory_id, category_id)
);

-- ---------------------------------------------------------------- the books

create sequence customer_number start 1001;
create sequence order_number start 1;
create sequence product_number start 501;
create sequence return_number start 1;

create table tbl_customers (
    customer_id natural_key primary key,
    customer_name name_text not null,
    customer_email text collate "C" unique
        check (customer_email ~ '^[^@\s]+@[^@\s]+$' and length(customer_email) <= 254
               and customer_email !~ '[A-Z\u0001-\u001f\u007f]'),
    segment_id integer not null references segment,
    market name_text not null references market on update cascade,
    region name_text not null references region on update cascade,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null
);
-- By the database's own alphabet: a clerk types a name in any case.
create index on tbl_customers (lower(customer_name collate "default"));
create index on tbl_customers (segment_id);

create table tbl_products (
    product_id natural_key primary key,
    product_name name_text not null,
    category_id integer not null references category,
    subcategory_id integer not null,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null,
    foreign key (subcategory_id, category_id) references subcategory (subcategory_id, category_id)
        on update cascade
);
create index on tbl_products (lower(product_name collate "default"));
create index on tbl_products (subcategory_id);

create table tbl_orders (
    order_id natural_key primary key,
    customer_id natural_key not null references tbl_customers on update cascade,
    order_date shop_date not null,
    order_priority name_text not null references order_priority on update cascade,
    market name_text not null references market on update cascade,
    region name_text not null references region on update cascade,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null
);
create index on tbl_orders (customer_id);
create index on tbl_orders (order_date);

create table order_product (
    order_id natural_key not null references tbl_orders on update cascade,
    line_no integer not null check (line_no between 1 and 100000),
    product_id natural_key not null references tbl_products on update cascade,
    quantity integer not null check (quantity between 1 and 1000000),
    sales amount not null check (sales >= 0),
    discount amount not null check (discount >= 0),
    discount_rate numeric(9, 6) not null check (discount_rate between 0 and 1),
    profit amount not null,
    shipping_cost amount not null check (shipping_cost >= 0),
    ship_mode name_text not null references ship_mode on update cascade,
    ship_date shop_date,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null,
    primary key (order_id, line_no)
);
create index on order_product (product_id);
comment on column order_product.sales is 'The amount as recorded';
comment on column order_product.ship_date is 'Empty: not shipped yet';

create table tbl_returns (
    return_id natural_key primary key,
    order_id natural_key not null references tbl_orders on update cascade,
    product_id natural_key references tbl_products on update cascade,
    quantity integer check (quantity between 1 and 1000000),
    return_reason name_text not null references return_reason on update cascade,
    return_status text not null check (return_status in ('Pending', 'Approved', 'Rejected', 'Completed')),
    return_region name_text not null references region on update cascade,
    return_date shop_date not null,
    tbl_last_dt timestamptz not null,
    tbl_last_xid xid8 not null,
    constraint a_product_and_its_quantity_or_the_whole_order
        check ((product_id is null) = (quantity is null))
);
create index on tbl_returns (order_id);
create unique index whole_order_returned_once on tbl_returns (order_id)
    where product_id is null and return_status <> 'Rejected';

-- What each return takes from each line. Returns of a product fill its lines in the lines' order, each
-- after the one before; a return of the whole order takes what they leave. A rejected return takes
-- nothing from others: its rows say what it asked for. Lines are found per return, which are few, so that
-- asking for some orders reads no others, however many lines the books hold.
create view return_line as
with claim as (
    select return_id, order_id, product_id, quantity, return_status,
           case when return_status = 'Rejected' then 0 else
               sum(quantity) over (
                   partition by order_id, product_id, return_status = 'Rejected'
                   order by return_date, length(return_id), return_id
               ) - quantity
           end as starts
    from tbl_returns
    where product_id is not null
), taken as not materialized (
    select c.return_id, c.order_id, l.line_no, c.product_id, c.return_status,
           least(l.starts + l.quantity, c.starts + c.quantity) - greatest(l.starts, c.starts) as quantity
    from claim c
    cross join lateral (
        select line_no, product_id, quantity,
               sum(quantity) filter (where product_id = c.product_id) over (order by line_no) - quantity as starts
        from order_product
        where order_id = c.order_id
    ) l
    where l.product_id = c.product_id
      and least(l.starts + l.quantity, c.starts + c.quantity) > greatest(l.starts, c.starts)
), whole as (
    select r.return_id, r.order_id, l.line_no, l.product_id,
           l.quantity - case when r.return_status = 'Rejected' then 0 else t.quantity end as quantity
    from tbl_returns r
    join order_product l on l.order_id = r.order_id
    cross join lateral (
        select coalesce(sum(quantity), 0) as quantity from taken
        where order_id = r.order_id and line_no = l.line_no and return_status <> 'Rejected'
    ) t
    where r.product_id is null
)
select return_id, order_id, line_no, product_id, quantity::integer as quantity from taken
union all
select return_id, order_id, line_no, product_id, quantity::integer from whole where quantity > 0;

-- ---------------------------------------------------------------- rules across rows

-- Taken before the returns are looked for: a line being voided must see a return that is being recorded.
create function hold_orders(orders text[]) returns void language plpgsql as $$
begin
    perform from tbl_orders where order_id = any (orders) order by order_id for no key update;
end $$;

-- Runs after the foreign keys have locked the order, which a change of its date waits for. Each order is
-- looked up by index whatever the planner believes: a plan made while the tables were small, or within a
-- transaction that fills them, would scan them whole for every statement.
create function check_orders(orders text[]) returns void language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    wrong record;
begin
    perform insist_on_newest_rows();
    select l.order_id, l.line_no, l.ship_date, o.order_date into wrong
    from unnest(orders) as touched (id)
    join order_product l on l.order_id = touched.id
    join tbl_orders o on o.order_id = l.order_id
    where l.ship_date < o.order_date limit 1;
    if found then
        raise exception 'order % line %: shipped on % before it was ordered on %',
            wrong.order_id, wrong.line_no, wrong.ship_date, wrong.order_date
            using errcode = 'check_violation', constraint = 'shipped_on_or_after_order_date';
    end if;
    if not exists (select from unnest(orders) as touched (id) join tbl_returns r on r.order_id = touched.id) then
        return;
    end if;
    perform from unnest(orders) as touched (id) join tbl_orders o on o.order_id = touched.id
    order by o.order_id for no key update of o;
    select r.return_id, r.return_date, o.order_date into wrong
    from unnest(orders) as touched (id)
    join tbl_returns r on r.order_id = touched.id
    join tbl_orders o on o.order_id = r.order_id
    where r.return_date < o.order_date limit 1;
    if found then
        raise exception 'return %: returned on % before it was ordered on %',
            wrong.return_id, wrong.return_date, wrong.order_date
            using errcode = 'check_violation', constraint = 'returned_on_or_after_order_date';
    end if;
    -- Per order, and not by the product's index: that would read every order of a best-seller.
    select touched.id as order_id, r.product_id, r.returned, l.bought into wrong
    from unnest(orders) as touched (id)
    cross join lateral (
        select product_id, sum(quantity) as returned from tbl_returns
        where order_id = touched.id and product_id is not null and return_status <> 'Rejected'
        group by product_id
    ) as r
    cross join lateral (
        select coalesce(sum(quantity) filter (where product_id = r.product_id), 0) as bought
        from order_product where order_id = touched.id
    ) as l
    where r.returned > l.bought
    limit 1;
    if found then
        raise exception 'order %: % of product % returned, % bought',
            wrong.order_id, wrong.returned, wrong.product_id, wrong.bought
            using errcode = 'check_violation', constraint = 'returned_no_more_than_bought';
    end if;
    -- No product came back more often than it was bought: so pieces are left unless all of them came back.
    select r.order_id into wrong
    from unnest(orders) as touched (id) join tbl_returns r on r.order_id = touched.id
    where r.product_id is null and r.return_status <> 'Rejected'
      and (select coalesce(sum(l.quantity), 0) from order_product l where l.order_id = r.order_id)
          <= (select coalesce(sum(p.quantity), 0) from tbl_returns p
              where p.order_id = r.order_id and p.product_id is not null and p.return_status <> 'Rejected')
    limit 1;
    if found then
        raise exception 'order %: nothing is left to return', wrong.order_id
            using errcode = 'check_violation', constraint = 'returned_no_more_than_bought';
    end if;
end $$;

create function check_inserted() returns trigger language plpgsql as $$
begin
    perform check_orders(array(select distinct order_id::text from new_rows));
    return null;
end $$;
create function check_updated() returns trigger language plpgsql as $$
declare
    orders text[] := array(select order_id::text from new_rows union select order_id::text from old_rows);
begin
    perform hold_orders(orders);
    perform check_orders(orders);
    return null;
end $$;
create function check_deleted() returns trigger language plpgsql as $$
declare
    orders text[] := array(select distinct order_id::text from old_rows);
begin
    perform hold_orders(orders);
    perform check_orders(orders);
    return null;
end $$;

create trigger check_inserted after insert on order_product
    referencing new table as new_rows for each statement execute function check_inserted();
create trigger check_updated after update on order_product
    referencing old table as old_rows new table as new_rows for each statement execute function check_updated();
create trigger check_deleted after delete on order_product
    referencing old table as old_rows for each statement execute function check_deleted();
create trigger check_inserted after insert on tbl_returns
    referencing new table as new_rows for each statement execute function check_inserted();
create trigger check_updated after update on tbl_returns
    referencing old table as old_rows new table as new_rows for each statement execute function check_updated();
create trigger check_updated after update on tbl_orders
    referencing old table as old_rows new table as new_rows for each statement execute function check_updated();

-- A line or return being written holds a key-share lock on its order; a new date must wait for it.
create function lock_order_for_new_date() returns trigger language plpgsql as $$
begin
    perform from tbl_orders where order_id = old.order_id for update;
    return new;
end $$;
create trigger lock_order_for_new_date before update of order_date on tbl_orders
    for each row when (old.order_date is distinct from new.order_date)
    execute function lock_order_for_new_date();

-- ---------------------------------------------------------------- the same care for every table

do $$
declare
    target record;
begin
    for target in
        select * from (values
            ('segment', 'segment_id'),
            ('category', 'category_id'),
            ('subcategory', 'subcategory_id'),
            ('tbl_customers', 'customer_id'),
            ('tbl_products', 'product_id'),
            ('tbl_orders', 'order_id'),
            ('order_product', 'order_id, line_no'),
            ('tbl_returns', 'return_id, order_id')
        ) as t (name, keys)
    loop
        execute format('create index on %I (tbl_last_xid)', target.name);
        execute format('create trigger stamp_row before insert or update on %I
                        for each row execute function stamp_row()', target.name);
        execute format('create trigger bury_row after delete or update of %s on %I
                        for each row execute function bury_row(%s)',
                       target.keys, target.name, target.keys);
        execute format('create trigger bury_all_rows before truncate on %I
                        for each statement execute function bury_all_rows(%s)',
                       target.name, target.keys);
        execute format('create trigger remember_row after delete or update on %I
                        for each row execute function remember_row()', target.name);
        execute format('alter table %I enable always trigger stamp_row', target.name);
        execute format('alter table %I enable always trigger bury_row', target.name);
        execute format('alter table %I enable always trigger bury_all_rows', target.name);
    end loop;
end $$;
