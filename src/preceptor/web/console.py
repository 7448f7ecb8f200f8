"""The console's pages: ask, read the answer, see what is in the library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse

from preceptor.access.decide import Allowed, decide
from preceptor.audit.events import record
from preceptor.clock import today
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Conflict, Denied, Invalid, NotFound, PreceptorError
from preceptor.evidence.library import Version, list_versions
from preceptor.evidence.metadata import require_date
from preceptor.flows.policy_question.released import read_released
from preceptor.flows.policy_question.workflow import Question
from preceptor.web.policy_api import document_name, idempotency_key
from preceptor.web.visit import Visit

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("cpap-osa", "How many nights and hours of CPAP use count as adherent during the trial period?"),
    ("lumbar-mri", "How many weeks of conservative care are needed before a lumbar MRI?"),
    ("um-procedures", "How fast must an urgent prior authorization request be decided?"),
    ("cgm", "Does the plan cover acupuncture for migraine?"),
)
"""Shown where the library has the sample document of that name; the last one ends in an abstention."""


@dataclass(frozen=True)
class Asked:
    """What stands in the ask form."""

    question: str = ""
    as_of: str = ""
    document: str = ""


@dataclass(frozen=True)
class Shelved:
    """A document in the library: its versions, newest first."""

    name: str
    title: str
    owner: str
    versions: tuple[Version, ...]

    @property
    def id(self) -> str:
        """The document's id, the same for all its versions."""
        return str(self.versions[0].document)


async def home(visit: Visit) -> Response:
    """GET /."""
    return await _page(visit, Asked(), None)


async def ask(visit: Visit) -> Response:
    """POST /ask. The answer has an address of its own, so that going back from a page does not ask again."""
    form = await visit.form()
    asked = Asked(
        form.get("example") or form.get("question", ""), form.get("as_of", "").strip(), form.get("document", "")
    )
    try:
        # The key of the form and what was asked: a form sent twice is one question, a changed form is another.
        told = "\0".join((asked.question, asked.as_of, asked.document)).encode("utf-8", "surrogatepass")
        key = idempotency_key(form.get("key", "")) + "-" + hashlib.sha256(told).hexdigest()[:16]
        question = Question(
            asked.question, require_date(asked.as_of) if asked.as_of else None, document_name(asked.document), key
        )
        answered = await visit.parts.assistant.ask(visit.caller, question)
    except (Invalid, NotFound, Conflict) as error:
        return await _page(visit, asked, None, error)
    return RedirectResponse(f"/answers/{answered['run']}", 303)


async def answer(visit: Visit) -> Response:
    """GET /answers/{run}: what was answered, to the account that asked."""
    services, caller, run = visit.services, visit.caller, visit.identifier("run")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await read_released(tx, services.clock, caller, services.keys.get(caller.tenant), run)
    return await _page(visit, Asked(found["question"], found.get("as_of") or ""), found)


async def static_file(visit: Visit) -> Response:
    """GET /static/{name}: a file of `web/static`, from memory; a name that is not there is not found."""
    found = visit.parts.templates.static.get(visit.request.path_params["name"])
    if found is None:
        raise NotFound("not_found", "There is nothing at this address.")
    content, media_type = found
    return Response(content, media_type=media_type)


async def _page(
    visit: Visit, asked: Asked, answered: dict[str, Any] | None, error: PreceptorError | None = None
) -> Response:
    shelved = await _library(visit)
    names = {d.versions[0].stem for d in shelved}
    return visit.page(
        "console.html",
        error.status if error else 200,
        asked=asked,
        answer=answered,
        error=error,
        documents=shelved,
        examples=[question for stem, question in EXAMPLES if stem in names],
        key=str(visit.services.clock.new_id()),
        today=today(visit.services.clock),
        in_force=in_force_words,
        limit=visit.services.settings.question_limit,
        may_ask=isinstance(decide(visit.caller, "policy:ask", tenant=visit.caller.tenant), Allowed),
    )


async def _library(visit: Visit) -> list[Shelved]:
    """The documents, recorded as listed; empty for a caller who may ask but not list."""
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        try:
            versions = await list_versions(tx, caller)
        except Denied:
            return []
        await record(tx, services.clock, caller, "document:list")
    return shelve(versions)


def shelve(versions: Sequence[Version]) -> list[Shelved]:
    """Versions by document, in the order of titles; within a document the newest first."""
    by_document: dict[str, list[Version]] = {}
    for version in versions:
        by_document.setdefault(str(version.document), []).append(version)
    found = [
        Shelved(held[0].name, held[0].title, held[0].owner, tuple(held))
        for held in (
            sorted(group, key=lambda v: (v.in_force_from, v.created_at), reverse=True) for group in by_document.values()
        )
    ]
    return sorted(found, key=lambda d: (d.title.casefold(), d.name))


def in_force_words(version: Version, on: date) -> str:
    """Whether a version is in force on a day, for the library's list."""
    if version.in_force_from > on:
        return "not yet in force"
    if version.in_force_until <= on:
        return "no longer in force"
    return "in force" if version.effective_from else "in force (date unknown)"
