-- Callers that bring tokens: outside issuers, programs with keys of their own, their one-time proofs and short tokens;
-- and the answers kept for idempotency keys.

-- A SMART server whose tokens are believed. Removing is a date: who was believed when stays known.
create table issuer (
    tenant text not null references tenant (id),
    id uuid not null,
    name text not null check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    address text not null,
    audience text not null,
    jwks_url text,
    jwks text,
    roles text[] not null,
    created_at timestamptz not null,
    removed_at timestamptz,
    primary key (tenant, id),
    check ((jwks_url is null) <> (jwks is null))
);
alter table issuer enable row level security;
alter table issuer force row level security;
create policy tenant_rows on issuer
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (removed_at) on issuer to preceptor_app;
create unique index issuer_in_use on issuer (tenant, name) where removed_at is null;
create unique index issuer_trusted on issuer (tenant, address, audience) where removed_at is null;

-- A program that proves who it is with its own key (SMART Backend Services).
create table client (
    tenant text not null references tenant (id),
    id uuid not null,
    name text not null check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    jwks_url text,
    jwks text,
    scopes text not null,
    roles text[] not null,
    created_at timestamptz not null,
    removed_at timestamptz,
    primary key (tenant, id),
    check ((jwks_url is null) <> (jwks is null))
);
alter table client enable row level security;
alter table client force row level security;
create policy tenant_rows on client
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (removed_at) on client to preceptor_app;
create unique index client_in_use on client (tenant, name) where removed_at is null;

-- Proofs that were used: the digest of client and `jti`, kept until the proof has expired.
create table client_proof (
    tenant text not null references tenant (id),
    digest bytea not null check (octet_length(digest) = 32),
    expires_at timestamptz not null,
    primary key (tenant, digest)
);
alter table client_proof enable row level security;
alter table client_proof force row level security;
create policy tenant_rows on client_proof
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on client_proof to preceptor_app;

-- Tokens of the token endpoint; only the SHA-256 of the token is kept.
create table access_token (
    tenant text not null,
    digest bytea not null check (octet_length(digest) = 32),
    client uuid not null,
    scopes text not null,
    expires_at timestamptz not null,
    primary key (tenant, digest),
    foreign key (tenant, client) references client (tenant, id)
);
alter table access_token enable row level security;
alter table access_token force row level security;
create policy tenant_rows on access_token
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on access_token to preceptor_app;

-- The answer given to a request with an Idempotency-Key. No status: the request is under way.
create table idempotent_reply (
    tenant text not null references tenant (id),
    actor text not null,
    key bytea not null check (octet_length(key) = 32),
    request bytea not null check (octet_length(request) = 32),
    created_at timestamptz not null,
    status int,
    sealed bytea,
    primary key (tenant, actor, key)
);
alter table idempotent_reply enable row level security;
alter table idempotent_reply force row level security;
create policy tenant_rows on idempotent_reply
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete, update (status, sealed) on idempotent_reply to preceptor_app;
create index idempotent_reply_age on idempotent_reply (tenant, created_at);
