"""What is wrong with a resource, where, and how it is told: OperationOutcome, without any content of the resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["fatal", "error", "warning", "information"]

KINDS: dict[str, tuple[str, str]] = {
    "not-an-object": ("structure", "An object is expected here."),
    "empty-object": ("structure", "An object has at least one member."),
    "empty-list": ("structure", "A list has at least one item."),
    "not-a-list": ("structure", "A list is expected: the element may repeat."),
    "not-single": ("structure", "A list is not allowed: the element occurs at most once."),
    "null": ("structure", "null stands only in a list of primitive values whose other half says something."),
    "lengths": ("structure", "The list of values and the list of their extensions differ in length."),
    "unknown-type": ("structure", "This is no resource type of FHIR R4."),
    "unknown-element": ("structure", "There is no such element here."),
    "choice": ("structure", "Only one of the types of a choice may be given."),
    "required": ("required", "A required element is missing."),
    "too-many": ("structure", "The element occurs more often than allowed."),
    "primitive": ("value", "The value does not have the form of its type."),
    "no-value": ("required", "An element has a value, or children beside its id."),
    "code": ("code-invalid", "The code is not in the required value set."),
    "target": ("structure", "The reference leads to a type that is not allowed here."),
    "reference": (
        "value",
        "The reference is not of the form Type/id, an absolute address, urn:uuid:, urn:oid: or #id.",
    ),
    "unresolved": ("not-found", "The reference leads to nothing in this resource or bundle."),
    "extension": ("invariant", "ext-1: an extension has either a value or extensions, not both."),
    "extension-url": ("value", "The address of an extension is absolute; inside another extension it may be short."),
    "contained": ("structure", "A contained resource has an id, and no contained resources of its own."),
    "invariant": ("invariant", "A rule of the specification does not hold."),
    "narrative": ("structure", "The narrative is not the safe subset of XHTML (txt-1, txt-2)."),
    "full-url": ("invariant", "Two entries of the bundle have the same address and version."),
    "entry": ("structure", "The bundle's entry does not fit the bundle's type."),
    "too-deep": ("too-long", "Objects stand too deep within each other."),
    "too-large": ("too-long", "The resource is larger than is taken."),
    "identity": ("value", "The id or type differs from the address."),
    "not-json": ("invalid", "This is not a JSON object that is read without loss."),
    "fixed": ("value", "The profile fixes another value here."),
    "profile-min": ("required", "The profile requires this element more often."),
    "profile-max": ("structure", "The profile allows this element less often."),
    "profile-type": ("structure", "The profile does not allow this type here."),
    "slice-min": ("required", "The profile requires this slice more often."),
    "slice-max": ("structure", "The profile allows this slice less often."),
    "slice-closed": ("structure", "The profile allows nothing outside its slices here."),
    "not-checked": ("not-supported", "This could not be checked: its definition is not loaded."),
    "too-many-issues": ("too-long", "There are more issues than are listed."),
}
"""Kind of issue → its code of the value set IssueType (hl7.org/fhir/R4/valueset-issue-type.html), and a sentence."""


@dataclass(frozen=True)
class Issue:
    """One finding. `expression` is the FHIRPath of the element; `about` names a rule or a canonical address, never a
    value of the resource; `count` is how often the same was found (for what was not checked)."""

    kind: str
    expression: str
    severity: Severity = "error"
    about: str = ""
    count: int = 1

    @property
    def wrong(self) -> bool:
        """Whether the resource is refused for it."""
        return self.severity in ("error", "fatal")

    def told(self) -> dict[str, Any]:
        """The issue as a part of an OperationOutcome."""
        code, sentence = KINDS[self.kind]
        if self.kind == "invariant":
            sentence = f"A rule of the specification does not hold: {self.about}."
        elif self.about:
            sentence = f"{sentence} ({self.about})"
        if self.count > 1:
            sentence = f"{sentence} {self.count} times."
        told: dict[str, Any] = {"severity": self.severity, "code": code, "details": {"coding": [{"code": self.kind}]}}
        return {**told, "diagnostics": sentence, "expression": [self.expression]}


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome; one `information` issue when there is nothing to say, since it has at least one."""
    told = [issue.told() for issue in issues]
    nothing = {"severity": "information", "code": "informational", "diagnostics": "No issues."}
    return {"resourceType": "OperationOutcome", "issue": told or [nothing]}


def is_valid(issues: Iterable[Issue]) -> bool:
    """Whether no issue is an error."""
    return not any(issue.wrong for issue in issues)
