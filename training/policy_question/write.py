"""Writes the fitted weights as a module of constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import preceptor.flows.policy_question.fitted as target
from preceptor.flows.policy_question.fitted import Weights


def write_fitted(weights: Mapping[str, Weights], cases: Sequence[Any]) -> None:
    """Replace the constants of `fitted.py` behind its marker line."""
    path = Path(str(target.__file__))
    head, mark, _ = path.read_text(encoding="utf-8").partition("# --- fitted ---\n")
    answerable = sum(c.label.answerable for c in cases)
    documents = len({d for c in cases for d, _ in c.label.right})
    said = (
        f"# {datetime.now(UTC).date()}: {len(cases)} questions over {documents} documents,"
        f" {len(cases) - answerable} of them without an answer there.\n"
    )
    body = "".join(f"{name.upper()} = {_weights(own)}\n" for name, own in weights.items())
    path.write_text(f"{head}{mark}{said}{body}FITTED = Fitted(WORDS, HYBRID, JUDGED, UNCERTAIN)\n", encoding="utf-8")


def _weights(own: Weights) -> str:
    return f"Weights(\n    {_table(own.ranking)},\n    {_table(own.confidence)},\n    {own.threshold},\n)"


def _table(table: Mapping[str, float]) -> str:
    rows = "".join(f'        "{name}": {round(value, 3)},\n' for name, value in table.items())
    return "{\n" + rows + "    }"
