"""References: their forms (hl7.org/fhir/R4/references.html#literal), and the type a literal one leads to; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from preceptor.fhir.definitions import is_resource_type

_LITERAL = re.compile(
    r"(?P<base>https?://[^\s?#]+/)?(?P<type>[A-Z][A-Za-z]{2,40})/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?(?P<fragment>#[^\s]+)?"
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+")
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]{2,40})\?[^\s]+")

Form = Literal["local", "rest", "urn", "absolute", "conditional"]


@dataclass(frozen=True)
class Target:
    """A literal reference. `local` is inside the resource (`#id`), `rest` names a type and an id (`base` is empty when
    it is relative), `conditional` is a search; what else is absolute leads nowhere that can be told."""

    form: Form
    type: str = ""
    id: str = ""
    base: str = ""
    version: str = ""

    @property
    def relative(self) -> str | None:
        """`Type/id` of a reference to this server."""
        return f"{self.type}/{self.id}" if self.form == "rest" and not self.base else None


def read_reference(text: str) -> Target | None:
    """The parts of a literal reference; None when it has none of the forms."""
    if text.startswith("#"):
        return Target("local", id=text[1:])
    if text.startswith(("urn:uuid:", "urn:oid:")):
        return Target("urn", id=text)
    found = _LITERAL.fullmatch(text)
    if found is not None and is_resource_type(found["type"]):
        return Target("rest", found["type"], found["id"], found["base"] or "", found["version"] or "")
    if _ABSOLUTE.fullmatch(text) is not None:
        return Target("absolute", id=text)
    found = _CONDITIONAL.fullmatch(text)
    if found is not None and is_resource_type(found["type"]):
        return Target("conditional", found["type"])
    return None
