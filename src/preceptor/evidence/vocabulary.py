"""Which terms stand in the versions that are searched, and in how many passages: for spelling and for weights."""

from __future__ import annotations

import json
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preceptor.db.transaction import Transaction

CACHED = 8


@dataclass(frozen=True)
class Vocabulary:
    """Over one set of versions: term → number of passages it stands in; short form → long form as explained there."""

    passages: Mapping[str, int]
    acronyms: Mapping[str, str]

    def known(self, terms: Sequence[str]) -> Mapping[str, int]:
        """Those of `terms` that stand somewhere, with their passage counts."""
        return {term: self.passages[term] for term in terms if term in self.passages}


class VocabularyCache:
    """Vocabularies by tenant and set of versions; a version never changes once it is ready, so a set never does."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, frozenset[uuid.UUID]], Vocabulary] = OrderedDict()

    async def get(self, tx: Transaction, versions: Sequence[uuid.UUID]) -> Vocabulary:
        """The vocabulary of `versions`, read under the caller's tenant where not held."""
        key = (tx.tenant, frozenset(versions))
        if key not in self._held:
            rows = await tx.rows(
                "select term, sum(passages) as passages from posting where tenant = $1 and version = any($2::uuid[])"
                " group by term",
                tx.tenant,
                list(versions),
            )
            learned = await tx.rows(
                "select acronyms from version_index where tenant = $1 and version = any($2::uuid[]) order by version",
                tx.tenant,
                list(versions),
            )
            acronyms = dict[str, str]()
            for row in learned:
                for short, long in json.loads(row["acronyms"]).items():
                    acronyms.setdefault(short, long)
            self._held[key] = Vocabulary({row["term"]: row["passages"] for row in rows}, acronyms)
            while len(self._held) > CACHED:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]
