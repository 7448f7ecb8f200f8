"""Invalid resources made from valid ones: each class of error once, with the place where it must be found.

The walker and these mutants have one author: what they show is an upper bound. Other people's invalid resources are
the better exam.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from preceptor.fhir.definitions import Element, definitions
from preceptor.fhir.primitives import CHECKS

Json = dict[str, Any]
WRONG: dict[str, list[Any]] = {
    "boolean": ["true", 1],
    "integer": ["1", 1.5, 2**31],
    "positiveInt": [0, -1, "1"],
    "unsignedInt": [-1],
    "decimal": ["1.0", True],
    "string": [1, "", "   ", "a\x00b"],
    "markdown": [7, ""],
    "code": [" a", "a  b", "", 5],
    "uri": ["a b", 3],
    "url": ["http://a b/"],
    "canonical": ["a b"],
    "oid": ["1.2.3", "urn:oid:9.1"],
    "uuid": ["urn:uuid:12"],
    "id": ["a/b", "x" * 65, "a_b"],
    "date": ["2020-13-01", "2020-02-30", "20200101", "2020-1-1"],
    "dateTime": ["2020-01-01T25:00:00Z", "2020-01-01T10:00:00", "01/02/2020"],
    "instant": ["2020-01-01", "2020-01-01T10:00Z"],
    "time": ["25:00:00", "10:00"],
    "base64Binary": ["***", "abc"],
}


@dataclass(frozen=True)
class Mutant:
    """One invalid resource. `place` is the FHIRPath an issue must name, or begin with."""

    error: str
    place: str
    resource: Json


@dataclass(frozen=True)
class Spot:
    """A member of an object in a resource: where it is, and what it is."""

    path: str
    keys: tuple[Any, ...]
    owner: str
    member: str
    element: Element
    kind: str


def spots(resource: Json) -> list[Spot]:
    """Every element of a resource that stands in its definitions."""
    return list(_spots(resource, str(resource["resourceType"]), str(resource["resourceType"]), ()))


def _spots(value: Json, kind: str, path: str, keys: tuple[Any, ...]) -> Iterator[Spot]:
    for member, item in value.items():
        found = definitions().types[kind].members.get(member)
        if found is None:
            continue
        element, type_ = found
        yield Spot(f"{path}.{member}", (*keys, member), kind, member, element, type_)
        if type_ in CHECKS:
            continue
        for number, one in enumerate(item if isinstance(item, list) else [item]):
            if not isinstance(one, dict):
                continue
            inner = one.get("resourceType", type_)
            if inner in definitions().types and inner not in ("Resource", "DomainResource"):
                place = f"{path}.{member}[{number}]" if isinstance(item, list) else f"{path}.{member}"
                further = (*keys, member, number) if isinstance(item, list) else (*keys, member)
                yield from _spots(one, inner, place, further)


def at(resource: Json, keys: tuple[Any, ...]) -> Any:
    """What stands at a place."""
    value: Any = resource
    for key in keys:
        value = value[key]
    return value


def put(resource: Json, keys: tuple[Any, ...], value: Any) -> Json:
    """A copy with another value at a place."""
    made = copy.deepcopy(resource)
    at(made, keys[:-1])[keys[-1]] = value
    return made


def _primitive(spot: Spot) -> bool:
    return spot.kind in CHECKS and spot.kind != "xhtml"


def _all(resource: Json) -> list[Spot]:
    return spots(resource)


def unknown_element(resource: Json, rng: random.Random) -> Mutant | None:
    owner = rng.choice([(), *(s.keys for s in _all(resource) if isinstance(at(resource, s.keys), dict))])
    path = next((s.path for s in _all(resource) if s.keys == owner), resource["resourceType"])
    made = copy.deepcopy(resource)
    at(made, owner)["surprise"] = "x"
    return Mutant("unknown element", f"{path}.surprise", made)


def missing_required(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.element.least > 0]
    if not found:
        return None
    spot = rng.choice(found)
    made = copy.deepcopy(resource)
    holder = at(made, spot.keys[:-1])
    holder.pop(spot.member)
    holder.pop("_" + spot.member, None)
    if not holder:
        holder["id"] = "x"
    return Mutant("missing required", spot.path.rpartition(".")[0], made)


def bad_primitive(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if _primitive(s) and s.kind in WRONG]
    if not found:
        return None
    spot = rng.choice(found)
    wrong = rng.choice(WRONG[spot.kind])
    if isinstance(at(resource, spot.keys), list):
        return Mutant("form of a primitive", spot.path + "[0]", put(resource, (*spot.keys, 0), wrong))
    return Mutant("form of a primitive", spot.path, put(resource, spot.keys, wrong))


def object_for_primitive(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if _primitive(s) and not s.element.many]
    if not found:
        return None
    spot = rng.choice(found)
    return Mutant("object for a primitive", spot.path, put(resource, spot.keys, {"value": "x"}))


def primitive_for_object(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind not in CHECKS and not s.element.many]
    if not found:
        return None
    spot = rng.choice(found)
    return Mutant("primitive for an object", spot.path, put(resource, spot.keys, "x"))


def single_for_list(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.element.many]
    if not found:
        return None
    spot = rng.choice(found)
    return Mutant("single for a list", spot.path, put(resource, spot.keys, at(resource, spot.keys)[0]))


def list_for_single(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if not s.element.many and s.kind != "xhtml"]
    if not found:
        return None
    spot = rng.choice(found)
    return Mutant("list for a single", spot.path, put(resource, spot.keys, [at(resource, spot.keys)]))


def empty_object(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind not in CHECKS]
    if not found:
        return None
    spot = rng.choice(found)
    many = isinstance(at(resource, spot.keys), list)
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    return Mutant("empty object", path, put(resource, keys, {}))


def only_an_id(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind not in CHECKS and s.kind not in ("Resource", "DomainResource")]
    if not found:
        return None
    spot = rng.choice(found)
    many = isinstance(at(resource, spot.keys), list)
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    return Mutant("only an id", path, put(resource, keys, {"id": "x"}))


def empty_list(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.element.many]
    if not found:
        return None
    spot = rng.choice(found)
    return Mutant("empty list", spot.path, put(resource, spot.keys, []))


def null(resource: Json, rng: random.Random) -> Mutant | None:
    spot = rng.choice(_all(resource))
    if isinstance(at(resource, spot.keys), list):
        return Mutant("null", spot.path + "[0]", put(resource, (*spot.keys, 0), None))
    return Mutant("null", spot.path, put(resource, spot.keys, None))


def outside_value_set(resource: Json, rng: random.Random) -> Mutant | None:
    known = definitions().values
    found = [s for s in _all(resource) if s.element.values in known and s.kind == "code"]
    if not found:
        return None
    spot = rng.choice(found)
    if spot.element.many:
        return Mutant("code outside", spot.path + "[0]", put(resource, (*spot.keys, 0), "no-such-code"))
    return Mutant("code outside", spot.path, put(resource, spot.keys, "no-such-code"))


def concept_outside(resource: Json, rng: random.Random) -> Mutant | None:
    known = definitions().values
    found = [s for s in _all(resource) if s.element.values in known and s.kind == "CodeableConcept"]
    if not found:
        return None
    spot = rng.choice(found)
    wrong = {"coding": [{"system": "http://example.org/codes", "code": "no-such-code"}]}
    many = spot.element.many
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    return Mutant("concept outside", path, put(resource, keys, wrong))


def wrong_target(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind == "Reference" and s.element.targets.get("Reference")]
    if not found:
        return None
    spot = rng.choice(found)
    wrong = rng.choice(sorted({"Schedule", "Slot", "Linkage"} - spot.element.targets["Reference"]))
    many = spot.element.many
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    return Mutant("target of a reference", path, put(resource, keys, {"reference": f"{wrong}/1"}))


def malformed_reference(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind == "Reference"]
    if not found:
        return None
    spot = rng.choice(found)
    many = spot.element.many
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    wrong = rng.choice(["just words", "Patient", "Patient/a/b/c", "Nothing/1"])
    return Mutant("form of a reference", path, put(resource, keys, {"reference": wrong}))


def local_to_nothing(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.kind == "Reference"]
    if not found:
        return None
    spot = rng.choice(found)
    many = spot.element.many
    keys, path = ((*spot.keys, 0), spot.path + "[0]") if many else (spot.keys, spot.path)
    return Mutant("local reference to nothing", path, put(resource, keys, {"reference": "#nobody"}))


def two_of_a_choice(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.element.is_choice and len(s.element.types) > 1]
    if not found:
        return None
    spot = rng.choice(found)
    others = {k: m for m, k in spot.element.names().items() if m != spot.member}
    for kind, value in (("string", "x"), ("boolean", True), ("dateTime", "2020"), ("Reference", {"display": "x"})):
        if kind in others:
            made = copy.deepcopy(resource)
            at(made, spot.keys[:-1])[others[kind]] = value
            return Mutant("two of a choice", spot.path.rpartition(".")[0], made)
    return None


def wrong_of_a_choice(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if s.element.is_choice]
    if not found:
        return None
    spot = rng.choice(found)
    made = copy.deepcopy(resource)
    holder = at(made, spot.keys[:-1])
    holder[spot.element.name[:-3] + "Surprise"] = holder.pop(spot.member)
    return Mutant("type outside of a choice", spot.path.rpartition(".")[0], made)


def extension_of_both(resource: Json, rng: random.Random) -> Mutant | None:
    made = copy.deepcopy(resource)
    both = {"url": "http://example.org/x", "valueString": "x", "extension": [{"url": "y", "valueString": "x"}]}
    made["extension"] = [both]
    return Mutant("extension with value and extensions", f"{resource['resourceType']}.extension[0]", made)


def extension_of_nothing(resource: Json, rng: random.Random) -> Mutant | None:
    made = copy.deepcopy(resource)
    made["extension"] = [{"url": "http://example.org/x"}]
    return Mutant("extension without value", f"{resource['resourceType']}.extension[0]", made)


def extension_without_address(resource: Json, rng: random.Random) -> Mutant | None:
    made = copy.deepcopy(resource)
    made["extension"] = [{"valueString": "x"}]
    return Mutant("extension without address", f"{resource['resourceType']}.extension[0]", made)


def script(resource: Json, rng: random.Random) -> Mutant | None:
    inner = rng.choice(
        [
            "<script>x()</script>",
            '<p onclick="x()">a</p>',
            '<a href="javascript:x()">a</a>',
            "<iframe>a</iframe>",
            "<p>a",
            '<p style="background:url(http://e.example/x)">a</p>',
            "<form><input/></form>",
        ]
    )
    made = copy.deepcopy(resource)
    made["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'}
    return Mutant("unsafe narrative", f"{resource['resourceType']}.text.div", made)


def contained_in_contained(resource: Json, rng: random.Random) -> Mutant | None:
    made = copy.deepcopy(resource)
    inner = {"resourceType": "Basic", "id": "inner", "code": {"text": "x"}}
    made["contained"] = [{**inner, "id": "outer", "contained": [inner]}]
    made["extension"] = [{"url": "http://example.org/x", "valueReference": {"reference": "#outer"}}]
    return Mutant("contained in a contained", f"{resource['resourceType']}.contained[0]", made)


def unused_contained(resource: Json, rng: random.Random) -> Mutant | None:
    made = copy.deepcopy(resource)
    made["contained"] = [{"resourceType": "Basic", "id": "unused", "code": {"text": "x"}}]
    return Mutant("contained that nothing refers to", f"{resource['resourceType']}.contained[0]", made)


def lengths(resource: Json, rng: random.Random) -> Mutant | None:
    found = [s for s in _all(resource) if _primitive(s) and s.element.many]
    if not found:
        return None
    spot = rng.choice(found)
    made = copy.deepcopy(resource)
    half = {"extension": [{"url": "http://example.org/x", "valueString": "x"}]}
    at(made, spot.keys[:-1])["_" + spot.member] = [half] * (len(at(made, spot.keys)) + 1)
    return Mutant("halves of unequal length", spot.path.rpartition(".")[0], made)


def unknown_type(resource: Json, rng: random.Random) -> Mutant | None:
    return Mutant("unknown type", "resourceType", {**copy.deepcopy(resource), "resourceType": "Surprise"})


MUTATIONS: tuple[Callable[[Json, random.Random], Mutant | None], ...] = (
    unknown_element, missing_required, bad_primitive, object_for_primitive, primitive_for_object, single_for_list,
    list_for_single, empty_object, only_an_id, empty_list, null, outside_value_set, concept_outside, wrong_target,
    malformed_reference, local_to_nothing, two_of_a_choice, wrong_of_a_choice, extension_of_both, extension_of_nothing,
    extension_without_address, script, contained_in_contained, unused_contained, lengths, unknown_type,
)  # fmt: skip


def mutants(resource: Json, rng: random.Random) -> Iterator[Mutant]:
    """One mutant of each class that applies."""
    has_text = any(e.name == "text" for e in definitions().types[resource["resourceType"]].elements)
    for mutate in MUTATIONS:
        needs = mutate.__name__.startswith(("extension", "script", "contained", "unused"))
        if needs and not has_text:
            continue
        made = mutate(resource, rng)
        if made is not None:
            yield made
