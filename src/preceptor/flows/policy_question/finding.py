"""What is found for a question: the day it is about, the versions in force then, the plan, the passages."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from preceptor.access.caller import Caller
from preceptor.access.labels import may_see
from preceptor.db.transaction import Transaction
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.library import Version
from preceptor.evidence.search import Dense, Found, search
from preceptor.evidence.snapshot import Snapshots, View
from preceptor.flows.policy_question.editions import Edition, edition_years, searched
from preceptor.flows.policy_question.library_names import NamedView, NamedViews
from preceptor.flows.policy_question.plan import Plan, make_plan
from preceptor.flows.policy_question.scoring import Hit
from preceptor.flows.policy_question.spelling import KnownTerms
from preceptor.wiring import Services

PASSAGES = 60
Words = Callable[[KnownTerms], str]
"""From the terms the library knows to the words of a question."""
YEAR = re.compile(r"(?<![\d$.,])(?:19|20)\d\d(?![\d,]|\.\d)")


@dataclass(frozen=True)
class Material:
    """All that an answer may be made of. `as_of` is the day whose versions were searched, `asked_day` the one that was
    given: they differ when the question itself names another day or version. `hybrid`: whether vectors took part."""

    plan: Plan
    as_of: date
    asked_day: date
    versions: Mapping[uuid.UUID, Version]
    public: Mapping[uuid.UUID, str]
    found: Sequence[Found]
    hits: Sequence[Hit]
    hybrid: bool


class Finder:
    """Finds for the questions of one process, and keeps what may be kept between them."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.library = Snapshots(services.keys.get)
        self.named = NamedViews()

    async def find(
        self,
        tx: Transaction,
        caller: Caller,
        question: str,
        as_of: date,
        documents: Collection[uuid.UUID] | None,
        words: Words | None = None,
    ) -> Material:
        """The material for a de-identified question among what the caller may see. `words` gives the question to plan
        by, in which words that the library itself holds are legible again (`legible`)."""
        view, names, plan = await self._planned(tx, caller, question, as_of, documents, words)
        edition = edition_years(question)
        other = None
        if edition or plan.years or plan.wish.wanted != "current" or plan.reason == "version_not_in_library":
            seen = [v for v in (await self.library.get(tx)).versions if may_see(caller, v.labels)]
            if plan.reason is None and edition and not any(edition & _years(v) for v in seen):
                plan = replace(plan, reason="version_not_in_library")
            other = _other(plan, question, seen, view, as_of)
        if other is None:
            found = await self._search(tx, caller, plan, view, as_of)
            return _material(plan, as_of, as_of, [(view, names)], found)
        if other.before is not None:
            return await self._both(tx, caller, question, plan, as_of, other, (view, names))
        own = {other.document} if other.document else documents
        earlier, earlier_names, replanned = await self._planned(tx, caller, question, other.day, own, words)
        if replanned.reason is not None and plan.reason is None:
            earlier, earlier_names, replanned, day = view, names, plan, as_of
        else:
            day = other.day
        found = await self._search(tx, caller, replanned, earlier, day)
        return _material(replanned, day, as_of, [(earlier, earlier_names)], found)

    async def _planned(
        self,
        tx: Transaction,
        caller: Caller,
        question: str,
        day: date,
        documents: Collection[uuid.UUID] | None,
        words: Words | None = None,
    ) -> tuple[View, NamedView, Plan]:
        view = await self.library.view(tx, caller, day, documents)
        names = await asyncio.to_thread(self.named.of, view)
        asked = words(view.known) if words is not None else question
        return view, names, await asyncio.to_thread(make_plan, asked, names.infos, view.known, view.acronyms)

    async def _both(
        self,
        tx: Transaction,
        caller: Caller,
        question: str,
        plan: Plan,
        as_of: date,
        other: Other,
        now: tuple[View, NamedView],
    ) -> Material:
        """Passages of a version and of the one before it, to be shown side by side."""
        assert other.before is not None and other.present is not None and other.document is not None
        earlier, names, _ = await self._planned(tx, caller, question, other.day, {other.document})
        keys = (str(other.before), str(other.present))
        both = replace(plan, scope=keys, groups=tuple((k,) for k in keys), compare=True, reason=None)
        old = await self._search(tx, caller, replace(both, scope=keys[:1]), earlier, other.day)
        new = await self._search(tx, caller, replace(both, scope=keys[1:]), now[0], as_of)
        found = sorted([*old, *new], key=lambda f: -f.score)
        return _material(both, as_of, as_of, [(earlier, names), now], found)

    async def _search(self, tx: Transaction, caller: Caller, plan: Plan, view: View, day: date) -> list[Found]:
        if not plan.weights or not view.versions:
            return []
        only = [uuid.UUID(key) for key in plan.scope] or None
        keys, dense = self.services.keys.get(tx.tenant), await self._dense(plan)
        found = await search(tx, keys, caller, view, plan.weights, day, PASSAGES, only=only, dense=dense)
        if dense is not None and any(f.similarity is None and f.words > 0 for f in found):
            # Vectors of a document are still being made: until then words alone find, with the weights fitted for them.
            found = await search(tx, keys, caller, view, plan.weights, day, PASSAGES, only=only)
        return found

    async def _dense(self, plan: Plan) -> Dense | None:
        """The question as a vector, or None where there is no embedding model: words alone find then."""
        embedder = await asyncio.to_thread(self.services.models.embedder)
        if isinstance(embedder, NoModel):
            return None
        return Dense(embedder, await asyncio.to_thread(embedder.query, plan.question))


