"""The console's pages: ask, read the answer, see what is in the library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse

from preceptor.access.decide import Allowed, decide
from preceptor.audit.events import record
from preceptor.clock import today
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Conflict, Denied, Invalid, NotFound, PreceptorError
from preceptor.evidence.catalogue import Listing, Wanted, list_documents, read_versions
from preceptor.evidence.metadata import require_date
from preceptor.flows.policy_question.feedback import judgements
from preceptor.flows.policy_question.released import read_released
from preceptor.flows.policy_question.workflow import Question
from preceptor.web.answer_view import AnswerView, cited_versions, view_answer
from preceptor.web.policy_api import document_name, idempotency_key
from preceptor.web.visit import Visit
from preceptor.web.words import in_force_words

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("cpap-osa", "How many nights and hours of CPAP use count as adherent during the trial period?"),
    ("lumbar-mri", "How many weeks of conservative care are needed before a lumbar MRI?"),
    ("um-procedures", "How fast must an urgent prior authorization request be decided?"),
    ("cgm", "Does the plan cover acupuncture for migraine?"),
)
"""Shown where the library has the sample document of that name; the last one ends in an abstention."""


SHORT = 8
"""Documents named below the form; the library's own page shows all."""

JUDGED = {
    "right": "that it is right",
    "wrong_citation": "that a citation is wrong",
    "not_an_answer": "that it does not answer",
    "should_have_answered": "that it should have been answered",
}
"""Kind of judgement → how the page repeats it."""


@dataclass(frozen=True)
class Shown:
    """An answer with its view and what the caller has said of it."""

    answer: dict[str, Any]
    view: AnswerView
    judged: Sequence[str]


@dataclass(frozen=True)
class Asked:
    """What stands in the ask form."""

    question: str = ""
    as_of: str = ""
    document: str = ""


async def home(visit: Visit) -> Response:
    """GET /?document=…: the form, for one document when the library's page of it was left that way."""
    return await _page(visit, Asked(document=document_name(visit.request.query_params.get("document")) or ""), None)


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
        versions = await read_versions(tx, caller, cited_versions(found))
        judged = await judgements(tx, caller, run)
    shown = Shown(found, view_answer(found, versions, today(services.clock)), judged)
    return await _page(visit, Asked(found["question"], found.get("as_of") or ""), shown)


async def static_file(visit: Visit) -> Response:
    """GET /static/{name}: a file of `web/static`, from memory; a name that is not there is not found."""
    found = visit.parts.templates.static.get(visit.request.path_params["name"])
    if found is None:
        raise NotFound("not_found", "There is nothing at this address.")
    content, media_type = found
    return Response(content, media_type=media_type)


async def _page(visit: Visit, asked: Asked, shown: Shown | None, error: PreceptorError | None = None) -> Response:
    listing = await _library(visit)
    names = {e.version.stem for d in listing.documents for e in d.entries}
    chosen = [d for d in listing.documents if str(d.id) == asked.document or d.newest.name == asked.document]
    return visit.page(
        "console.html",
        error.status if error else 200,
        asked=asked,
        chosen=str(chosen[0].id) if chosen else asked.document,
        answer=shown.answer if shown else None,
        view=shown.view if shown else None,
        judged=[JUDGED[kind] for kind in shown.judged] if shown else [],
        error=error,
        listing=listing,
        listed=listing.documents[:SHORT],
        examples=[question for stem, question in EXAMPLES if stem in names],
        key=str(visit.services.clock.new_id()),
        today=today(visit.services.clock),
        in_force=in_force_words,
        limit=visit.services.settings.question_limit,
        may_ask=isinstance(decide(visit.caller, "policy:ask", tenant=visit.caller.tenant), Allowed),
    )


async def _library(visit: Visit) -> Listing:
    """The documents that can be asked, recorded as listed; none for a caller who may ask but not list."""
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        try:
            listing = await list_documents(tx, caller, Wanted(citable=True))
        except Denied:
            return Listing((), 0, 0, 1)
        await record(tx, services.clock, caller, "document:list")
    return listing
