-- What people keep. A question is kept as the text of its JSON: this schema does not know the model.

create table app.saved_query (
    saved_id bigint generated always as identity primary key,
    person_id bigint not null references app.person on delete cascade,
    name text not null check (name = btrim(name) and length(name) between 1 and 120),
    query text not null check (length(query) <= 100000),
    chart text not null default '',
    saved_at timestamptz not null,
    pinned_at timestamptz,
    unique (person_id, name)
);
comment on column app.saved_query.pinned_at is 'Set: it stands on the dashboard, the earliest pinned first.';

create table app.query_history (
    history_id bigint generated always as identity primary key,
    person_id bigint not null references app.person on delete cascade,
    query text not null check (length(query) <= 100000),
    asked_at timestamptz not null
);
-- The same question asked again moves up instead of standing twice.
create unique index query_history_once on app.query_history (person_id, md5(query));
create index query_history_newest on app.query_history (person_id, asked_at);

create table app.conversation (
    conversation_id bigint generated always as identity primary key,
    person_id bigint not null references app.person on delete cascade,
    title text not null check (length(title) between 1 and 200),
    started_at timestamptz not null,
    changed_at timestamptz not null
);
create index conversation_newest on app.conversation (person_id, changed_at);

create table app.chat_turn (
    turn_id bigint generated always as identity primary key,
    conversation_id bigint not null references app.conversation on delete cascade,
    question text not null check (length(question) <= 10000),
    answer jsonb not null,
    asked_at timestamptz not null,
    thumb text check (thumb in ('up', 'down')),
    comment text not null default '' check (length(comment) <= 2000)
);
create index chat_turn_in_order on app.chat_turn (conversation_id, turn_id);
comment on column app.chat_turn.answer is
    'What was shown: kind, answer, assumptions, query or sql, as_of. The rows are not kept: they are asked again.';

create table app.verified_example (
    example_id bigint generated always as identity primary key,
    question text not null check (length(question) between 1 and 2000),
    query text,
    sql text,
    state text not null default 'WAITING' check (state in ('WAITING', 'VERIFIED', 'REFUSED')),
    origin text not null check (origin in ('thumb', 'correction', 'written')),
    proposed_by text not null,
    proposed_at timestamptz not null,
    reviewed_by text,
    reviewed_at timestamptz,
    check (num_nonnulls(query, sql) = 1),
    check ((state = 'WAITING') = (reviewed_at is null))
);
-- One question has one verified answer, and is proposed once at a time.
create unique index verified_example_once on app.verified_example (lower(question)) where state = 'VERIFIED';
create unique index verified_example_proposed
    on app.verified_example (lower(question), md5(coalesce(query, sql))) where state = 'WAITING';