def _material(
    plan: Plan, as_of: date, asked_day: date, seen: Sequence[tuple[View, NamedView]], found: Sequence[Found]
) -> Material:
    versions, public, infos = seen[0][0].by_id, seen[0][1].public, seen[0][1].by_id
    for view, names in seen[1:]:  # of a single view nothing is copied: it may hold ten thousand versions
        versions, public, infos = versions | view.by_id, public | names.public, infos | names.by_id
    hits = [Hit(infos[f.version.id], f.passage, f.text, f.page_text, f.score, f.words, f.similarity) for f in found]
    hybrid = any(f.similarity is not None for f in found)
    return Material(plan, as_of, asked_day, versions, public, found, hits, hybrid)


@dataclass(frozen=True)
class Other:
    """Another day to search on, of one document where one is meant; `before` and `present` where both are compared."""

    day: date
    document: uuid.UUID | None = None
    before: uuid.UUID | None = None
    present: uuid.UUID | None = None


def _years(version: Version) -> set[str]:
    """The years a version may be called by."""
    days = [d for d in (version.effective_from, version.effective_to) if d is not None]
    return {
        *YEAR.findall(version.version.replace(".", " ")),
        *YEAR.findall(version.title),
        *(str(d.year) for d in days),
    }


def _other(plan: Plan, question: str, seen: Sequence[Version], view: View, as_of: date) -> Other | None:
    """The other day a question is about, or None: one it names, one of the version before, or one of the year it ties
    to a document whose version of that year is not in force."""
    wish = plan.wish
    if wish.wanted == "dated" and wish.on is not None:
        return Other(wish.on) if wish.on != as_of else None
    if wish.wanted == "current":
        if plan.reason == "version_not_in_library":
            return _of_year(set(YEAR.findall(question)), seen, {v.document for v in view.versions}, view, as_of)
        years = {str(year) for year in plan.years} | edition_years(question)
        named = [v for v in view.versions if str(v.id) in plan.scope]
        if not years or not named or any(years & _years(v) for v in named):
            return None
        return _of_year(years, seen, {v.document for v in named}, view, as_of)
    scope = {str(v.id): v.document for v in view.versions}
    named = {scope[key] for key in plan.scope if key in scope}
    editions = [
        Edition(str(v.id), str(v.document), v.in_force_from, v.in_force_until)
        for v in seen
        if not named or v.document in named
    ]
    chosen = searched(wish, editions, as_of)
    by_key = {str(v.id): v for v in seen}
    if chosen.missing:
        return None
    if wish.wanted == "changes":
        if len(chosen.pairs) != 1:
            return None
        before, now = (by_key[key] for key in chosen.pairs[0])
        return Other(before.in_force_until - timedelta(days=1), before.document, before.id, now.id)
    past = [by_key[key] for key in chosen.keys if not by_key[key].in_force_until > as_of]
    if len(past) != 1:
        return None
    return Other(past[0].in_force_until - timedelta(days=1), past[0].document)


def _of_year(
    years: set[str], seen: Sequence[Version], documents: Collection[uuid.UUID], view: View, as_of: date
) -> Other | None:
    """The last day of the newest version of one of the `years`, among versions of `documents` not in force any more."""
    past = [
        v
        for v in seen
        if v.document in documents and v.id not in view.by_id and v.in_force_until <= as_of and years & _started(v)
    ]
    found = max(past, key=lambda v: v.in_force_from, default=None)
    return Other(found.in_force_until - timedelta(days=1), found.document) if found else None


def _started(version: Version) -> set[str]:
    """The years of a version's name and first day."""
    first = {str(version.effective_from.year)} if version.effective_from else set[str]()
    return {*YEAR.findall(version.version.replace(".", " ")), *first}
