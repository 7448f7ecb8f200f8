-- The clinical record: FHIR resources, every version sealed; what they are found by stands beside them. Codes, clinical
-- times, amounts and ids the server made are clear; what identifies is in `identifying_value` (0008) as keyed digests.
-- Search columns are b-trees keyed by tenant, of types whose comparisons are leakproof: the only kind that row-level
-- security lets be used (see 0001). `numeric` is not, so amounts are doubles here and compared exactly on the resource.

create table chart_version (
    tenant text not null references tenant (id),
    type text not null,
    id text not null,
    version int not null,
    at timestamptz not null,
    method text not null check (method in ('POST', 'PUT', 'DELETE')),
    patient text not null,
    body bytea,
    primary key (tenant, type, id, version)
);
create index chart_version_at on chart_version (tenant, type, at, id, version);

create table chart_resource (
    tenant text not null references tenant (id),
    type text not null,
    id text not null,
    version int not null,
    at timestamptz not null,
    deleted boolean not null,
    primary key (tenant, type, id)
);
create index chart_resource_at on chart_resource (tenant, type, at, id);

create table chart_compartment (
    tenant text not null references tenant (id),
    patient text not null,
    type text not null,
    id text not null,
    primary key (tenant, patient, type, id)
);
-- The resource stands before the tenant: no planner with missing or old statistics takes these indexes for a search.
create index chart_compartment_resource on chart_compartment (id, tenant, type);

create table chart_token (
    tenant text not null references tenant (id),
    type text not null,
    param text not null,
    code text not null,
    id text not null,
    system text not null,
    primary key (tenant, type, param, code, id, system)
);
create index chart_token_resource on chart_token (id, tenant, type, param);

create table chart_reference (
    tenant text not null references tenant (id),
    type text not null,
    param text not null,
    target text not null,
    id text not null,
    primary key (tenant, type, param, target, id)
);
create index chart_reference_resource on chart_reference (id, tenant, type, param);

create table chart_time (
    tenant text not null references tenant (id),
    type text not null,
    param text not null,
    low timestamptz not null,
    high timestamptz not null,
    id text not null,
    primary key (tenant, type, param, low, high, id)
);
create index chart_time_resource on chart_time (id, tenant, type, param);

create table chart_amount (
    tenant text not null references tenant (id),
    type text not null,
    param text not null,
    amount double precision not null,
    system text not null,
    code text not null,
    id text not null,
    primary key (tenant, type, param, amount, system, code, id)
);
create index chart_amount_resource on chart_amount (id, tenant, type, param);

alter table chart_version enable row level security;
alter table chart_version force row level security;
create policy tenant_rows on chart_version
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_resource enable row level security;
alter table chart_resource force row level security;
create policy tenant_rows on chart_resource
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_compartment enable row level security;
alter table chart_compartment force row level security;
create policy tenant_rows on chart_compartment
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_token enable row level security;
alter table chart_token force row level security;
create policy tenant_rows on chart_token
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_reference enable row level security;
alter table chart_reference force row level security;
create policy tenant_rows on chart_reference
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_time enable row level security;
alter table chart_time force row level security;
create policy tenant_rows on chart_time
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
alter table chart_amount enable row level security;
alter table chart_amount force row level security;
create policy tenant_rows on chart_amount
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on chart_version to preceptor_app;
grant select, insert, update (version, at, deleted) on chart_resource to preceptor_app;
grant select, insert, delete on chart_compartment to preceptor_app;
grant select, insert, delete on chart_token to preceptor_app;
grant select, insert, delete on chart_reference to preceptor_app;
grant select, insert, delete on chart_time to preceptor_app;
grant select, insert, delete on chart_amount to preceptor_app;

-- The same for the index over digests (0008).
drop index identifying_value_resource;
create index identifying_value_resource on identifying_value (resource, tenant, resource_type);
