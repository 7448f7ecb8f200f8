-- The register of outside endpoints: whom this tenant may send something to, what, and on which agreement.

create table endpoint (
    tenant text not null references tenant (id),
    id uuid not null,
    name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    address text not null check (address ~ '^https?://[!-~]+$' and length(address) <= 500),
    kind text not null check (kind in ('model', 'payer', 'ehr', 'keys', 'witness', 'identity', 'other')),
    purpose text not null check (length(purpose) between 1 and 200),
    owner text not null check (length(owner) between 1 and 200),
    phi text not null check (phi in ('nothing', 'deidentified', 'allowed')),
    baa_date date,
    baa_digest bytea check (octet_length(baa_digest) = 32),
    retention_days integer not null check (retention_days >= 0),
    training boolean not null,
    region text not null check (length(region) between 1 and 100),
    reviewed_on date,
    review_due date,
    suspended_at timestamptz,
    created_at timestamptz not null,
    primary key (tenant, id),
    unique (tenant, name),
    unique (tenant, address),
    check ((reviewed_on is null) = (review_due is null)),
    check ((baa_date is null) = (baa_digest is null)),
    -- Identifiable health information goes only where a business associate agreement stands (45 CFR 164.502(e))
    -- and nothing is learned from it.
    check (phi <> 'allowed' or (baa_digest is not null and not training))
);
alter table endpoint enable row level security;
alter table endpoint force row level security;
create policy tenant_rows on endpoint
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on endpoint to preceptor_app;
grant update (purpose, owner, phi, baa_date, baa_digest, retention_days, training, region, reviewed_on, review_due,
    suspended_at) on endpoint to preceptor_app;
