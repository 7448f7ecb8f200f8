-- Search over what is sealed: keyed digests of identifying values. A digest is 128 bits and stands in a `uuid`, whose
-- equality and order are leakproof (see 0001).

create table identifying_value (
    tenant text not null references tenant (id),
    version int not null,
    digest uuid not null,
    resource_type text not null,
    resource text not null,
    primary key (tenant, version, digest, resource_type, resource)
);
alter table identifying_value enable row level security;
alter table identifying_value force row level security;
create policy tenant_rows on identifying_value
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on identifying_value to preceptor_app;
-- The resource stands first: no planner without statistics can take this index for a search.
create index identifying_value_resource on identifying_value (tenant, resource, resource_type);

-- The index keys in use: the one that is ready answers, every one is written. No row: the first, ready.
create table identifying_version (
    tenant text not null references tenant (id),
    version int not null,
    ready boolean not null,
    primary key (tenant, version)
);
alter table identifying_version enable row level security;
alter table identifying_version force row level security;
create policy tenant_rows on identifying_version
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (ready), delete on identifying_version to preceptor_app;

-- How far a source has been indexed under the version that is being built.
create table identifying_progress (
    tenant text not null references tenant (id),
    version int not null,
    source text not null,
    place text not null,
    primary key (tenant, version, source)
);
alter table identifying_progress enable row level security;
alter table identifying_progress force row level security;
create policy tenant_rows on identifying_progress
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (place), delete on identifying_progress to preceptor_app;

-- Ids that clients choose may themselves identify somebody: other forms than UUIDs must be allowed.
alter table tenant add column any_client_ids boolean not null default false;
grant update (any_client_ids) on tenant to preceptor_app;
