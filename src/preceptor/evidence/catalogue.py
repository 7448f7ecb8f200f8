"""The library as people look through it: documents with all their versions, filtered, by title, a page at a time."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.access.labels import VISIBLE, label_filter
from preceptor.db.transaction import Transaction
from preceptor.errors import NotFound
from preceptor.evidence.library import VERSION_COLUMNS, Version, version_of
from preceptor.evidence.reports import failure_words

PER_PAGE = 50
"""Documents on one page of the catalogue."""

Stage = Literal["reading", "words", "ready", "failed"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""How far a version has come: being read, found by words, found by words and by meaning, given up."""


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for. `words`: all stand in title, name or version; `stage`, `owner` (payer or department):
    of one version at least; `label`: a label of the document, "none" for those without; `on`: in force that day;
    `citable`: has a version that can be quoted."""

    words: str = ""
    stage: str = ""
    owner: str = ""
    label: str = ""
    on: date | None = None
    citable: bool = False


@dataclass(frozen=True)
class Entry:
    """A version in the catalogue; `vectors` once all its passages have them."""

    version: Version
    vectors: bool

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        state = self.version.state
        if state == "ready":
            return "ready" if self.vectors else "words"
        return "failed" if state == "failed" else "reading"

    def as_json(self) -> dict[str, Any]:
        """The version as `policy list`, `policy show` and the JSON API give it. `state` is `removed` after a removal;
        of a ready version `vectors` says whether it is found by meaning too."""
        version = self.version
        begins, ends = version.in_force_from, version.in_force_until
        return {
            "document": version.name,
            "document_id": str(version.document),
            "version": version.version,
            "id": str(version.id),
            "title": version.title,
            "state": version.state,
            "vectors": self.vectors,
            "error": version.error,
            "advice": failure_words(version.error) if version.state == "failed" else None,
            "pages": version.pages,
            "passages": version.passages,
            "effective_from": _iso(version.effective_from),
            "effective_to": _iso(version.effective_to),
            "in_force_from": _iso(begins if begins != date.min else None),
            "in_force_until": _iso(ends if ends != date.max else None),
            "supersedes": str(version.supersedes) if version.supersedes else None,
            "labels": list(version.labels),
            "report": dict(version.report),
            "redactions": version.redactions,
            "sha256": bytes(version.sha256).hex(),
        }


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


async def with_vectors(tx: Transaction, versions: Sequence[Version]) -> list[Entry]:
    """The versions, each with whether all its passages have vectors."""
    rows = await tx.rows(
        "select version from version_vectors where tenant = $1 and version = any($2::uuid[])",
        tx.tenant,
        [v.id for v in versions],
    )
    done = {row["version"] for row in rows}
    return [Entry(v, v.id in done) for v in versions]


@dataclass(frozen=True)
class Document:
    """A document and its versions that were not removed, the one in force last first."""

    id: uuid.UUID
    entries: tuple[Entry, ...]

    @property
    def newest(self) -> Version:
        """The newest version that can be cited, else the newest."""
        return next((e.version for e in self.entries if e.version.state == "ready"), self.entries[0].version)

    @property
    def title(self) -> str:
        """The newest title; the name while there is none."""
        return self.newest.title or self.newest.stem


@dataclass(frozen=True)
class Listing:
    """One page of the catalogue. `found`: documents that fit; `total`: documents the caller may see."""

    documents: tuple[Document, ...]
    found: int
    total: int
    page: int
    owners: tuple[str, ...] = field(default=())

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // PER_PAGE))


_SEEN = (
    " from document_version v join document d on d.tenant = v.tenant and d.id = v.document"
    " left join version_vectors x on x.tenant = v.tenant and x.version = v.id"
    f" where v.tenant = $1 and v.state <> 'removed' and {VISIBLE.format('$2')}"
)
_STAGE = "case when v.state = 'ready' and x.version is null then 'words' else v.state end"
_FITS = (
    " having bool_or(not exists (select from unnest($3::text[]) w where"
    " strpos(lower(concat_ws(' ', v.title, d.owner, d.stem, v.version)), w) = 0))"
    f" and ($4 = '' or bool_or({_STAGE} = $4)) and ($5 = '' or d.owner = $5)"
    " and ($6 = '' or $6 = any(d.labels) or ($6 = 'none' and cardinality(d.labels) = 0))"
    " and ($7::date is null or bool_or(v.state = 'ready' and v.in_force_from <= $7 and $7 < v.in_force_until))"
    " and (not $10 or bool_or(v.state = 'ready'))"
)


async def list_documents(tx: Transaction, caller: Caller, wanted: Wanted, page: int = 1) -> Listing:
    """Page `page` (from 1) of the documents the caller may see that fit, in the order of titles.

    NotFound for a page that is not there. What may not be seen is neither shown nor counted.
    """
    require(caller, "policy:read", tenant=tx.tenant)
    seen = label_filter(caller)
    rows = await tx.rows(
        "select v.document, count(*) over () as found,"
        " (array_agg(coalesce(nullif(v.title, ''), d.stem)"
        " order by v.state = 'ready' desc, v.in_force_from desc, v.created_at desc))[1] as title"
        f"{_SEEN} group by v.document, d.owner, d.stem, d.labels{_FITS}"
        " order by lower((array_agg(coalesce(nullif(v.title, ''), d.stem)"
        " order by v.state = 'ready' desc, v.in_force_from desc, v.created_at desc))[1]), d.owner, d.stem, v.document"
        " limit $8 offset $9",
        tx.tenant,
        seen,
        wanted.words.lower().split(),
        wanted.stage,
        wanted.owner,
        wanted.label,
        wanted.on,
        PER_PAGE,
        (page - 1) * PER_PAGE,
        wanted.citable,
    )
    if not rows and page > 1:
        raise NotFound("not_found", "There is no such page of the library.")
    total: int = await tx.value(f"select count(distinct v.document){_SEEN}", tx.tenant, seen)
    owners = await tx.rows(f"select distinct d.owner{_SEEN} order by d.owner", tx.tenant, seen)
    documents = await _documents(tx, caller, [row["document"] for row in rows])
    return Listing(
        tuple(documents), rows[0]["found"] if rows else 0, total, page, tuple(o["owner"] for o in owners if o["owner"])
    )


async def read_document(tx: Transaction, caller: Caller, document: uuid.UUID) -> Document:
    """A document with its versions, failed and unfinished ones too. NotFound for one that may not be known of."""
    require(caller, "policy:read", tenant=tx.tenant)
    found = await _documents(tx, caller, [document])
    if not found:
        raise NotFound("document_not_found")
    return found[0]


async def read_versions(
    tx: Transaction, caller: Caller, versions: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[Version, Version]]:
    """Each of `versions` the caller may see, with the newest citable version of its document."""
    rows = await tx.rows(
        f"select {VERSION_COLUMNS} from document_version v"  # noqa: S608 - a constant
        " join document d on d.tenant = v.tenant and d.id = v.document where v.tenant = $1 and v.state = 'ready'"
        " and v.document in (select o.document from document_version o where o.tenant = $1 and o.id = any($2::uuid[]))"
        f" and {VISIBLE.format('$3')} order by v.in_force_from desc, v.created_at desc",
        tx.tenant,
        list(versions),
        label_filter(caller),
    )
    newest = dict[uuid.UUID, Version]()
    found = [version_of(row) for row in rows]
    for version in found:
        newest.setdefault(version.document, version)
    return {v.id: (v, newest[v.document]) for v in found if v.id in versions}


async def _documents(tx: Transaction, caller: Caller, ids: Sequence[uuid.UUID]) -> list[Document]:
    """The documents of `ids` in that order."""
    rows = await tx.rows(
        f"select {VERSION_COLUMNS}, x.version is not null as vectors{_SEEN} and v.document = any($3::uuid[])"
        " order by v.in_force_from desc, v.created_at desc",
        tx.tenant,
        label_filter(caller),
        list(ids),
    )
    held: dict[uuid.UUID, list[Entry]] = {i: [] for i in ids}
    for row in rows:
        columns = dict(row)
        vectors: bool = columns.pop("vectors")
        held[columns["document"]].append(Entry(version_of(columns), vectors))
    return [Document(i, tuple(entries)) for i, entries in held.items() if entries]
