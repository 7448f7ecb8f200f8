"""The log as FHIR AuditEvents in the form of IHE's Basic Audit Log Patterns (profiles.ihe.net/ITI/BALP), read only.

An AuditEvent shows what an entry holds: who, when, what was done to what, why, with which outcome. The entry's bytes,
which the tree vouches for, are the log; this is a view of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, TypeAlias
from uuid import UUID

from preceptor.access.decide import require
from preceptor.audit.leaf import Entry, decode
from preceptor.errors import NotFound
from preceptor.fhir.cursor import Cursor, write_cursor
from preceptor.fhir.lossless import write
from preceptor.fhir.moments import FIRST, LAST, Interval, interval
from preceptor.fhir.search import Page
from preceptor.fhir.search_query import MOST_COUNT, USUAL_COUNT, Query, refused
from preceptor.fhir.store import Chart
from preceptor.fhir.stored import Version
from preceptor.fhir.types import KEPT

Json: TypeAlias = dict[str, Any]
TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
OBJECT = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
PARTICIPANT = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACTIONS: dict[str, tuple[str, str]] = {
    "chart:create": ("C", "create"),
    "chart:update": ("U", "update"),
    "chart:delete": ("D", "delete"),
    "chart:read": ("R", "read"),
    "chart:history": ("R", "history"),
    "chart:search": ("E", "search"),
}
"""Event → action and interaction; any other event is an execution (`E`) named by itself."""
OUTCOMES = {"done": "0", "denied": "4", "failed": "8"}
PURPOSES = {"treatment": "TREAT", "payment": "HPAYMT", "operations": "HOPERAT"}


def audit_event(entry: Entry) -> Json:
    """One entry as an AuditEvent."""
    action, interaction = ACTIONS.get(entry.event, ("E", ""))
    subtype = {"system": INTERACTION, "code": interaction} if interaction else {"code": entry.event}
    agents = [_agent("IRCP", entry.actor, asked=True)]
    if entry.agent:
        agents.append(_agent("CST", entry.agent, asked=False))
    made: Json = {
        "resourceType": "AuditEvent",
        "id": str(entry.id),
        "type": {"system": TYPE, "code": "rest"},
        "subtype": [subtype],
        "action": action,
        "recorded": entry.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": OUTCOMES[entry.outcome],
    }
    if entry.purpose in PURPOSES:
        made["purposeOfEvent"] = [{"coding": [{"system": REASON, "code": PURPOSES[entry.purpose]}]}]
    made["agent"] = agents
    made["source"] = {"observer": {"display": "Preceptor"}, "site": entry.tenant}
    entities = _entities(entry)
    return {**made, "entity": entities} if entities else made


def _agent(kind: str, name: str, *, asked: bool) -> Json:
    coded = {"coding": [{"system": PARTICIPANT, "code": kind}]}
    return {"type": coded, "who": {"identifier": {"value": name}}, "requestor": asked}


def _entities(entry: Entry) -> list[Json]:
    subject = dict(entry.subject)
    found = list[Json]()
    kind, identity = subject.get("type"), subject.get("id")
    patient = identity if kind == "Patient" else subject.get("patient")
    if patient is not None:
        about = {"type": {"system": OBJECT, "code": "1"}, "role": {"system": ROLE, "code": "1"}}
        found.append({"what": {"reference": f"Patient/{patient}"}, **about})
    if kind in KEPT and identity is not None and kind != "Patient":
        version = f"/_history/{subject['version']}" if "version" in subject else ""
        about = {"type": {"system": OBJECT, "code": "2"}, "role": {"system": ROLE, "code": "4"}}
        found.append({"what": {"reference": f"{kind}/{identity}{version}"}, **about})
    details = [{"type": name, "valueString": value} for name, value in sorted({**subject, **entry.digests}.items())]
    if entry.reason:
        details.append({"type": "reason", "valueString": entry.reason})
    if details:
        found.append({"type": {"system": OBJECT, "code": "4"}, "detail": details})
    return found


async def read_event(chart: Chart, identity: str) -> Version:
    """One entry. NotFound when there is none."""
    page = await find_events(chart, [("_id", identity)])
    if not page.matches:
        raise NotFound("not_found")
    return page.matches[0]


async def find_events(chart: Chart, pairs: Sequence[tuple[str, str]], last: tuple[str, ...] = ()) -> Page:
    """Entries, the newest first: `_id`, `date` and `_count`; anything else is refused. Needs audit:read."""
    require(chart.caller, "audit:read")
    identity, at, count = _asked(pairs)
    async with chart.transaction(read_only=True) as tx:
        rows = await tx.rows(
            "select e.leaf from audit_entry e where e.tenant = $1 and e.at >= $2 and e.at < $3"
            " and ($4::uuid is null or e.id = $4) and ($5::uuid is null or e.id < $5) order by e.id desc limit $6",
            *(tx.tenant, at.low, at.high, identity, UUID(last[0]) if last else None, count + 1),
        )
    entries = [decode(bytes(row["leaf"])) for row in rows[:count]]
    matches = tuple(_version(entry) for entry in entries)
    keys, actor = chart.owners.tenant, chart.caller.actor
    here = write_cursor(keys, actor, Cursor("AuditEvent", tuple(pairs), last))
    more = Cursor("AuditEvent", tuple(pairs), (str(entries[-1].id),)) if len(rows) > count else None
    await chart.kept.reads.record(chart.caller, "audit:show", subject={"count": str(len(entries))})
    after = write_cursor(keys, actor, more) if more is not None else None
    return Page(Query("AuditEvent", ()), matches, (), None, here, after)


def _version(entry: Entry) -> Version:
    return Version("AuditEvent", str(entry.id), 1, entry.at, "POST", write(audit_event(entry)))


def _asked(pairs: Sequence[tuple[str, str]]) -> tuple[UUID | None, Interval, int]:
    identity, low, high, count = None, FIRST, LAST, USUAL_COUNT
    for name, value in pairs:
        if name == "_id":
            try:
                identity = UUID(value)
            except ValueError:
                raise NotFound("not_found") from None
        elif name == "date":
            prefix, at = value[:2], interval(value[2:] if value[:2].isalpha() else value)
            if at is None or (prefix.isalpha() and prefix not in ("ge", "lt", "eq")):
                raise refused("date", "it is a day or time, with ge, lt or nothing before it.")
            low = max(low, at.low) if prefix != "lt" else low
            high = min(high, at.high if prefix not in ("ge", "lt") else at.low if prefix == "lt" else high)
        elif name == "_count" and value.isdecimal() and int(value[:6]) > 0:
            count = min(int(value[:6]), MOST_COUNT)
        elif name != "_format":
            raise refused(name, "AuditEvents are found by _id and date.")
    return identity, Interval(low, high), count
