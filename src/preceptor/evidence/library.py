"""The documents of a tenant and their versions: received, made findable, superseded, removed, listed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.access.labels import VISIBLE, checked_labels, label_filter
from preceptor.audit.events import record
from preceptor.clock import Clock, today
from preceptor.db.transaction import Row, Transaction
from preceptor.errors import Conflict, Invalid, NotFound
from preceptor.evidence.metadata import Metadata, version_key
from preceptor.evidence.segment_store import drop_versions
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import seal, unseal

State = Literal["reading", "ready", "failed", "removed"]
ORIGINAL = "document-original"  # record kind of sealed original bytes


@dataclass(frozen=True)
class Version:
    """One set of bytes of a document. In force on a day d when in_force_from <= d < in_force_until."""

    id: uuid.UUID
    document: uuid.UUID
    owner: str
    stem: str
    version: str
    title: str
    media_type: str
    sha256: bytes
    pages: int | None
    passages: int | None
    effective_from: date | None
    effective_to: date | None
    in_force_from: date
    in_force_until: date
    state: State
    error: str | None
    redactions: dict[str, int]
    created_at: datetime
    labels: tuple[str, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict[str, Any])
    supersedes: uuid.UUID | None = None

    @property
    def name(self) -> str:
        """The document's public name: `stem`, or `owner/stem` when it has a payer or department."""
        return f"{self.owner}/{self.stem}" if self.owner else self.stem


VERSION_COLUMNS = (
    "v.id, v.document, d.owner, d.stem, v.version, v.title, v.media_type, v.sha256, v.pages, v.passages,"
    " v.effective_from, v.effective_to, v.in_force_from, v.in_force_until, v.state, v.error, v.redactions,"
    " v.created_at, d.labels, v.report, v.supersedes"
)


def version_of(row: Row) -> Version:
    """The version in a row of VERSION_COLUMNS."""
    fields: dict[str, Any] = dict(row)
    fields["redactions"] = json.loads(fields["redactions"])
    fields["report"] = json.loads(fields["report"])
    fields["labels"] = tuple(fields["labels"])
    return Version(**fields)


@dataclass(frozen=True)
class Received:
    """What `receive` found: `known` is True when these bytes are ready already; `resumed` when reading had begun."""

    id: uuid.UUID
    known: bool
    resumed: bool


async def receive(
    tx: Transaction,
    clock: Clock,
    caller: Caller,
    keys: TenantKeys,
    said: Metadata,
    *,
    data: bytes,
    sha256: bytes,
    media_type: str,
    labels: tuple[str, ...] = (),
) -> Received:
    """Store the sealed bytes of a version that will be read next. Idempotent by (owner, stem, bytes)."""
    require(caller, "policy:write", tenant=tx.tenant)
    document = await _document(tx, clock, said, labels)
    row = await tx.row(
        "select id, state from document_version where tenant = $1 and document = $2 and sha256 = $3"
        " and state in ('reading', 'ready')",
        tx.tenant,
        document,
        sha256,
    )
    if row is not None:
        return Received(row["id"], row["state"] == "ready", row["state"] == "reading")
    version = clock.new_id()
    await tx.execute(
        "insert into document_version (tenant, id, document, version, title, media_type, sha256, size,"
        " effective_from, effective_to, state, created_at, replaces)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'reading', $11, $12)",
        tx.tenant,
        version,
        document,
        said.version or "",
        said.title or "",
        media_type,
        sha256,
        len(data),
        said.effective_from,
        said.effective_to,
        clock.now(),
        said.supersedes,
    )
    await tx.execute(
        "insert into document_original (tenant, version, sealed) values ($1, $2, $3)",
        tx.tenant,
        version,
        seal(keys, ORIGINAL, str(version), data),
    )
    await record(tx, clock, caller, "document:receive", subject={"document": str(document), "version": str(version)})
    return Received(version, False, False)


async def _document(tx: Transaction, clock: Clock, said: Metadata, labels: tuple[str, ...]) -> uuid.UUID:
    """The document of this identity, made when new, locked until the transaction ends."""
    await tx.execute(
        "insert into document (tenant, id, owner, stem, created_at, labels) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant, owner, stem) do nothing",
        tx.tenant,
        clock.new_id(),
        said.owner,
        said.stem,
        clock.now(),
        list(labels),
    )
    found: uuid.UUID = await tx.value(
        "select id from document where tenant = $1 and owner = $2 and stem = $3", tx.tenant, said.owner, said.stem
    )
    await lock_document(tx, found)
    if labels:
        await _restrict(tx, found, labels)
    return found


