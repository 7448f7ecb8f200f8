-- Who may see a document (none: everyone in the tenant), what reading it found, and what people said of its answers.
alter table account add column departments text[] not null default '{}';
grant update (departments) on account to preceptor_app;

alter table document add column labels text[] not null default '{}'; -- role:NAME or department:NAME, any one is enough
grant update (labels) on document to preceptor_app;

alter table document_version add column report jsonb not null default '{}'; -- counts and page numbers, no text
grant update (report) on document_version to preceptor_app;

alter table page add column source text not null default 'text' check (source in ('text', 'ocr'));
alter table page add column layout bytea; -- reading order, table rows and footnotes as spans of the text; null: as it stands

-- A judgement of an answer that was released: wrong citation, not an answer, should have answered, right.
create table policy_feedback (
    tenant text not null references tenant (id),
    id uuid not null,
    run uuid not null,
    at timestamptz not null,
    actor text not null,
    kind text not null check (kind in ('wrong_citation', 'not_an_answer', 'should_have_answered', 'right')),
    sealed bytea not null,
    entry uuid not null,
    primary key (tenant, id),
    unique (tenant, run, actor, kind),
    foreign key (tenant, run) references policy_question (tenant, id),
    foreign key (tenant, entry) references audit_entry (tenant, id)
);
alter table policy_feedback enable row level security;
alter table policy_feedback force row level security;
create policy tenant_rows on policy_feedback
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert on policy_feedback to preceptor_app;

-- What the snapshot a process keeps of the library is checked against: raised by every change of what can be found.
create table library_state (
    tenant text primary key references tenant (id),
    generation bigint not null
);
alter table library_state enable row level security;
alter table library_state force row level security;
create policy tenant_rows on library_state
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (generation) on library_state to preceptor_app;
