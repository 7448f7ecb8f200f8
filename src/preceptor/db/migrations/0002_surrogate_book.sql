-- Surrogates that stand for a subject's identifiers, and what they stand for. One row a subject, sealed with the
-- tenant's key: the table shows how many there are and how often they were used, not whose and not which.
-- Without the row its surrogates lead back to nobody.
create table surrogate_book (
    tenant text not null references tenant (id),
    subject text collate "C" not null check (subject ~ '^[0-9a-f]{64}$'), -- HMAC-SHA256 of the subject's id
    sealed bytea not null,
    surrogates integer not null check (surrogates >= 0),
    uses bigint not null default 0 check (uses >= 0),
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (tenant, subject)
);
alter table surrogate_book enable row level security;
alter table surrogate_book force row level security;
create policy tenant_rows on surrogate_book
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (sealed, surrogates, uses, changed_at), delete on surrogate_book to preceptor_app;

alter table surrogate_book alter column sealed set storage external;
