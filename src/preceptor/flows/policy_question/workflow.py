"""A policy question from the first word to the released answer, which is recorded in the transaction that verifies it.

question → caller → redacted question → plan → search (words, date and access in one query) → pick →
read the pages again and verify every quotation → record → commit → only then does it leave.

All of it is one transaction, unless a configured model is asked: that one is cleared and recorded in a transaction
that ends before the call, so that nobody's connection waits for it, and what it pointed at is verified in the next.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
import unicodedata
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import By, attach, record
from preceptor.clock import today
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.db.translate import Duplicate
from preceptor.deid.mask import mask
from preceptor.egress.decide import Cleared
from preceptor.egress.leave import ask_leave
from preceptor.egress.output import withheld
from preceptor.errors import Conflict, Denied, Invalid
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.library import find
from preceptor.flows.policy_question.answer import Outcome, Statement
from preceptor.flows.policy_question.citing import Citing
from preceptor.flows.policy_question.finding import Finder, Material
from preceptor.flows.policy_question.fitted import FITTED
from preceptor.flows.policy_question.legible import legible
from preceptor.flows.policy_question.places import in_stored_places
from preceptor.flows.policy_question.pointing import Pointer
from preceptor.flows.policy_question.select import Draft, DraftStatement, Judge, Mode, select
from preceptor.flows.policy_question.standing import require_standing
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import keyed_digest, seal, unseal
from preceptor.wiring import Services

POINTING = 4
"""Questions that may wait for a language model at once in a process."""
SEALED_ANSWER = "policy-answer"
RULES = "fit-" + hashlib.sha256(repr(FITTED).encode()).hexdigest()[:16]
"""Names the fitted weights in the log: which rules an answer went by."""
KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Question:
    """What was asked. `as_of` None means today; `document` narrows to one document; `key` is an idempotency key; `mode`
    says whether the cross-encoder may read the best lines again (`select`)."""

    text: str
    as_of: date | None = None
    document: str | None = None
    key: str | None = None
    mode: Mode = "adaptive"


@dataclass(frozen=True)
class Prepared:
    """What an answer is made from: the masked question, what was found, the model that may point, and the time."""

    redacted: str
    material: Material
    pointer: Pointer | None
    watch: Stopwatch


class Assistant:
    """The policy assistant of one process: the services and what it may keep between questions."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.finder = Finder(services)
        # A model answers a few at a time; the others wait for their turn, not for a thread or a connection.
        self.turn = asyncio.Semaphore(POINTING)
        self.pointing = ThreadPoolExecutor(POINTING, thread_name_prefix="point")

    async def ask(self, caller: Caller, question: Question) -> dict[str, Any]:
        """The contract's answer. Invalid for a question that is none, NotFound for an unknown document,
        Conflict when the idempotency key was used for another question; a refusal is recorded."""
        try:
            require(caller, "policy:ask")
        except Denied:
            async with tenant_transaction(self.services.database, caller.tenant, caller.actor) as tx:
                await record(
                    tx,
                    self.services.clock,
                    caller,
                    "access:deny",
                    subject={"permission": "policy:ask"},
                    outcome="denied",
                )
            raise
        text = checked_question(question.text, self.services.settings.question_limit)
        if question.key is not None and not KEY.fullmatch(question.key):
            raise Invalid("invalid_request", "An idempotency key has 1 to 200 visible ASCII characters.")
        keys = self.services.keys.get(caller.tenant)
        try:
            if self.services.llm is not None:
                return await self._ask_with_model(caller, question, text, keys)
            async with tenant_transaction(self.services.database, caller.tenant, caller.actor) as tx:
                ready = await self._prepare(tx, caller, question, text, keys)
                if not isinstance(ready, Prepared):
                    return ready
                draft = await self._draft(ready, question.mode)
                return await self._release(tx, caller, question, ready, draft, keys)
        except Duplicate:
            # The same key was answered by another process meanwhile: show that answer.
            async with tenant_transaction(self.services.database, caller.tenant, caller.actor) as tx:
                earlier = await self._earlier(tx, caller, question, keys)
            if earlier is None:
                raise Conflict("conflict") from None
            return earlier

    async def _ask_with_model(self, caller: Caller, question: Question, text: str, keys: TenantKeys) -> dict[str, Any]:
        """As without, in two transactions: between them the model is asked and no connection is held."""
        async with self.turn:
            async with tenant_transaction(self.services.database, caller.tenant, caller.actor) as tx:
                ready = await self._prepare(tx, caller, question, text, keys)
            if not isinstance(ready, Prepared):
                return ready
            draft = await self._draft(ready, question.mode)
        async with tenant_transaction(self.services.database, caller.tenant, caller.actor) as tx:
            return await self._release(tx, caller, question, ready, draft, keys)

    async def _prepare(
        self, tx: Transaction, caller: Caller, question: Question, text: str, keys: TenantKeys
    ) -> Prepared | dict[str, Any]:
        """What an answer is made from; or the answer already given for this idempotency key."""
        earlier = await self._earlier(tx, caller, question, keys)
        if earlier is not None:
            return earlier
        watch = Stopwatch()
        masked = mask(text, "safe-harbor")
        redacted = masked.text
        watch.lap("deid")
        as_of = question.as_of or today(self.services.clock)
        documents = [v.document for v in await find(tx, caller, question.document)] if question.document else None
        material = await self.finder.find(tx, caller, redacted, as_of, documents, partial(legible, text, masked.spans))
        watch.lap("search")
        pointer = await self._pointer(tx, caller) if material.hits else None
        return Prepared(redacted, material, pointer, watch)

    async def _pointer(self, tx: Transaction, caller: Caller) -> Pointer | None:
        """The configured model's use for this question; None where there is none or the register does not clear it.

        What it would be sent is masked: the question by `safe-harbor`, the pages by `document`.
        """
        model = self.services.llm
        if model is None:
            return None
        if model.address is not None:
            leave = await ask_leave(tx, self.services.clock, caller, model.address, "model", "deidentified")
            if not isinstance(leave, Cleared):
                return None
        return Pointer(model, asyncio.get_running_loop())

    async def _draft(self, ready: Prepared, mode: Mode) -> Draft:
        """What the material answers, in places of the stored pages. Reads nothing from the database."""
        material, watch = ready.material, ready.watch
        judge = await self._judge(mode, watch) if material.hybrid else None
        choose = partial(select, material.plan, material.hits, judge, mode, pick=ready.pointer)
        # A thread that waits for a model is none of those the rest of the process needs.
        threads = self.pointing if ready.pointer is not None else None
        draft = await asyncio.get_running_loop().run_in_executor(threads, choose)
        places = {(str(f.version.id), f.passage.page): f.passage.layout for f in material.found}
        draft = in_stored_places(draft, places)
        watch.lap("answer")
        return draft

    async def _judge(self, mode: Mode, watch: Stopwatch) -> Judge | None:
        """The cross-encoder, its time counted as `rerank`; None in fast mode and where there is none."""
        if mode == "fast":
            return None
        reranker = await asyncio.to_thread(self.services.models.reranker)
        if isinstance(reranker, NoModel):
            return None

        def judge(question: str, texts: Sequence[str]) -> Sequence[float]:
            began = time.perf_counter()
            logits: list[float] = reranker.scores(question, texts).tolist()
            watch.aside("rerank", time.perf_counter() - began)
            return logits

        return judge

    async def _release(
        self,
        tx: Transaction,
        caller: Caller,
        question: Question,
        ready: Prepared,
        draft: Draft,
        keys: TenantKeys,
    ) -> dict[str, Any]:
        redacted, material, watch = ready.redacted, ready.material, ready.watch
        run = self.services.clock.new_id()
        pages = {(f.version.id, f.passage.page): f.stored_text or f.page_text for f in material.found}
        citing = Citing(material.versions, material.public, pages)
        spans = [s for d in draft.statements for s in d.spans] + list(draft.nearest)
        await citing.read(tx, keys, caller, spans)
        statements = citing.statements(draft.statements)
        nearest = citing.statements([DraftStatement((span,)) for span in draft.nearest])
        reason = _silent(draft, statements, bool(citing.versions), withheld=bool(citing.withheld))
        statements = statements if reason is None else ()
        watch.lap("verify")
        event = "policy:answer" if reason is None else "policy:abstain"
        subject, digests, by = _told(run, reason, statements, citing.refused, ready.pointer, keys)
        digests["question"] = keyed_digest(keys, "question", redacted.encode())
        recorded = await record(tx, self.services.clock, caller, event, subject=subject, digests=digests, by=by)
        await attach(tx, keys, recorded, "question", redacted.encode())
        if citing.withheld:
            await withheld(tx, self.services.clock, caller, citing.withheld, {"run": str(run)})
        outcome = Outcome(
            run,
            redacted,
            reason,
            draft.confidence,
            statements,
            nearest if reason else (),
            recorded.id,
            watch.done(),
            form=draft.form,
            notes=(*draft.notes, *(("other_day",) if material.as_of != material.asked_day else ())),
        )
        answer = outcome.as_json() | {
            "as_of": material.as_of.isoformat(),
            "search": "hybrid" if material.hybrid else "words",
            "mode": "thorough" if draft.judged else "fast",
        }
        await tx.execute(
            "insert into policy_question (tenant, id, asked_at, actor, idempotency_key, request_digest, abstained,"
            " sealed, entry) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tx.tenant,
            run,
            self.services.clock.now(),
            caller.actor,
            key_digest(keys, question.key),
            request_digest(keys, question),
            outcome.abstained,
            seal(keys, SEALED_ANSWER, str(run), json.dumps(answer).encode()),
            recorded.id,
        )
        return answer

    async def _earlier(
        self, tx: Transaction, caller: Caller, question: Question, keys: TenantKeys
    ) -> dict[str, Any] | None:
        """The answer already given for this idempotency key, or None."""
        if question.key is None:
            return None
        row = await tx.row(
            "select id, request_digest, sealed from policy_question"
            " where tenant = $1 and actor = $2 and idempotency_key = $3",
            tx.tenant,
            caller.actor,
            key_digest(keys, question.key),
        )
        if row is None:
            return None
        if bytes(row["request_digest"]) != request_digest(keys, question):
            raise Conflict("idempotency_mismatch")
        answer: dict[str, Any] = json.loads(unseal(keys, SEALED_ANSWER, str(row["id"]), bytes(row["sealed"])))
        await require_standing(tx, keys, caller, answer)
        await record(tx, self.services.clock, caller, "policy:replay", subject={"run": str(row["id"])})
        return answer


