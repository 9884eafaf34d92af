-- Troubles, who was told of them, and when the next report is due.

create table app.trouble (
    trouble_id bigint generated always as identity primary key,
    kind text not null check (kind in ('failed run', 'late', 'difference', 'quarantine')),
    told text not null,
    began_at timestamptz not null,
    over_at timestamptz
);
-- One trouble of a kind at a time: what goes on is not told again.
create unique index trouble_once on app.trouble (kind) where over_at is null;
comment on column app.trouble.told is 'In words and numbers, without anything a row of the books holds.';

create table app.trouble_notice (
    trouble_id bigint not null references app.trouble on delete cascade,
    channel text not null check (channel in ('mail', 'webhook')),
    sent text check (sent in ('began', 'over')),
    attempt integer not null default 0,
    not_before timestamptz not null,
    primary key (trouble_id, channel)
);
comment on table app.trouble_notice is 'What each channel took last; attempt counts the failures since.';

create table app.report_plan (
    only_row boolean primary key default true check (only_row),
    cron text not null,
    timezone text not null,
    next_due timestamptz,
    last_due timestamptz,
    owed timestamptz,
    attempt integer not null default 0,
    not_before timestamptz
);
comment on column app.report_plan.owed is 'The due moment whose report is not sent yet.';

-- The chat's outcomes of the last day are counted for the metrics.
create index chat_turn_asked on app.chat_turn (asked_at);
