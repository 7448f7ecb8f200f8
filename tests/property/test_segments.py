"""Segments equal the plain index: joined, thinned, packed, and searched through any set of versions."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.access.caller import Caller
from preceptor.access.labels import may_see
from preceptor.evidence.bm25 import K1, B, VersionIndex, analyze, build_index, rank
from preceptor.evidence.library import Version
from preceptor.evidence.segments import (
    LARGEST,
    WIDTH,
    Segment,
    joined,
    of_version,
    packed,
    to_join,
    unpacked,
    without,
)
from preceptor.evidence.snapshot import Snapshot

WORDS = ("oxygen", "walker", "dialysis", "g3b", "2300", "renewal", "ünit", "saturation", "the")
TEXT = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
LABELS = st.sampled_from(((), ("department:billing",), ("role:reader", "department:nursing"), ("role:auditor",)))
CALLERS = st.sampled_from(
    [
        Caller("t", "account:a", frozenset({"reader"})),
        Caller("t", "account:b", frozenset({"reader"}), departments=frozenset({"billing"})),
        Caller("t", "account:c", frozenset({"librarian"})),
    ]
)
DAYS = st.integers(1, 6).map(lambda n: date(2026, n, 1))
DOCUMENTS = st.lists(st.tuples(st.lists(TEXT, max_size=5), LABELS, DAYS, DAYS), min_size=1, max_size=12)


def ident(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def version(number: int, labels: tuple[str, ...] = (), since: date = date.min, until: date = date.max) -> Version:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Version(
        id=ident(number), document=ident(1000 + number), owner="", stem=f"d{number:04}", version="1", title="t",
        media_type="text/plain", sha256=b"", pages=1, passages=1, effective_from=None, effective_to=None,
        in_force_from=since, in_force_until=until, state="ready", error=None, redactions={}, created_at=made,
        labels=labels,
    )  # fmt: skip


def contents(segment: Segment) -> dict[str, dict[tuple[uuid.UUID, int], int]]:
    """Term → (version, ordinal) → how often, read back from a segment by plain loops."""
    owner = [
        (v, n)
        for v, size in zip(segment.versions, segment.starts[1:] - segment.starts[:-1], strict=True)
        for n in range(size)
    ]
    found: dict[str, dict[tuple[uuid.UUID, int], int]] = {}
    for slot, term in enumerate(segment.terms):
        for at in range(segment.ends[slot], segment.ends[slot + 1]):
            found.setdefault(term, {})[owner[segment.places[at]]] = int(segment.tfs[at])
    return found


def expected(texts: dict[uuid.UUID, list[str]]) -> dict[str, dict[tuple[uuid.UUID, int], int]]:
    found: dict[str, dict[tuple[uuid.UUID, int], int]] = {}
    for key, passages in texts.items():
        for ordinal, text in enumerate(passages):
            for term, count in Counter(analyze(text)).items():
                found.setdefault(term, {})[key, ordinal] = count
    return found


@settings(deadline=None)
@given(st.lists(st.lists(TEXT, max_size=5), min_size=1, max_size=8), st.data())
def test_joining_and_thinning_keep_exactly_what_stays(library: list[list[str]], data: st.DataObject) -> None:
    texts = {ident(n): passages for n, passages in enumerate(library)}
    whole = joined([of_version(key, build_index(passages)) for key, passages in texts.items()])
    assert contents(unpacked(packed(whole))) == expected(texts)
    gone = data.draw(st.sets(st.sampled_from(sorted(texts))))
    rest = without(whole, gone)
    left = {key: passages for key, passages in texts.items() if key not in gone}
    assert rest.versions == tuple(left) and contents(unpacked(packed(rest))) == expected(left)
    assert list(rest.terms) == sorted(rest.terms) and len(rest.lengths) == sum(map(len, left.values()))


def brute(query: dict[str, float], texts: dict[tuple[uuid.UUID, int], list[str]]) -> dict[tuple[uuid.UUID, int], float]:
    """BM25 by its definition over passages given as terms."""
    held = {key: terms for key, terms in texts.items() if terms}
    average = sum(map(len, held.values())) / len(held) if held else 1.0
    scores: dict[tuple[uuid.UUID, int], float] = {}
    for key, terms in held.items():
        score = 0.0
        for term, weight in query.items():
            df = sum(term in other for other in held.values())
            tf = terms.count(term)
            gain = math.log(1 + (len(held) - df + 0.5) / (df + 0.5))
            score += weight * gain * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(terms) / average)) if tf else 0.0
        if score > 0:
            scores[key] = score
    return scores


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, CALLERS, DAYS, st.integers(1, 4), st.data())
def test_a_view_ranks_as_if_nothing_else_were_there(
    library: list[tuple[list[str], tuple[str, ...], date, date]],
    caller: Caller,
    day: date,
    parts: int,
    data: st.DataObject,
) -> None:
    """Removed, not yet or no longer in force, not to be seen, out of scope: no trace of it in any figure."""
    versions = [version(n, labels, since, until) for n, (_, labels, since, until) in enumerate(library)]
    indexes = {ident(n): build_index(passages) for n, (passages, _, _, _) in enumerate(library)}
    segments = [joined([of_version(v.id, indexes[v.id]) for v in versions[n::parts]]) for n in range(parts)]
    removed = data.draw(st.sets(st.sampled_from([v.id for v in versions])))
    half = {v for v in removed if v.int % 2}  # rewritten already; the others stand in a segment read before
    kept = {ident(5000 + n): without(s, half) for n, s in enumerate(segments)}
    snapshot = Snapshot(1, [v for v in versions if v.id not in removed], kept, {})
    view = snapshot.view(caller, day)
    seen = [
        v
        for v in versions
        if v.id not in removed and v.in_force_from <= day < v.in_force_until and may_see(caller, v.labels)
    ]
    assert [v.id for v in view.versions] == [v.id for v in seen]
    only = data.draw(st.none() | st.sets(st.sampled_from([v.id for v in versions])))
    chosen = [v for v in seen if only is None or v.id in only]
    query = {term: data.draw(st.sampled_from((0.25, 1.0))) for term in analyze("oxygen g3b walker 2300 renewal")}
    scores = view.scores(query, only)
    texts = {(v.id, n): analyze(t) for v in chosen for n, t in enumerate(library[v.id.int][0])}
    truth = brute(query, texts)
    found = scores.best(1000)
    assert {(r.key, r.ordinal): r.score for r in found} == pytest.approx(truth)
    assert all(scores.of(*key) == pytest.approx(truth.get(key, 0.0)) for key in texts)
    plain = rank(query, [(v.id, indexes[v.id].lengths, indexes[v.id].postings) for v in chosen], 5)
    assert scores.best(5) == plain  # to the last bit, in the same order
    seen_texts = [set(analyze(t)) for v in seen for t in library[v.id.int][0]]
    counts = {term: sum(term in held for held in seen_texts) for term in analyze(" ".join(WORDS))}
    assert view.known(list(counts)) == {term: count for term, count in counts.items() if count}


def test_short_forms_of_what_may_not_be_seen_are_unknown() -> None:
    versions = [version(1, ("role:auditor",)), version(2)]
    learned = {ident(1): {"CGM": "hidden meaning"}, ident(2): {"CGM": "continuous glucose monitor"}}
    snapshot = Snapshot(1, versions, {}, learned)
    reader = Caller("t", "account:a", frozenset({"reader"}))
    assert dict(snapshot.view(reader, date(2026, 1, 1)).acronyms) == {"CGM": "continuous glucose monitor"}


@settings(deadline=None)
@given(st.lists(st.integers(1, 40_000), max_size=60))
def test_joining_ends_and_keeps_few_segments(sizes: list[int]) -> None:
    held = {ident(n): size for n, size in enumerate(sizes)}
    fresh = 100_000
    while chosen := to_join(list(held.items())):
        assert len(chosen) > 1 and sum(held[c] for c in chosen) <= LARGEST
        fresh += 1
        held[ident(fresh)] = sum(held.pop(c) for c in chosen)
    small = [size for size in held.values() if size < LARGEST // 2]
    assert len(small) < 5 * WIDTH and sum(held.values()) == sum(sizes)


@pytest.mark.parametrize("change", ["lengths", "terms", "counts", "places", "tfs"])
def test_a_broken_segment_is_refused(change: str) -> None:
    whole = packed(of_version(ident(1), VersionIndex(**vars(build_index(["oxygen walker", "walker"])))))
    broken = {
        "lengths": replace(whole, lengths=whole.lengths[:-2]),
        "terms": replace(whole, terms=f"{whole.terms}\nmore"),
        "counts": replace(whole, counts=whole.counts[:-4]),
        "places": replace(whole, places=whole.places[:-4]),
        "tfs": replace(whole, tfs=whole.tfs + b"\0\0"),
    }
    with pytest.raises(ValueError, match="broken"):
        unpacked(broken[change])
