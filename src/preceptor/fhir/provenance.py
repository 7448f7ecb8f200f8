"""Who and what made a resource, told in it and beside it: the label for what a machine asserted, the Device that stands
for it, and the Provenance; pure.

HL7 "AI Transparency on FHIR" (hl7.org/fhir/uv/aitransparency): `AIAST` in `meta.security` says that an artificial
intelligence asserted something, the Provenance names it as a Device beside the human who answers for it, and what it
read as entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
AIAST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}
PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


@dataclass(frozen=True)
class Made:
    """How something came to be. `targets` and `sources` are references with versions (`Type/id/_history/n`); `human`
    identifies who answers for it, `device` is the reference of the Device that asserted it, None when no machine did;
    `approved` says that the human looked at the very bytes; `rules` names the version of the flow's rules."""

    targets: Sequence[str]
    sources: Sequence[str]
    human: str
    device: str | None
    activity: str
    approved: bool = False
    rules: str = ""


def labelled(resource: Json) -> Json:
    """The resource with the label, once."""
    meta = dict(resource.get("meta", {}))
    held = [one for one in meta.get("security", []) if (one.get("system"), one.get("code")) != _key(AIAST)]
    meta["security"] = [*held, AIAST]
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    head = {name: resource[name] for name in ("resourceType", "id") if name in resource}
    return {**head, "meta": meta, **rest}


def is_labelled(resource: Json) -> bool:
    """Whether a machine is said to have asserted it."""
    listed = resource.get("meta", {}).get("security", [])
    return any((one.get("system"), one.get("code")) == _key(AIAST) for one in listed)


def _key(coding: Json) -> tuple[str, str]:
    return coding["system"], coding["code"]


def ai_device(name: str, version: str, model: str | None = None) -> Json:
    """The Device that stands for an agent of ours: its name and version, and the language model behind it."""
    versions = [{"type": {"text": "agent"}, "value": version}]
    if model is not None:
        versions.append({"type": {"text": "model"}, "value": model})
    return {
        "resourceType": "Device",
        "status": "active",
        "deviceName": [{"name": name, "type": "model-name"}],
        "type": {"text": "Artificial intelligence"},
        "version": versions,
    }


def provenance(made: Made, at: datetime) -> Json:
    """The Provenance of what was made. It carries the label itself when a machine took part."""
    recorded = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    agents = [_agent("verifier" if made.approved else "author", {"identifier": {"value": made.human}})]
    if made.device is not None:
        agents.append(_agent("assembler", {"reference": made.device}))
    said: Json = {
        "resourceType": "Provenance",
        "target": [{"reference": one} for one in made.targets],
        "recorded": recorded,
        "activity": {"text": made.activity},
        "agent": agents,
    }
    if made.rules:
        said["policy"] = [f"urn:preceptor:rules:{made.rules}"]
    if made.sources:
        said["entity"] = [{"role": "source", "what": {"reference": one}} for one in made.sources]
    return labelled(said) if made.device is not None else said


def _agent(kind: str, who: Json) -> Json:
    return {"type": {"coding": [{"system": PARTICIPANT, "code": kind}]}, "who": who}
