-- When the pipeline runs by itself, what was asked of it, and how far it is.

create table app.etl_plan (
    only_row boolean primary key default true check (only_row),
    cron text not null,
    timezone text not null,
    next_due timestamptz,
    last_due timestamptz
);
comment on column app.etl_plan.next_due is 'Empty: the pipeline never starts by itself.';

create table app.etl_request (
    request_id bigint generated always as identity primary key,
    kind text not null check (kind in ('run', 'full', 'reconcile')),
    cause text not null check (cause in ('asked', 'schedule', 'missed')),
    asked_by text not null,
    asked_at timestamptz not null,
    not_before timestamptz not null,
    attempt integer not null default 0 check (attempt >= 0),
    status text not null default 'WAITING' check (status in ('WAITING', 'RUNNING', 'DONE', 'FAILED')),
    started_at timestamptz,
    finished_at timestamptz,
    error text,
    outcome jsonb,
    check ((status in ('DONE', 'FAILED')) = (finished_at is not null)),
    check (status <> 'FAILED' or error is not null)
);
comment on table app.etl_request is 'One row for each wish: it may take several attempts, and ends DONE or FAILED.';
-- A second click finds the wish that waits; only one is worked on.
create unique index etl_request_waiting on app.etl_request (kind) where status = 'WAITING';
create unique index etl_request_running on app.etl_request (status) where status = 'RUNNING';
create index etl_request_asked on app.etl_request (asked_at);

create table app.etl_progress (
    request_id bigint primary key references app.etl_request on delete cascade,
    attempt integer not null,
    steps jsonb not null,
    warnings jsonb not null,
    told_at timestamptz not null
);
comment on column app.etl_progress.steps is
    'In order: {step, text, began_at, ended_at, rows: {table: {done, expected}}}.';

create table app.etl_scheduler (
    only_row boolean primary key default true check (only_row),
    process text not null,
    started_at timestamptz not null,
    beat_at timestamptz not null,
    trouble text
);
comment on table app.etl_scheduler is 'The scheduler at work, or the last one that was.';

-- The readers of the warehouse may not see its quarantine, which holds whole rows: the scheduler copies it here.
create table app.etl_quarantine (
    table_name text not null,
    row_key text not null,
    reason text not null,
    first_run_id bigint not null,
    last_run_id bigint not null,
    primary key (table_name, row_key)
);
