-- The texts of documents are sealed: pages, headings, index terms and short forms. The key is not here, so what is
-- stored is dropped and read again from the sealed originals (`serve` does it at its start, or `preceptor policy resume`).

-- The owner is under row-level security too: without this nothing would be deleted.
alter table passage_vector no force row level security;
alter table version_vectors no force row level security;
alter table index_segment no force row level security;
alter table version_index no force row level security;
alter table passage no force row level security;
alter table page no force row level security;
alter table document_version no force row level security;
alter table policy_question no force row level security;

delete from passage_vector;
delete from version_vectors;
delete from index_segment;
delete from version_index;
delete from passage;
delete from page;

alter table page drop column text;
alter table page add column sealed bytea not null;
alter table page add column size integer not null check (size >= 0); -- code points of the text
alter table passage drop column heading;
alter table passage add column heading bytea; -- sealed; null: none
alter table version_index drop column acronyms;
alter table version_index add column acronyms bytea; -- sealed; null: none
alter table index_segment drop column terms;
alter table index_segment add column terms bytea not null; -- sealed

update document_version set state = 'reading' where state = 'ready';

-- Keys that clients chose are kept as keyed digests from now on; those kept in clear are forgotten.
update policy_question set idempotency_key = null;

alter table passage_vector force row level security;
alter table version_vectors force row level security;
alter table index_segment force row level security;
alter table version_index force row level security;
alter table passage force row level security;
alter table page force row level security;
alter table document_version force row level security;
alter table policy_question force row level security;
