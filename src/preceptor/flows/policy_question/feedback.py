"""What people said of an answer: kept sealed, recorded in the log, and given back as cases for the exam."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.deid.mask import mask
from preceptor.errors import Invalid, NotFound
from preceptor.flows.policy_question.workflow import SEALED_ANSWER
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import seal, unseal

Judgement = Literal["wrong_citation", "not_an_answer", "should_have_answered", "right"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
SEALED_FEEDBACK = "policy-feedback"
NOTE_LIMIT = 2_000
"""Characters of a note."""
CONTAINS_LIMIT = 200
"""Characters of a quotation that a case expects: its beginning is enough to know it by."""


async def judge(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, run: uuid.UUID, kind: str, note: str = ""
) -> dict[str, Any]:
    """Keep a judgement of the caller's own answer `run`. The same judgement again changes nothing.

    NotFound for an answer of another account, Invalid for a judgement outside the list or one that does not fit: an
    abstention has no citation to be wrong, an answer cannot be told to have been silent. The note is masked first.
    """
    require(caller, "policy:ask", tenant=tx.tenant)
    if kind not in JUDGEMENTS:
        raise Invalid("invalid_request", f"A judgement is one of {', '.join(JUDGEMENTS)}.")
    if len(note) > NOTE_LIMIT:
        raise Invalid("invalid_request", f"A note has at most {NOTE_LIMIT} characters.")
    row = await tx.row(
        "select abstained from policy_question where tenant = $1 and id = $2 and actor = $3",
        tx.tenant,
        run,
        caller.actor,
    )
    if row is None:
        raise NotFound("not_found", "There is no such answer.")
    if row["abstained"] == (kind in ("wrong_citation", "not_an_answer")) and kind != "right":
        raise Invalid("invalid_request", "This judgement does not fit what came back.")
    found = {"run": str(run), "kind": kind}
    # Two clicks at once: the second waits for the first and then finds it.
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 11))", f"{tx.tenant}:{run}")
    if await tx.value(
        "select true from policy_feedback where tenant = $1 and run = $2 and actor = $3 and kind = $4",
        tx.tenant,
        run,
        caller.actor,
        kind,
    ):
        return found
    feedback = clock.new_id()
    masked = mask(note, "safe-harbor").text
    recorded = await record(tx, clock, caller, "policy:feedback", subject=found)
    await tx.execute(
        "insert into policy_feedback (tenant, id, run, at, actor, kind, sealed, entry)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.tenant,
        feedback,
        run,
        clock.now(),
        caller.actor,
        kind,
        seal(keys, SEALED_FEEDBACK, str(feedback), masked.encode()),
        recorded.id,
    )
    return found


async def judgements(tx: Transaction, caller: Caller, run: uuid.UUID) -> list[str]:
    """What the caller has said of an answer of its own."""
    require(caller, "policy:ask", tenant=tx.tenant)
    rows = await tx.rows(
        "select kind from policy_feedback where tenant = $1 and run = $2 and actor = $3 order by kind",
        tx.tenant,
        run,
        caller.actor,
    )
    return [row["kind"] for row in rows]


async def feedback_cases(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """All judgements as evaluation cases (docs/evaluation.md), and those that make none, each with a reason:
    `identifiers` (the masked question still shows some), `needs_gold` (a person must say what the answer is).

    Needs `policy:write`, and is recorded: the cases show what others asked.
    """
    require(caller, "policy:write", tenant=tx.tenant)
    rows = await tx.rows(
        "select f.id, f.run, f.kind, f.sealed, q.sealed as answer from policy_feedback f"
        " join policy_question q on q.tenant = f.tenant and q.id = f.run where f.tenant = $1 order by f.at, f.id",
        tx.tenant,
    )
    cases, left = list[dict[str, Any]](), list[dict[str, str]]()
    for row in rows:
        answer: dict[str, Any] = json.loads(unseal(keys, SEALED_ANSWER, str(row["run"]), bytes(row["answer"])))
        expected = _expected(row["kind"], answer)
        if expected is None:
            left.append({"run": str(row["run"]), "kind": row["kind"], "why": "needs_gold"})
        elif mask(answer["question"], "document").spans:
            left.append({"run": str(row["run"]), "kind": row["kind"], "why": "identifiers"})
        else:
            case = {"id": f"feedback-{row['id']}", "question": answer["question"], "kind": f"feedback_{row['kind']}"}
            cases.append(case | {"as_of": answer["as_of"], "origin": "feedback", "expected": expected})
    await record(tx, clock, caller, "feedback:export", subject={"cases": str(len(cases))})
    return cases, left


def _expected(kind: str, answer: dict[str, Any]) -> dict[str, Any] | None:
    """What the exam expects after a judgement; None when the judgement does not say what is right."""
    cited = cast("Sequence[dict[str, Any]]", [c for s in answer["statements"] for c in s["citations"]])
    if kind == "wrong_citation":
        return {"not_citations": [_place(c) for c in cited]}
    if kind == "not_an_answer" or (kind == "right" and answer["abstained"]):
        return {"abstain": []}
    if kind == "right":
        return {"citations": [[_place(c)] for c in cited]}
    return None


def _place(citation: dict[str, Any]) -> dict[str, Any]:
    words = " ".join(str(citation["quote"]).replace("\x02", "").split())[:CONTAINS_LIMIT].strip()
    place = {"document": citation["document"], "page": citation["page"], "contains": words}
    return place | ({"version": citation["version"]} if citation["version"] else {})
