"""What the doors answer when asked to de-identify: one request and one answer, the same for command line and HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import tenant_transaction
from preceptor.deid.book import replace, subject_digest
from preceptor.deid.fhir import bundle_patient, redact_resource
from preceptor.deid.known import Known
from preceptor.deid.labels import Policy
from preceptor.deid.mask import mask, verified
from preceptor.deid.redact import Redaction
from preceptor.errors import Invalid
from preceptor.vault.store import KeyStore

Mode = Literal["mask", "surrogate"]

AGREEMENT = "data-use-agreement-required"
"""What a limited data set may only be given under (45 CFR 164.514(e)(4))."""


@dataclass(frozen=True)
class Asked:
    """A request: `text` or `resource` is set, never both; `subject` is whose surrogates are used."""

    id: object
    policy: Policy
    mode: Mode
    text: str | None = None
    resource: Mapping[str, object] | None = None
    known: Known | None = None
    subject: str | None = None

    def __repr__(self) -> str:
        return f"Asked({self.policy}, {self.mode})"


def read_request(row: Mapping[str, Any], policy: Policy | None = None, mode: Mode | None = None) -> Asked:
    """The request in a JSON object; `policy` and `mode` given here win over its members. Raises Invalid.

    Members: `text` (a string) or `resource` (a FHIR R4 resource or Bundle), `known` (the contract's object or a FHIR
    Patient), `patient` (whose surrogates; default: the id of a FHIR `known`, else the request's own id), `policy`,
    `mode`. Unknown members are ignored.
    """
    text, resource, known = row.get("text"), row.get("resource"), row.get("known")
    if (text is None) == (resource is None):
        raise Invalid("invalid_request", "Either `text` (a string) or `resource` (a FHIR R4 resource) is needed.")
    if text is not None and not isinstance(text, str):
        raise Invalid("invalid_request", "`text` must be a string.")
    if resource is not None and not isinstance(resource, dict):
        raise Invalid("invalid_request", "`resource` must be a JSON object.")
    if known is not None and not isinstance(known, dict):
        raise Invalid("invalid_request", "`known` must be a JSON object.")
    chosen, how = policy or row.get("policy") or "safe-harbor", mode or row.get("mode") or "mask"
    if chosen not in get_args(Policy) or how not in get_args(Mode):
        raise Invalid("invalid_request", "`policy` or `mode` is none of the documented ones.")
    if how == "surrogate" and (resource is not None or chosen == "document"):
        raise Invalid("invalid_request", "Surrogates are made for `text`, under a policy other than document.")
    said = cast("Mapping[str, object]", known) if known is not None else None
    if said and said.get("resourceType") == "Bundle":
        said = bundle_patient(said)
    facts = Known.from_json(said) if said is not None else None
    if said and facts is not None and not facts.values() and said.get("resourceType") != "Patient":
        raise Invalid("invalid_request", "`known` holds neither names, birthDate, identifiers, telecom nor addresses.")
    subject = row.get("patient") or (said.get("id") if said else None) or row.get("id")
    return Asked(
        row.get("id"),
        cast("Policy", chosen),
        cast("Mode", how),
        text,
        cast("Mapping[str, object] | None", resource),
        facts,
        subject if isinstance(subject, str) else None,
    )


async def answer(asked: Asked, database: Database, clock: Clock, store: KeyStore, caller: Caller) -> dict[str, Any]:
    """The answer to a request: masked at once, or with surrogates in one transaction with their record."""
    if asked.mode == "mask":
        return masked(asked)
    assert asked.text is not None
    if asked.subject is None:
        raise Invalid("invalid_request", "`patient` must say whose surrogates are to be used.")
    # What the second look of the mask adds is replaced too.
    spans = (await asyncio.to_thread(mask, asked.text, asked.policy, asked.known)).spans
    avoid = asked.known.values() if asked.known is not None else ()
    require(caller, "deid:use")
    keys = store.get(caller.tenant)
    subject_digest(keys, asked.subject)  # an id of another form gets no key
    person = (await store.patients(caller.tenant, [asked.subject], make=True))[asked.subject]
    async with tenant_transaction(database, caller.tenant, caller.actor) as tx:
        made = await replace(tx, clock, keys, person, caller, asked.subject, asked.text, spans, avoid=avoid)
    return {**_text_answer(asked, made.redaction), "mode": "surrogate", "label": made.label}


def masked(asked: Asked) -> dict[str, Any]:
    """The masked text with its spans, or the redacted resource with the paths that were removed."""
    if asked.text is not None:
        return _text_answer(asked, mask(asked.text, asked.policy, asked.known))
    assert asked.resource is not None
    patient = bundle_patient(asked.resource)
    known = asked.known if asked.known is not None or patient is None else Known.from_json(patient)
    redaction = redact_resource(asked.resource, asked.policy, lambda text: mask(text, asked.policy, known).text)
    removed = [{"path": one.path, "label": one.label} for one in redaction.removed]
    resource = _searched(redaction.resource, known) if known is not None else redaction.resource
    return {"id": asked.id, "resource": resource, "removed": removed, **_policy(asked.policy)}


def _searched(value: object, known: Known) -> object:
    """The output again, every string of it without the record's own values: codes, units and displays too."""
    if isinstance(value, str):
        return verified(value, [], "document", known).text
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {name: value if name == "resourceType" else _searched(value, known) for name, value in members.items()}
    if isinstance(value, list):
        return [_searched(one, known) for one in cast("list[object]", value)]
    return value


def _text_answer(asked: Asked, redaction: Redaction) -> dict[str, Any]:
    spans = [
        {"start": s.start, "end": s.end, "label": s.label, "score": round(s.score, 3), "source": s.source}
        for s in redaction.spans
    ]
    return {"id": asked.id, "text": redaction.text, "spans": spans, **_policy(asked.policy)}


def _policy(policy: Policy) -> dict[str, str]:
    return {"policy": policy, **({"requires": AGREEMENT} if policy == "limited" else {})}
