"""Resources taken in from files: many at once, each once, and a reason for each that is refused.

What is there already and does not differ is left alone, so that a load that broke off is taken up by loading again.
Ids that may not be shown (`vault/identifying.py`) are replaced by keyed digests of them in the form of a UUID, the same
at every load; references follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from uuid import UUID

from preceptor.db.transaction import Transaction
from preceptor.errors import PreceptorError, Unavailable
from preceptor.fhir.asked import read_pairs
from preceptor.fhir.check import check
from preceptor.fhir.issues import Issue, is_valid
from preceptor.fhir.lossless import write
from preceptor.fhir.references import read_reference
from preceptor.fhir.refusals import NotValid, told
from preceptor.fhir.search import find
from preceptor.fhir.store import Chart, with_id
from preceptor.fhir.stored import current
from preceptor.fhir.types import require_kept
from preceptor.fhir.writing import Draft
from preceptor.vault.identifying import is_uuid
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import keyed_digest

Json: TypeAlias = dict[str, Any]
CHUNK = 250


@dataclass(frozen=True)
class Item:
    """A resource and where it was found: a file's name, and a line or entry. `named` maps addresses within its bundle
    to `Type/id`."""

    source: str
    place: str
    resource: Json | None
    named: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Loaded:
    """What became of the items. A reject holds the source, the place and an OperationOutcome; no contents."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: list[Json] = field(default_factory=list[Json])

    def reject(self, item: Item, outcome: Json) -> None:
        """Note what was refused."""
        self.rejects.append({"source": item.source, "place": item.place, "outcome": outcome})


def items_of(source: str, resource: Json) -> Iterator[Item]:
    """The resources of a bundle, or the one resource."""
    if resource.get("resourceType") != "Bundle" or resource.get("type") == "document":
        yield Item(source, "", resource)
        return
    listed = resource.get("entry")
    entries = cast("list[Any]", listed) if isinstance(listed, list) else []
    named = dict(_named(entries))
    for number, entry in enumerate(entries):
        inner = cast("Json", entry).get("resource") if isinstance(entry, dict) else None
        url = cast("Json", entry).get("fullUrl") if isinstance(entry, dict) else None
        if isinstance(inner, dict):
            given = cast("Json", inner)
            identity = named.get(str(url), "").partition("/")[2]
            held = given if "id" in given or not identity else with_id(given, identity)
            yield Item(source, f"entry {number}", held, named)
        elif not isinstance(entry, dict) or "resource" in entry:
            yield Item(source, f"entry {number}", None)


