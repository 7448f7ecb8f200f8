"""What form an answer has, as the reader sees it: a number, a list, a definition, a comparison and so on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from preceptor.flows.policy_question.plan import Plan

Form = Literal["definition", "number", "list", "table", "yes_no", "comparison", "conflict", "quotation"]


def form_of(plan: Plan, said: Sequence[tuple[str, str]], *, conflict: bool = False) -> Form:
    """The form of an answer from the kind of lines ("row", "list" …) and words of each statement."""
    if conflict:
        return "conflict"
    if plan.compare and len(said) > 1:
        return "comparison"
    kind = said[0][0] if said else ""
    if kind == "row":
        return "table"
    if kind == "list":
        return "list"
    if "definition" in plan.asks:
        return "definition"
    if plan.asks & {"number", "dose", "duration", "date"}:
        return "number"
    return "yes_no" if "yes_no" in plan.asks else "quotation"
