-- The foundation: tenants, accounts and credentials, the audit log, documents with their passages and postings.
--
-- Every table that holds a tenant's rows carries `tenant` as the first column of its key and FORCE ROW LEVEL
-- SECURITY; the product's role `preceptor_app` owns nothing and gets exactly the rights listed here.
-- Search columns are b-tree columns of types whose equality and order are leakproof (text, uuid, bigint, date):
-- GIN operators are not, and PostgreSQL does not use such an index under a policy.

do $$
begin
    if not exists (select from pg_roles where rolname = 'preceptor_app') then
        create role preceptor_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
    end if;
    if not pg_has_role(session_user, 'preceptor_app', 'member') then
        execute format('grant preceptor_app to %I', session_user);
    end if;
exception
    when insufficient_privilege then null; -- the embedded server makes the role and needs no membership
end
$$;

revoke all on schema public from public;
grant usage on schema public to preceptor_app;
grant select on schema_migration to preceptor_app;

-- A customer. Its key lies in the key file, never here.
create table tenant (
    id text primary key check (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    name text not null,
    sample boolean not null default false,
    created_at timestamptz not null
);
alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_rows on tenant
    using (id = current_setting('preceptor.tenant', true))
    with check (id = current_setting('preceptor.tenant', true));
grant select, insert on tenant to preceptor_app;

-- A person or a program that may call.
create table account (
    tenant text not null references tenant (id),
    id uuid not null,
    name text not null,
    roles text[] not null,
    operator boolean not null default false,
    created_at timestamptz not null,
    disabled_at timestamptz,
    primary key (tenant, id),
    unique (tenant, name)
);
alter table account enable row level security;
alter table account force row level security;
create policy tenant_rows on account
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (roles, disabled_at) on account to preceptor_app;

-- API tokens, one-time sign-in links and console sessions; only the SHA-256 of the secret is kept.
create table credential (
    tenant text not null references tenant (id),
    id uuid not null,
    account uuid not null,
    kind text not null check (kind in ('token', 'signin', 'session')),
    digest bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant, id),
    unique (tenant, digest),
    foreign key (tenant, account) references account (tenant, id)
);
alter table credential enable row level security;
alter table credential force row level security;
create policy tenant_rows on credential
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (used_at, revoked_at) on credential to preceptor_app;

-- What happened, one row an act, written by the acting transaction itself.
create table audit_entry (
    tenant text not null references tenant (id),
    id uuid not null,
    at timestamptz not null,
    event text not null,
    actor text not null,
    leaf bytea not null,
    leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
    primary key (tenant, id)
);
alter table audit_entry enable row level security;
alter table audit_entry force row level security;
create policy tenant_rows on audit_entry
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on audit_entry to preceptor_app;

create index audit_entry_event on audit_entry (tenant, event, id);
create index audit_entry_actor on audit_entry (tenant, actor, id);

-- Sealed text that belongs to an entry, for example the redacted question; not part of the tree.
create table audit_side (
    tenant text not null,
    entry uuid not null,
    kind text not null,
    sealed bytea not null,
    primary key (tenant, entry, kind),
    foreign key (tenant, entry) references audit_entry (tenant, id)
);
alter table audit_side enable row level security;
alter table audit_side force row level security;
create policy tenant_rows on audit_side
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on audit_side to preceptor_app;

-- Entries that wait for their place in the tree.
create table audit_pending (
    tenant text not null,
    entry uuid not null,
    primary key (tenant, entry),
    foreign key (tenant, entry) references audit_entry (tenant, id)
);
alter table audit_pending enable row level security;
alter table audit_pending force row level security;
create policy tenant_rows on audit_pending
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on audit_pending to preceptor_app;

-- The place of an entry in the tenant's tree (RFC 6962), given by the sequencer.
create table audit_leaf (
    tenant text not null,
    leaf bigint not null check (leaf >= 0),
    entry uuid not null,
    primary key (tenant, leaf),
    unique (tenant, entry),
    foreign key (tenant, entry) references audit_entry (tenant, id)
);
alter table audit_leaf enable row level security;
alter table audit_leaf force row level security;
create policy tenant_rows on audit_leaf
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on audit_leaf to preceptor_app;

-- Signed heads; the newest is the state of the tree.
create table audit_checkpoint (
    tenant text not null references tenant (id),
    size bigint not null check (size >= 0),
    at timestamptz not null,
    frontier bytea not null,
    root bytea not null check (octet_length(root) = 32),
    note text not null,
    primary key (tenant, size)
);
alter table audit_checkpoint enable row level security;
alter table audit_checkpoint force row level security;
create policy tenant_rows on audit_checkpoint
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on audit_checkpoint to preceptor_app;

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end
$$;
create function audit_queue_entry() returns trigger language plpgsql as $$
begin
    insert into audit_pending (tenant, entry) values (new.tenant, new.id);
    return null;
