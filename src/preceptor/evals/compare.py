"""Two results of one suite side by side: what was lost, what was gained, what only reads differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preceptor.errors import Invalid
from preceptor.evals.gates import against_baseline


@dataclass(frozen=True)
class Change:
    """A case whose outcome differs. `kind`: lost, gained or other."""

    case: str
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """The changes, losses first; `p_worse`: the probability that the losses are chance (McNemar, one-sided)."""

    suite: str
    changes: tuple[Change, ...]
    same: int
    p_worse: float

    def as_json(self) -> dict[str, Any]:
        """The JSON of `eval compare`."""
        rows = [{"case": c.case, "change": c.kind, "before": c.before, "after": c.after} for c in self.changes]
        return {"suite": self.suite, "p_worse": self.p_worse, "same": self.same, "changes": rows}


def read_result(text: str) -> dict[str, Any]:
    """A result's or a baseline's JSON. Invalid `invalid_suite` for another form."""
    try:
        found: dict[str, Any] = json.loads(text)
        if not all(isinstance(row[key], bool) for row in found["outcomes"].values() for key in ("right", "answered")):
            raise TypeError
        return {"suite": found["suite"], "cases_sha256": found["cases_sha256"], "outcomes": found["outcomes"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid("invalid_suite", "This is not the JSON result of `preceptor eval run`.") from None


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare two results of `read_result`. Invalid `invalid_suite` when they are of different suites or cases."""
    if (before["suite"], before["cases_sha256"]) != (after["suite"], after["cases_sha256"]):
        raise Invalid("invalid_suite", "The two results are of different suites or of different cases.")
    old, new = before["outcomes"], after["outcomes"]
    order = {"lost": 0, "gained": 1, "other": 2}
    changes = list[Change]()
    for case in sorted(set(old) & set(new)):
        a, b = old[case], new[case]
        if a["right"] != b["right"]:
            changes.append(Change(case, "lost" if a["right"] else "gained", a, b))
        elif a["answered"] != b["answered"] or ("text" in a and "text" in b and a["text"] != b["text"]):
            changes.append(Change(case, "other", a, b))
    changes.sort(key=lambda c: (order[c.kind], c.case))
    shared = sorted(set(old) & set(new))
    p = against_baseline({c: new[c]["right"] for c in shared}, {c: old[c]["right"] for c in shared})
    return Comparison(before["suite"], tuple(changes), len(shared) - len(changes), p.value if p.n else 1.0)