async def _restrict(tx: Transaction, document: uuid.UUID, labels: tuple[str, ...]) -> None:
    """Give the labels asked for to a document of which nothing can be found. Conflict when it is there with others: a
    restriction that was asked for is never left out in silence."""
    held: list[str] = await tx.value("select labels from document where tenant = $1 and id = $2", tx.tenant, document)
    if sorted(held) == sorted(labels):
        return
    if await tx.value(
        "select true from document_version where tenant = $1 and document = $2 and state in ('reading', 'ready')"
        " limit 1",
        tx.tenant,
        document,
    ):
        raise Conflict("conflict", "The document is there with other labels; set them with `policy label` first.")
    await tx.execute("update document set labels = $3 where tenant = $1 and id = $2", tx.tenant, document, list(labels))


async def lock_document(tx: Transaction, document: uuid.UUID) -> None:
    """Make other transactions that settle versions of this document wait until this one ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 7))", f"document:{tx.tenant}:{document}")


async def original(tx: Transaction, keys: TenantKeys, version: uuid.UUID) -> bytes:
    """The original bytes of a version, unsealed. NotFound when they are gone."""
    sealed = await tx.value(
        "select sealed from document_original where tenant = $1 and version = $2", tx.tenant, version
    )
    if sealed is None:
        raise NotFound("document_not_found")
    return unseal(keys, ORIGINAL, str(version), bytes(sealed))


@dataclass(frozen=True)
class Succession:
    """How a new version stands to the one before: from when it is in force, and which one it supersedes."""

    in_force_from: date
    in_force_until: date
    supersedes: uuid.UUID | None


async def succession(tx: Transaction, clock: Clock, version: uuid.UUID, found: Metadata) -> Succession:
    """Where the new version takes its place. Invalid `ambiguous_version` unless a later version or a later date,
    or `supersedes`, says that it follows the newest one; a known end date is kept."""
    until = found.effective_to + timedelta(days=1) if found.effective_to else date.max
    row = await tx.row(
        "select o.id, o.version, o.effective_from from document_version o join document_version n"
        " on n.tenant = o.tenant and n.document = o.document and n.id = $2 and o.id <> n.id"
        " where o.tenant = $1 and o.state = 'ready' order by o.in_force_from desc, o.created_at desc limit 1",
        tx.tenant,
        version,
    )
    if row is None:
        return Succession(found.effective_from or date.min, until, None)
    signs = list[int]()
    if found.version and row["version"]:
        new, old = version_key(found.version), version_key(row["version"])
        signs.append((new > old) - (new < old))
    if found.effective_from and row["effective_from"]:
        signs.append((found.effective_from > row["effective_from"]) - (found.effective_from < row["effective_from"]))
    if not found.supersedes and (not signs or max(signs) <= 0 or min(signs) < 0):
        raise Invalid("ambiguous_version")
    return Succession(found.effective_from or today(clock), until, row["id"])


async def supersede(tx: Transaction, version: uuid.UUID, place: Succession) -> None:
    """End the earlier version on the day the new one begins; it stays citable for the days before."""
    await raise_generation(tx)
    if place.supersedes is not None:
        await tx.execute(
            "update document_version set in_force_until = least(in_force_until, $3::date)"
            " where tenant = $1 and id = $2",
            tx.tenant,
            place.supersedes,
            place.in_force_from,
        )
    await tx.execute(
        "update document_version set in_force_from = $3, in_force_until = $4, supersedes = $5"
        " where tenant = $1 and id = $2",
        tx.tenant,
        version,
        place.in_force_from,
        place.in_force_until,
        place.supersedes,
    )


async def raise_generation(tx: Transaction) -> None:
    """Say that what can be found has changed: processes read their picture of the library again."""
    await tx.execute(
        "insert into library_state (tenant, generation) values ($1, 1)"
        " on conflict (tenant) do update set generation = library_state.generation + 1",
        tx.tenant,
    )


async def set_labels(tx: Transaction, clock: Clock, caller: Caller, name: str, labels: Iterable[str]) -> list[Version]:
    """Give the document called `name` exactly these labels (none: everyone may see it); in force at once.

    NotFound for a document that is not there, Invalid for a label of another form.
    """
    require(caller, "policy:write", tenant=tx.tenant)
    wanted = checked_labels(labels)
    versions = await find(tx, caller, name, all_states=True)
    document = versions[0].document
    await tx.execute("update document set labels = $3 where tenant = $1 and id = $2", tx.tenant, document, list(wanted))
    await raise_generation(tx)
    subject = {"document": str(document), "labels": str(len(wanted))}
    subject |= {f"label_{number}": label for number, label in enumerate(wanted[:8])}
    await record(tx, clock, caller, "document:label", subject=subject)
    return [replace(v, labels=wanted) for v in versions]


async def list_versions(tx: Transaction, caller: Caller, *, all_states: bool = False) -> list[Version]:
    """The versions that can be found, by name and age; with `all_states` also failed, unfinished and removed ones."""
    require(caller, "policy:read", tenant=tx.tenant)
    rows = await tx.rows(
        f"select {VERSION_COLUMNS} from document_version v"  # noqa: S608 - a constant
        " join document d on d.tenant = v.tenant and d.id = v.document"
        f" where v.tenant = $1 and (v.state = 'ready' or $2) and {VISIBLE.format('$3')}"
        " order by d.owner, d.stem, v.created_at",
        tx.tenant,
        all_states,
        label_filter(caller),
    )
    return [version_of(row) for row in rows]


async def find(tx: Transaction, caller: Caller, name: str, *, all_states: bool = False) -> list[Version]:
    """The ready versions of the document called `name`: its id, `owner/stem`, or a stem when only one has it; with
    `all_states` also failed and unfinished ones.

    NotFound `document_not_found` for everything else, another tenant's document included.
    """
    require(caller, "policy:read", tenant=tx.tenant)
    rows = await tx.rows(
        f"select {VERSION_COLUMNS} from document_version v"  # noqa: S608 - a constant
        " join document d on d.tenant = v.tenant and d.id = v.document where v.tenant = $1"
        " and (v.state = 'ready' or ($4 and v.state <> 'removed'))"
        " and (d.stem = $2 or d.owner || '/' || d.stem = $2 or d.id::text = $2 or v.id::text = $2)"
        f" and {VISIBLE.format('$3')} order by v.in_force_from desc, v.created_at desc",
        tx.tenant,
        name,
        label_filter(caller),
        all_states,
    )
    versions = [version_of(row) for row in rows]
    if not versions:
        raise NotFound("document_not_found")
    if len({v.document for v in versions}) > 1:
        names = ", ".join(sorted({v.name for v in versions}))
        raise Invalid("invalid_request", f"Several documents have this name; name one of them: {names}.")
    return versions


async def remove(tx: Transaction, clock: Clock, keys: TenantKeys, caller: Caller, name: str) -> list[Version]:
    """Take every version of a document out of every index, its pages and sealed original with it; failed and unfinished
    versions too."""
    require(caller, "policy:write", tenant=tx.tenant)
    versions = await find(tx, caller, name, all_states=True)
    # An embedding under way holds these rows too: it ends before, or finds the version gone.
    await tx.rows(
        "select id from document_version where tenant = $1 and id = any($2::uuid[]) for update",
        tx.tenant,
        [v.id for v in versions],
    )
    await raise_generation(tx)
    await drop_versions(tx, clock, keys, [v.id for v in versions])
    for version in versions:
        await forget(tx, version.id)
        await tx.execute(
            "update document_version set state = 'removed' where tenant = $1 and id = $2", tx.tenant, version.id
        )
        await record(
            tx,
            clock,
            caller,
            "document:remove",
            subject={"document": str(version.document), "version": str(version.id)},
        )
    return versions


INDEXES = (
    "version_index",
    "passage_vector",
    "version_vectors",
    "passage",
    "page",
    "document_original",
)
"""Every table with rows of one version's contents; a removal leaves none, and nothing of it in `index_segment`."""


async def forget(tx: Transaction, version: uuid.UUID) -> None:
    """Delete what was stored of a version: vectors, passages, pages, the sealed original; its segment is left alone."""
    for table in INDEXES:
        await tx.execute(f"delete from {table} where tenant = $1 and version = $2", tx.tenant, version)  # noqa: S608
