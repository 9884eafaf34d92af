-- Who may come in. Tables are named with their schema, so that no search path decides where they are.

create table app.person (
    person_id bigint generated always as identity primary key,
    username text collate "C" not null unique
        check (username ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    password_hash text not null,
    created_at timestamptz not null,
    password_changed_at timestamptz not null
);
comment on table app.person is 'Everybody who may log in; the password only as an argon2id hash';

create table app.person_role (
    person_id bigint not null references app.person on delete cascade,
    role text not null check (role in ('sales_associate', 'store_manager', 'administrator')),
    primary key (person_id, role)
);

create table app.session (
    token_hash bytea primary key check (length(token_hash) = 32),
    person_id bigint not null,
    role text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    address text not null,
    -- A role taken away ends its sessions, and so does a person who is removed.
    foreign key (person_id, role) references app.person_role on delete cascade
);
create index on app.session (person_id);
create index on app.session (seen_at);
comment on table app.session is 'Who is logged in; the cookie only as its SHA-256';

create table app.log_in_throttle (
    kind text not null check (kind in ('account', 'address')),
    subject text not null,
    failures integer not null,
    last_at timestamptz not null,
    blocked_until timestamptz not null,
    primary key (kind, subject)
);
create index on app.log_in_throttle (last_at);
comment on table app.log_in_throttle is 'Attempts without success; each is counted before its password is looked at';

create table app.one_time_link (
    token_hash bytea primary key check (length(token_hash) = 32),
    made_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table app.one_time_link is 'Lets the first person in; gone once used or replaced';

create table app.audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    what text not null,
    detail jsonb not null default '{}',
    address text
);
create index on app.audit (at);
comment on table app.audit is 'What people did beside the books; only ever added to';