end
$$;
create trigger queue_entry after insert on audit_entry for each row execute function audit_queue_entry();
create trigger append_only before update or delete on audit_entry for each row execute function audit_is_append_only();
create trigger append_only_truncate before truncate on audit_entry execute function audit_is_append_only();
create trigger append_only before update or delete on audit_side for each row execute function audit_is_append_only();
create trigger append_only_truncate before truncate on audit_side execute function audit_is_append_only();
create trigger append_only before update or delete on audit_leaf for each row execute function audit_is_append_only();
create trigger append_only_truncate before truncate on audit_leaf execute function audit_is_append_only();
create trigger append_only before update or delete on audit_checkpoint for each row execute function audit_is_append_only();
create trigger append_only_truncate before truncate on audit_checkpoint execute function audit_is_append_only();

-- A document's identity: payer or department ('' when none was given) and file stem.
create table document (
    tenant text not null references tenant (id),
    id uuid not null,
    owner text not null,
    stem text not null,
    created_at timestamptz not null,
    primary key (tenant, id),
    unique (tenant, owner, stem)
);
alter table document enable row level security;
alter table document force row level security;
create policy tenant_rows on document
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on document to preceptor_app;

-- One set of bytes of a document. In force on a day d when in_force_from <= d < in_force_until.
create table document_version (
    tenant text not null,
    id uuid not null,
    document uuid not null,
    version text not null,
    title text not null,
    media_type text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    size bigint not null,
    pages integer,
    passages integer,
    effective_from date,
    effective_to date,
    in_force_from date not null default '-infinity',
    in_force_until date not null default 'infinity',
    state text not null check (state in ('reading', 'ready', 'failed', 'removed')),
    error text,
    redactions jsonb not null default '{}',
    supersedes uuid,
    replaces boolean not null default false,
    created_at timestamptz not null,
    ready_at timestamptz,
    primary key (tenant, id),
    foreign key (tenant, document) references document (tenant, id)
);
alter table document_version enable row level security;
alter table document_version force row level security;
create policy tenant_rows on document_version
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (pages, passages, in_force_from, in_force_until, state, error, redactions, ready_at, title, version, effective_from, effective_to, supersedes) on document_version to preceptor_app;

create unique index document_version_bytes on document_version (tenant, document, sha256)
    where state in ('reading', 'ready');
create index document_version_in_force on document_version (tenant, state, in_force_from, in_force_until);

-- The original bytes, sealed; the only place where what was redacted still stands.
create table document_original (
    tenant text not null,
    version uuid not null,
    sealed bytea not null,
    primary key (tenant, version),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table document_original enable row level security;
alter table document_original force row level security;
create policy tenant_rows on document_original
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on document_original to preceptor_app;

alter table document_original alter column sealed set storage external;

-- De-identified page text with the box of each character (points, origin bottom left) and the boxes of what was redacted.
create table page (
    tenant text not null,
    version uuid not null,
    page integer not null check (page >= 1),
    text text not null,
    width real not null,
    height real not null,
    boxes bytea,
    blackout bytea,
    primary key (tenant, version, page),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table page enable row level security;
alter table page force row level security;
create policy tenant_rows on page
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on page to preceptor_app;

-- A stretch of one page that is searched as a whole.
create table passage (
    tenant text not null,
    version uuid not null,
    ordinal integer not null check (ordinal >= 0),
    page integer not null,
    start_at integer not null,
    end_at integer not null check (end_at > start_at),
    kind text not null,
    heading text not null,
    primary key (tenant, version, ordinal),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table passage enable row level security;
alter table passage force row level security;
create policy tenant_rows on passage
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on passage to preceptor_app;

-- Passage lengths in terms, packed: with the postings all that exact BM25 needs. Short forms the text explains.
create table version_index (
    tenant text not null,
    version uuid not null,
    lengths bytea not null,
    acronyms jsonb not null,
    primary key (tenant, version),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table version_index enable row level security;
alter table version_index force row level security;
create policy tenant_rows on version_index
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on version_index to preceptor_app;

-- Where a term stands in a version: passage ordinals and term frequencies, packed.
create table posting (
    tenant text not null,
    term text collate "C" not null,
    version uuid not null,
    passages integer not null,
    packed bytea not null,
    primary key (tenant, term, version),
    foreign key (tenant, version) references document_version (tenant, id)
);
alter table posting enable row level security;
alter table posting force row level security;
create policy tenant_rows on posting
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on posting to preceptor_app;

create index posting_version on posting (tenant, version);

-- A question that was asked and the answer that was released, sealed; an idempotency key finds it again.
create table policy_question (
    tenant text not null references tenant (id),
    id uuid not null,
    asked_at timestamptz not null,
    actor text not null,
    idempotency_key text,
    request_digest bytea not null,
    abstained boolean not null,
    sealed bytea not null,
    entry uuid not null,
    primary key (tenant, id),
    unique (tenant, actor, idempotency_key),
    foreign key (tenant, entry) references audit_entry (tenant, id)
);
alter table policy_question enable row level security;
alter table policy_question force row level security;
create policy tenant_rows on policy_question
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on policy_question to preceptor_app;
