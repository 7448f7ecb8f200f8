"""The sample patients: valid FHIR, the same in every run, and told of nobody who exists."""

from __future__ import annotations

from preceptor.fhir.check import check
from preceptor.fhir.lossless import write
from preceptor.fhir.sample import identity, sample_bundle, stories


def test_they_are_valid_and_belong_together() -> None:
    """Every reference leads to a resource of the bundle."""
    bundle = sample_bundle()
    assert [issue for issue in check(bundle) if issue.wrong] == []
    there = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    text = write(bundle).decode()
    led = {part.partition('"')[0] for part in text.split('"reference":"')[1:]}
    assert led <= there
    assert len([name for name in there if name.startswith("Patient/")]) == len(stories()) == 6
    assert f"Patient/{identity('patient-1')}" in there


def test_they_are_the_same_in_every_run() -> None:
    """Two bundles are the same bytes; ids are no random numbers."""
    assert write(sample_bundle()) == write(sample_bundle())
    assert identity("patient-1") == "98400b22-5a3c-5dc0-aba1-09ecf2d833fb"
