"""Mask a text that arrives in parts and may never end: each stretch leaves once enough of what follows was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from preceptor.deid.known import Known
from preceptor.deid.labels import Policy
from preceptor.deid.mask import mask
from preceptor.deid.redact import Redaction

HELD = 4_000
"""Characters held back: what a rule may read behind an identifier, and a name's neighbours."""
CONTEXT = 400
"""Characters of what has left already that are read again as context of the next stretch."""
REMEMBERED = 200
"""Names of the stretches before that are looked for in the next ones; the oldest are dropped first."""

_BREAK = re.compile(r"\n\s*\n|\n|[.!?] |\s")


def mask_stream(chunks: Iterable[str], policy: Policy, known: Known | None = None) -> Iterator[str]:
    """The masked text of `chunks`, in parts; joined they are as long a text as `mask` would give.

    Works in memory of some ten thousand characters. A name is looked for from where it was found on, not before: a
    text that is at hand as a whole is better given to `mask`. Raises IntegrityFailure as `mask` does; what was given
    out before stays out.
    """
    before, held = "", ""
    names: dict[str, None] = {}
    for chunk in chunks:
        held += chunk
        while len(held) >= 3 * HELD:
            shown, before, held = _step(before, held, policy, _with_names(known, names), names)
            yield shown
    if held:
        yield _after(mask(before + held, policy, _with_names(known, names)), len(before), len(before) + len(held))


def _step(before: str, held: str, policy: Policy, known: Known | None, names: dict[str, None]) -> tuple[str, str, str]:
    """One stretch masked, the context for the next, and what is still held."""
    redaction = mask(before + held, policy, known)
    cut = _cut(redaction, before, held)
    text = before + held
    for span in redaction.spans:
        if span.label == "NAME" and span.score >= 0.75 and span.end <= cut:
            names[text[span.start : span.end]] = None
    while len(names) > REMEMBERED:
        del names[next(iter(names))]
    return _after(redaction, len(before), cut), text[max(0, cut - CONTEXT) : cut], text[cut:]


def _cut(redaction: Redaction, before: str, held: str) -> int:
    """Where the stretch ends: at the last break at least `HELD` before the end, outside every span."""
    text = before + held
    least, most = len(before) + HELD, len(text) - HELD
    cut = most
    for match in _BREAK.finditer(text, max(least, most - HELD), most):
        cut = match.end()
    for span in redaction.spans:
        if span.start < cut < span.end:
            return span.end
    return cut


def _after(redaction: Redaction, start: int, stop: int) -> str:
    """The masked text of the original's `[start, stop)`; a mask that `start` lies in is shown again."""
    first = redaction.to_redacted(start)
    return redaction.text[first : redaction.to_redacted(stop)]


def _with_names(known: Known | None, names: dict[str, None]) -> Known | None:
    if not names:
        return known
    base = known or Known()
    return replace(base, names=(*base.names, *names))
