-- A log that failed its own check: nothing more is recorded, and so nothing more is done, until an operator has looked.

create table log_halt (
    tenant text primary key references tenant (id),
    code text not null,
    at timestamptz not null,
    cleared_at timestamptz
);
alter table log_halt enable row level security;
alter table log_halt force row level security;
create policy tenant_rows on log_halt
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (code, at, cleared_at) on log_halt to preceptor_app;
