-- Postings move from one row a term and version to segments of many versions: one row holds all that exact BM25 needs
-- of them. A process reads a segment once and keeps it; it never changes, a removal puts another in its place.
create table index_segment (
    tenant text not null references tenant (id),
    id uuid not null,
    versions uuid[] not null check (cardinality(versions) > 0),
    passages integer[] not null check (cardinality(passages) = cardinality(versions)),
    lengths bytea not null, -- of each passage in terms, 2 bytes, low byte first
    terms text not null, -- rising by code point, joined by line feeds
    counts bytea not null, -- passages each term stands in, 4 bytes, high byte first
    places bytea not null, -- their numbers in the segment, 4 bytes, low byte first
    tfs bytea not null, -- how often the term stands there, 2 bytes, low byte first
    primary key (tenant, id)
);
alter table index_segment alter column places set storage external; -- read whole, and hardly compressible
alter table index_segment alter column tfs set storage external;

alter table posting no force row level security; -- what is stored already is moved, of every tenant
alter table version_index no force row level security;
insert into index_segment (tenant, id, versions, passages, lengths, terms, counts, places, tfs)
select
    i.tenant, gen_random_uuid(), array[i.version], array[octet_length(i.lengths) / 2], i.lengths,
    coalesce(string_agg(p.term, e'\n' order by p.term collate "C"), ''),
    coalesce(string_agg(int4send(p.passages), ''::bytea order by p.term collate "C"), ''),
    coalesce(string_agg(substring(p.packed for 4 * p.passages), ''::bytea order by p.term collate "C"), ''),
    coalesce(string_agg(substring(p.packed from 4 * p.passages + 1), ''::bytea order by p.term collate "C"), '')
from version_index i left join posting p on p.tenant = i.tenant and p.version = i.version
group by i.tenant, i.version, i.lengths;
alter table version_index force row level security;
drop table posting;
alter table version_index drop column lengths;

alter table index_segment enable row level security;
alter table index_segment force row level security;
create policy tenant_rows on index_segment
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, delete on index_segment to preceptor_app;
