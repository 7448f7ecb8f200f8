"""`preceptor chart`: the clinical record as FHIR R4."""

from __future__ import annotations

from typing import Any

from preceptor.cli import chart_validate
from preceptor.cli.command import add_group


def add(subparsers: Any) -> None:
    """Add the commands."""
    group = add_group(subparsers, "chart", "The clinical record as FHIR R4.", "preceptor chart validate patient.json")
    chart_validate.add(group)
