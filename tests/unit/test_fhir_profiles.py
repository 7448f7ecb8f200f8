"""Profiles: cardinality, fixed and pattern values, slices, value sets, rules and extensions of a package."""

from __future__ import annotations

import copy
import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from tests.make_fhir import TYPES
from tests.make_package import BASE, package, packed, pressure

from preceptor.errors import Invalid, LimitReached
from preceptor.fhir.check import check
from preceptor.fhir.definitions import definitions, is_resource_type
from preceptor.fhir.packages import Package, open_package, read_packages

Json = dict[str, Any]
PACKAGE = read_packages([package()])


def wrong(resource: Json, held: Package = PACKAGE) -> list[tuple[str, str, str]]:
    """The errors of a resource."""
    return [(i.kind, i.expression, i.about) for i in check(resource, held) if i.wrong]


def test_what_holds_is_accepted() -> None:
    """And what the package does not define is said: the rule that needs a terminology server."""
    assert wrong(pressure()) == []
    assert [(i.about, i.kind) for i in check(pressure(), PACKAGE)] == [("own-2", "not-checked")]


CASES: dict[str, tuple[Callable[[Json], object], tuple[str, str, str]]] = {
    "missing element": (lambda r: r.pop("subject"), ("profile-min", "Observation.subject", "")),
    "missing choice": (lambda r: r.pop("effectiveDateTime"), ("profile-min", "Observation.effective", "")),
    "forbidden element": (lambda r: r.update(valueString="x"), ("profile-max", "Observation.value", "")),
    "pattern": (lambda r: r["code"]["coding"][0].update(code="1-1"), ("fixed", "Observation.code", "")),
    "type of a choice": (
        lambda r: (r.pop("effectiveDateTime"), r.update(effectiveInstant="2020-01-01T00:00:00Z")),
        ("profile-type", "Observation.effectiveInstant", ""),
    ),
    "slice missing": (lambda r: r["category"].pop(), ("slice-min", "Observation.category", "vital")),
    "slice twice": (
        lambda r: r["category"].append(copy.deepcopy(r["category"][1])),
        ("slice-max", "Observation.category", "vital"),
    ),
    "outside closed slices": (
        lambda r: r["component"].append({"code": {"text": "x"}, "valueString": "x"}),
        ("slice-closed", "Observation.component[2]", ""),
    ),
    "below a slice": (
        lambda r: r["component"][0].pop("valueQuantity"),
        ("profile-min", "Observation.component[0].valueQuantity", ""),
    ),
    "value set": (
        lambda r: r["method"]["coding"][0].update(code="old"),
        ("code", "Observation.method", BASE + "methods"),
    ),
    "rule": (lambda r: r.update(status="amended"), ("invariant", "Observation", "own-1")),
    "target": (
        lambda r: r.update(subject={"reference": "Group/1"}),
        ("target", "Observation.subject", ""),
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_does_not_hold_is_found_at_its_place(name: str) -> None:
    """One case for each kind of constraint."""
    change, expected = CASES[name]
    resource = pressure()
    change(resource)
    assert expected in wrong(resource)


def person(*extensions: Json) -> Json:
    """A Patient that says it holds to the profile."""
    made: Json = {"resourceType": "Patient", "meta": {"profile": [BASE + "person"]}, "birthDate": "1980"}
    return {**made, "extension": list(extensions)} if extensions else made


def test_extensions_are_held_to_their_definitions() -> None:
    """Which slice an extension is in says its address; its value says its definition."""
    good = {"url": BASE + "shoe-size", "valueInteger": 42}
    assert wrong(person(good)) == []
    assert ("slice-min", "Patient.extension", "shoe") in wrong(person())
    assert ("profile-type", "Patient.extension[0].valueString", "") in wrong(
        person({"url": BASE + "shoe-size", "valueString": "42"})
    )
    known = {i.about for i in check(person(good), PACKAGE)}
    assert BASE + "shoe-size" not in known  # its definition is loaded: nothing is left unchecked


def test_profiles_within_bundles_and_asked_profiles() -> None:
    """Each resource of a bundle is held to what it claims; a profile may also be asked for."""
    broken = person()
    del broken["birthDate"]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": broken}]}
    assert ("profile-min", "Bundle.entry[0].resource.birthDate", "") in wrong(bundle)
    plain = {"resourceType": "Patient"}
    assert any(i.kind == "profile-min" for i in check(plain, PACKAGE, [BASE + "person"]))
    assert any(i.kind == "profile-type" for i in check(plain, PACKAGE, [BASE + "pressure"]))
    assert [i.kind for i in check(plain, PACKAGE, [BASE + "person|9.9"])] == ["not-checked"]


def test_hostile_packages_are_refused() -> None:
    """Not an archive, nothing in it, too many bytes; links and paths are not followed."""
    for bad in (b"", b"not a package", package()[:100], packed()):
        with pytest.raises(Invalid, match="ig_package"):
            open_package(bad)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name in ("../../etc/x.json", "/etc/passwd.json"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
    with pytest.raises(Invalid, match="ig_package"):
        open_package(held.getvalue())
    bomb = packed({"resourceType": "Basic", "text": "0" * 2_000_000})
    with pytest.raises(LimitReached, match="archive_too_large"):
        open_package(bomb, 1_000_000)


def test_the_definitions_are_those_of_r4() -> None:
    """146 concrete resource types and 20 primitives; nothing the carrying package adds."""
    found = definitions()
    assert len([n for n in found.types if is_resource_type(n)]) == 146
    assert len(found.primitives) == 20
    assert all(is_resource_type(name) for name in TYPES)
    leads = {t for one in found.types.values() for e in one.elements for names in e.targets.values() for t in names}
    assert {name for name in leads if name not in found.types} == set()