def _silent(draft: Draft, verified: Sequence[Statement], documents: bool, *, withheld: bool) -> str | None:
    """Why nothing is said, or None."""
    if not documents:
        return "no_documents"
    if draft.abstained or not verified:
        unsaid = "withheld" if withheld else "quotation_mismatch"
        return draft.reason or (unsaid if draft.statements else "below_threshold")
    return None


def _told(
    run: uuid.UUID,
    reason: str | None,
    statements: Sequence[Statement],
    refused: int,
    pointer: Pointer | None,
    keys: TenantKeys,
) -> tuple[dict[str, str], dict[str, str], By]:
    """What the log is told of an answer, by kind and use: ids, codes and digests; and by what it was made."""
    subject, digests = {"run": str(run)}, dict[str, str]()
    if pointer is not None and pointer.prompt is not None:
        subject |= {"model": pointer.name, "model_reply": pointer.why or "pointed"}
        digests["prompt"] = keyed_digest(keys, "prompt", pointer.prompt.encode())  # who guesses it cannot try it
    if reason is not None:
        subject["reason"] = reason
    for number, cited in enumerate(sorted({str(c.version_id) for s in statements for c in s.citations})[:8]):
        subject[f"version_{number}"] = cited
    if refused:
        subject["refused"] = str(refused)
    decision = "answer" if reason is None else "abstain"
    return subject, digests, By("policy_question", subject.get("model", ""), RULES, decision, reason or "")


