"""A record for a caller, and resources that belong together."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.scopes import parse_scopes
from preceptor.fhir.record import Record
from preceptor.fhir.store import Chart
from preceptor.wiring import Services
from tests.make import Tenant

Json = dict[str, Any]


def record_of(services: Services) -> Record:
    """What the record is kept in."""
    return Record(services.database, services.clock, services.keys, services.reads)


def chart(services: Services, tenant: Tenant, caller: Caller | None = None) -> Chart:
    """The record as a caller of the tenant sees it; its operator for None."""
    return Chart(record_of(services), caller or tenant.caller)


def scoped(tenant: Tenant, scopes: str, patient: str | None = None, *, program: bool = False) -> Caller:
    """The operator with a token of these scopes, or a program."""
    actor = "client:test" if program else tenant.caller.actor
    return replace(tenant.caller, actor=actor, granted=parse_scopes(scopes), patient=patient)


def patient(family: str = "Gomez", **more: Any) -> Json:
    """A Patient."""
    name = [{"family": family, "given": ["Maria", "Luisa"], "use": "official"}]
    return {"resourceType": "Patient", "name": name, "birthDate": "1951-03-14", "gender": "female", **more}


def observation(subject: str, code: str = "8480-6", value: float = 120, day: str = "2026-01-02", **more: Any) -> Json:
    """An Observation of a patient."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "http://example.org/category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": "a pressure"},
        "subject": {"reference": f"Patient/{subject}"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        **more,
    }


def new_id() -> str:
    """An id a client may choose."""
    return str(uuid.uuid4())