def _named(entries: Iterable[object]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        given = cast("Json", entry) if isinstance(entry, dict) else {}
        url, resource = given.get("fullUrl"), given.get("resource")
        if not isinstance(url, str) or not isinstance(resource, dict):
            continue
        held = cast("Json", resource)
        identity = held.get("id", url.removeprefix("urn:uuid:"))
        if isinstance(identity, str) and isinstance(held.get("resourceType"), str):
            yield url, f"{held['resourceType']}/{identity}"


async def load_chunk(chart: Chart, items: Sequence[Item], loaded: Loaded) -> None:
    """Take in one chunk in one transaction. When a resource is refused while it is written, each is tried by itself:
    what is wrong with one does not keep the others out."""
    ready = list[tuple[Item, Json]]()
    for item in items:
        try:
            ready.append((item, _checked(chart, item)))
        except NotValid as error:
            loaded.reject(item, told(error))
        except PreceptorError as error:
            loaded.reject(item, told(error))
    try:
        await _take(chart, ready, loaded)
    except Unavailable:
        raise
    except PreceptorError as error:
        if len(ready) == 1:
            return loaded.reject(ready[0][0], told(error))
        for one in ready:
            await _one(chart, one, loaded)
    return None


async def _one(chart: Chart, one: tuple[Item, Json], loaded: Loaded) -> None:
    try:
        await _take(chart, [one], loaded)
    except Unavailable:
        raise
    except PreceptorError as error:
        loaded.reject(one[0], told(error))


def _checked(chart: Chart, item: Item) -> Json:
    if item.resource is None:
        raise NotValid([Issue("not-json", "$this", "fatal")])
    require_kept(item.resource.get("resourceType"))
    issues = check(item.resource, chart.kept.package)
    if not is_valid(issues):
        raise NotValid(issues)
    return item.resource


async def _take(chart: Chart, ready: Sequence[tuple[Item, Json]], loaded: Loaded) -> None:
    """Write what is new or differs; nothing is counted unless all of it was written."""
    made, changed, same = 0, 0, 0
    async with chart.transaction() as tx:
        placed = await _placed(chart, tx, ready)
        known = await _known(chart, tx, placed)
        drafts = list[Draft]()
        for resource in placed:
            key = (str(resource["resourceType"]), str(resource["id"]))
            before = known.get(key)
            if before is None:
                drafts.append(Draft(resource, 1, "PUT"))
                made += 1
            elif write(_plain(before)) == write(_plain(resource)):
                same += 1
            else:
                await chart.update_in(tx, *key, resource)
                changed += 1
        if drafts:
            await chart.write_in(tx, drafts)
    loaded.created += made
    loaded.updated += changed
    loaded.unchanged += same


def _plain(resource: Json) -> Json:
    """The resource without what the server says of it."""
    meta = {k: v for k, v in dict(resource.get("meta", {})).items() if k not in ("versionId", "lastUpdated")}
    rest = {name: value for name, value in resource.items() if name not in ("meta", "resourceType", "id")}
    return {"meta": meta, **rest}


async def _known(chart: Chart, tx: Transaction, placed: Sequence[Json]) -> dict[tuple[str, str], Json]:
    """The current content of resources by type and id; {} for a deleted one, which then differs."""
    # Each by its whole key (see `stored.current`); a lock rules out the form used there.
    await tx.execute("select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)")
    rows = await tx.rows(
        "select r.type, r.id, r.deleted from unnest($2::text[], $3::text[]) as asked (type, id)"
        " join chart_resource r on r.tenant = $1 and r.type = asked.type and r.id = asked.id"
        " order by r.type, r.id for update of r",
        tx.tenant,
        [str(one["resourceType"]) for one in placed],
        [str(one["id"]) for one in placed],
    )
    found = {(str(row["type"]), str(row["id"])): Json() for row in rows}
    for kind in sorted({kind for kind, _ in found}):
        ids = [identity for type_, identity in found if type_ == kind]
        found |= {(kind, one.id): one.resource for one in await current(tx, chart.owners, kind, ids)}
    return found


async def _placed(chart: Chart, tx: Transaction, ready: Sequence[tuple[Item, Json]]) -> list[Json]:
    """The resources with their ids and references as they are kept; of two with the same id in a chunk the last one."""
    any_form = await chart.any_form(tx)
    keys = chart.owners.tenant
    conditions = dict[str, str]()
    found = dict[tuple[str, str], Json]()
    for item, resource in ready:
        kind = str(resource["resourceType"])
        said = resource.get("id")
        identity = said if isinstance(said, str) else _digest_id(keys, kind, write(resource).decode())
        for text in _conditional(resource):
            if text not in conditions:
                conditions[text] = await _found(chart, tx, text)
        place = _Placing(keys, item.named, conditions, any_form=any_form)
        moved = cast("Json", place.value(resource))
        kept = place.identity(kind, identity)
        found[kind, kept] = with_id(moved, kept)
    return list(found.values())


async def _found(chart: Chart, tx: Transaction, text: str) -> str:
    """Where a conditional reference leads. NotValid `unresolved` when that is not one resource."""
    kind, _, condition = text.partition("?")
    matches = await find(chart, tx, require_kept(kind), read_pairs(condition), 2)
    if len(matches) != 1:
        raise NotValid([Issue("unresolved", kind)])
    return f"{kind}/{matches[0].id}"


def _conditional(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in cast("Json", value).items():
            if name == "reference" and isinstance(inner, str) and "?" in inner:
                target = read_reference(inner)
                if target is not None and target.form == "conditional":
                    yield inner
            else:
                yield from _conditional(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _conditional(inner)


def _digest_id(keys: TenantKeys, kind: str, identity: str) -> str:
    return str(UUID(hex=keyed_digest(keys, "chart-id", f"{kind}/{identity}".encode())[:32], version=4))


class _Placing:
    """Ids and references as they are kept."""

    def __init__(
        self, keys: TenantKeys, named: Mapping[str, str], conditions: Mapping[str, str], *, any_form: bool
    ) -> None:
        self._keys, self._named, self._conditions, self._any = keys, named, conditions, any_form

    def identity(self, kind: str, identity: str) -> str:
        """An id that may be shown."""
        return identity if self._any or is_uuid(identity) else _digest_id(self._keys, kind, identity)

    def value(self, value: object) -> object:
        """A copy of a value with its references moved."""
        if isinstance(value, dict):
            return {
                name: self._reference(one) if name == "reference" and isinstance(one, str) else self.value(one)
                for name, one in cast("Json", value).items()
            }
        return [self.value(one) for one in cast("list[object]", value)] if isinstance(value, list) else value

    def _reference(self, text: str) -> str:
        whole, mark, fragment = text.partition("#")
        moved = self._named.get(whole) or self._conditions.get(text) or whole
        target = read_reference(moved) if moved else None
        if target is None or target.relative is None:
            return text if moved == whole else moved + mark + fragment
        version = f"/_history/{target.version}" if target.version else ""
        return f"{target.type}/{self.identity(target.type, target.id)}{version}{mark}{fragment}"
