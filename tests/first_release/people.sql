-- Mia's password is 'horse battery staple 7', her session's token 'a cookie of the first release'.
insert into app.person (username, password_hash, created_at, password_changed_at) values
    ('mia', '$argon2id$v=19$m=65536,t=3,p=4$ukget66DcH8rHyGAQ9zr7w$R++IZ7ML46sodwACA5+V4oyJ9PMkOlE911AinvMauPM',
     '2024-12-01 08:00+00', '2024-12-01 08:00+00');
insert into app.person_role (person_id, role)
select person_id, role from app.person, (values ('store_manager'), ('administrator')) as r (role);
insert into app.session (token_hash, person_id, role, created_at, seen_at, address)
select sha256('a cookie of the first release'), person_id, 'store_manager', now(), now(), '127.0.0.1' from app.person;
insert into app.log_in_throttle (kind, subject, failures, last_at, blocked_until) values
    ('account', 'mallory', 3, now(), now());
insert into app.audit (at, actor, what, detail, address) values
    ('2024-12-01 08:00+00', 'setup', 'person added', '{"username": "mia"}', null),
    ('2024-12-02 08:00+00', 'mia', 'logged in', '{"role": "store_manager"}', '127.0.0.1');
