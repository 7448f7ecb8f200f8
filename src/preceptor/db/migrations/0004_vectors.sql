-- Vectors of passages, one partition a tenant, each with its own HNSW index: in an index that tenants share, a small
-- one gets too few rows back.

do $$
begin
    if not exists (select from pg_extension where extname = 'vector') then
        create extension vector;
    end if;
exception
    when insufficient_privilege or undefined_file or feature_not_supported then
        raise exception 'pgvector is needed' using errcode = 'PRV01'; -- what to do: error code vectors_missing
end
$$;

-- The vector of a passage under one model; rows of several models may stand side by side while one replaces another.
create table passage_vector (
    tenant text not null,
    version uuid not null,
    ordinal integer not null check (ordinal >= 0),
    model text collate "C" not null,
    dimensions integer not null check (dimensions between 2 and 4000),
    embedding halfvec not null check (vector_dims(embedding) = dimensions),
    primary key (tenant, version, ordinal, model),
    foreign key (tenant, version) references document_version (tenant, id)
) partition by list (tenant);
alter table passage_vector enable row level security;
alter table passage_vector force row level security;
create policy tenant_rows on passage_vector
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on passage_vector to preceptor_app;

-- A version all of whose passages have vectors, and of which model.
create table version_vectors (
    tenant text not null,
    version uuid not null,
    model text collate "C" not null,
    passages integer not null check (passages >= 0),
    ready_at timestamptz not null,
    primary key (tenant, version),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table version_vectors enable row level security;
alter table version_vectors force row level security;
create policy tenant_rows on version_vectors
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on version_vectors to preceptor_app;

-- Makes the partition of the transaction's own tenant, and its index for vectors of `wanted` dimensions, unless they
-- exist. The product's role may call it and gets no right on the partition itself: rows are reached through the parent
-- and its policy only. ATTACH instead of PARTITION OF: questions of other tenants are not blocked meanwhile.
create function make_vector_partition(wanted integer) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    owner text := current_setting('preceptor.tenant', true);
    name text := 'passage_vector_' || md5(owner);
begin
    if not exists (select from public.tenant where id = owner) or wanted not between 2 and 4000 then
        raise exception 'no such tenant, or dimensions out of range' using errcode = 'insufficient_privilege';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(name, 5));
    if to_regclass('public.' || name) is null then
        execute format('create table public.%I (like public.passage_vector including all)', name);
        execute format('alter table public.%I enable row level security', name);
        execute format('alter table public.%I force row level security', name);
        execute format('alter table public.passage_vector attach partition public.%I for values in (%L)', name, owner);
    end if;
    if to_regclass(format('public.%I', name || '_' || wanted)) is null then
        execute format(
            'create index %I on public.%I using hnsw ((embedding::halfvec(%s)) halfvec_cosine_ops) where dimensions = %s',
            name || '_' || wanted, name, wanted, wanted);
    end if;
end
$$;
revoke all on function make_vector_partition(integer) from public;
grant execute on function make_vector_partition(integer) to preceptor_app;