class Stopwatch:
    """Milliseconds spent in each stage."""

    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.laps = {"deid": 0.0, "search": 0.0, "rerank": 0.0, "answer": 0.0, "verify": 0.0}

    def aside(self, stage: str, seconds: float) -> None:
        """Count time spent inside the present lap to `stage` instead."""
        self.laps[stage] += seconds * 1000
        self.last += seconds

    def lap(self, stage: str) -> None:
        """Count the time since the last lap to `stage`."""
        now = time.perf_counter()
        self.laps[stage] += (now - self.last) * 1000
        self.last = now

    def done(self) -> dict[str, float]:
        """All laps and their total."""
        return {**self.laps, "total": (time.perf_counter() - self.began) * 1000}


def checked_question(text: str, limit: int) -> str:
    """The question, trimmed; Invalid `question_empty`, `question_too_long` or `question_not_text`."""
    if len(text) > limit:
        raise Invalid("question_too_long", f"The question is longer than {limit} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r" for c in text):
        raise Invalid("question_not_text")
    trimmed = text.strip()
    if not any(c.isalnum() for c in trimmed):
        raise Invalid("question_empty")
    return trimmed


def key_digest(keys: TenantKeys, key: str | None) -> str | None:
    """A client's idempotency key as it is kept: clients take what they have at hand for it, numbers of patients too."""
    return None if key is None else keyed_digest(keys, "policy-question-key", key.encode())


def request_digest(keys: TenantKeys, question: Question) -> bytes:
    """Keyed digest of everything that decides the answer; kept to tell a repeated request from another one."""
    parts = [question.text, question.as_of.isoformat() if question.as_of else None, question.document, question.mode]
    return bytes.fromhex(keyed_digest(keys, "policy-question", json.dumps(parts).encode()))
