"""What the documents of a view are called: in citations, and by questions; worked out once a view."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cached_property
from weakref import WeakKeyDictionary

from preceptor.evidence.library import Version
from preceptor.evidence.snapshot import View
from preceptor.flows.policy_question.naming import DocumentInfo, Names


class NamedView:
    """The names of a view's documents."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self.public = public_names(versions)
        self.infos = Names([_info(v, self.public[v.id]) for v in versions])

    @cached_property
    def by_id(self) -> dict[uuid.UUID, DocumentInfo]:
        """How a question may name each version."""
        return {uuid.UUID(info.key): info for info in self.infos}


class NamedViews:
    """The names of the views in use; they go when their view goes."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[View, NamedView] = WeakKeyDictionary()

    def of(self, view: View) -> NamedView:
        """The names of a view's documents."""
        found = self._held.get(view)
        if found is None:
            found = self._held[view] = NamedView(view.versions)
        return found


def public_names(versions: Sequence[Version]) -> dict[uuid.UUID, str]:
    """How each version's document is cited: its stem, or `owner/stem` where two documents share the stem."""
    documents: dict[str, set[uuid.UUID]] = {}
    for version in versions:
        documents.setdefault(version.stem, set()).add(version.document)
    return {v.id: v.stem if len(documents[v.stem]) == 1 else v.name for v in versions}


def _info(version: Version, name: str) -> DocumentInfo:
    return DocumentInfo(
        key=str(version.id),
        stem=name,
        title=version.title,
        owner=version.owner,
        version=version.version,
        effective_from=version.effective_from,
        effective_to=version.effective_to,
    )
