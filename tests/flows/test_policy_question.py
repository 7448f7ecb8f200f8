"""The policy assistant from a file to a released answer, on real rows."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from tests.make import Tenant, add_text, make_caller, make_tenant, stored_text

from preceptor.audit.export import search as search_log
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Conflict, Denied, Invalid, NotFound
from preceptor.evidence.library import list_versions, remove
from preceptor.evidence.passages import Passage
from preceptor.evidence.search import Found
from preceptor.evidence.snapshot import Snapshots
from preceptor.flows.policy_question.library_names import public_names
from preceptor.flows.policy_question.select import DraftStatement, QuoteSpan
from preceptor.flows.policy_question.workflow import Assistant, Citing, Question
from preceptor.vault.seal import unseal
from preceptor.wiring import Services

MATTRESS = """# Pressure-reducing mattresses

Effective date: January 1, 2025
Version 1

## Coverage criteria

A pressure-reducing mattress is covered when the member has a stage 3 pressure ulcer on the trunk or pelvis.

A mattress is rented for 10 months. Exception: for members in hospice the mattress is rented without a limit.

## Worked example

Patient: Wilhelmina Ostrander, DOB 03/14/1951, MRN 00482913, tel 555-201-0142, had a stage 3 ulcer.
"""
LATER = (
    MATTRESS.replace("January 1, 2025", "January 1, 2026")
    .replace("Version 1", "Version 2")
    .replace("10 months", "13 months")
)
ASKED = "For how many months is a pressure-reducing mattress rented?"


def quotes(answer: dict) -> str:
    return " ".join(c["quote"] for s in answer["statements"] for c in s["citations"])


async def test_an_answer_is_quotations_that_stand_where_they_say(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    assert not answer["abstained"] and answer["reason"] is None
    assert "10 months" in quotes(answer)
    for statement in answer["statements"]:
        for citation in statement["citations"]:
            page = await stored_text(services, tenant, uuid.UUID(citation["version_id"]), citation["page"])
            assert page[citation["start"] : citation["end"]] == citation["quote"]
            assert citation["document"] == "mattress" and len(citation["sha256"]) == 64
    assert set(answer["timings_ms"]) == {"deid", "search", "rerank", "answer", "verify", "total"}


async def test_the_exception_stays_with_the_rule(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    assert "hospice" in quotes(await Assistant(services).ask(tenant.caller, Question(ASKED)))


async def test_what_the_sources_do_not_say_is_not_answered(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    answer = await Assistant(services).ask(
        tenant.caller, Question("What is the boiling point of acetone at sea level?")
    )
    assert answer["abstained"] and answer["reason"] and answer["statements"] == []


async def test_an_empty_library_says_so(services: Services, tenant: Tenant) -> None:
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    assert (answer["abstained"], answer["reason"]) == (True, "no_documents")


async def test_two_versions_answer_for_their_own_days(services: Services, tenant: Tenant) -> None:
    first = await add_text(services, tenant, "mattress", MATTRESS)
    second = await add_text(services, tenant, "mattress", LATER)
    assert (first.status, second.status) == ("added", "superseded")
    assistant = Assistant(services)
    old = await assistant.ask(tenant.caller, Question(ASKED, as_of=date(2025, 12, 31)))
    new = await assistant.ask(tenant.caller, Question(ASKED, as_of=date(2026, 1, 1)))
    assert "10 months" in quotes(old) and "13 months" not in quotes(old)
    assert "13 months" in quotes(new) and "10 months" not in quotes(new)
    before = await assistant.ask(tenant.caller, Question(ASKED, as_of=date(2024, 12, 31)))
    assert (before["abstained"], before["reason"]) == (True, "no_documents")


async def test_the_same_bytes_are_unchanged_and_other_bytes_need_a_later_version(
    services: Services, tenant: Tenant
) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    assert (await add_text(services, tenant, "mattress", MATTRESS)).status == "unchanged"
    other = await add_text(services, tenant, "mattress", MATTRESS.replace("stage 3", "stage 4"))
    assert other.status == "failed" and other.error is not None and other.error.code == "ambiguous_version"
    earlier = MATTRESS.replace("January 1, 2025", "January 1, 2023").replace("Version 1", "Version 0")
    assert (await add_text(services, tenant, "mattress", earlier)).error is not None
    said = await add_text(services, tenant, "mattress", MATTRESS.replace("stage 3", "stage 4"), supersedes=True)
    assert said.status == "superseded"
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        assert len(await list_versions(tx, tenant.caller)) == 2
        assert (
            await tx.value(
                "select count(*) from index_segment s join document_version v on v.id = any(s.versions)"
                " where v.state <> 'ready'"
            )
            == 0
        )


async def test_one_stem_in_two_departments_is_two_documents(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS, owner="north")
    await add_text(services, tenant, "mattress", LATER, owner="south")
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED, document="south/mattress"))
    assert {c["document"] for s in answer["statements"] for c in s["citations"]} <= {"south/mattress", "mattress"}
    with pytest.raises(Invalid):
        await Assistant(services).ask(tenant.caller, Question(ASKED, document="mattress"))


async def test_an_unknown_effective_date_is_said(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS.replace("Effective date: January 1, 2025\n", ""))
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    assert all("unknown" in c["in_force"] for s in answer["statements"] for c in s["citations"])


async def test_a_planted_patient_is_nowhere(services: Services, tenant: Tenant) -> None:
    added = await add_text(services, tenant, "mattress", MATTRESS)
    assert sum(added.redactions.values()) >= 4
    assert added.version_id is not None
    text = await stored_text(services, tenant, added.version_id)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        snapshot = await Snapshots(services.keys.get).get(tx)
        terms = {t for segment in snapshot.segments.values() for t in segment.terms}
        headings = [bytes(row["heading"] or b"") for row in await tx.rows("select heading from passage")]
        original = bytes(await tx.value("select sealed from document_original"))
    for identifier in ("Wilhelmina", "Ostrander", "00482913", "555-201-0142", "03/14/1951"):
        assert identifier not in text and identifier.encode() not in original + b"".join(headings)
        assert identifier.lower() not in terms
    assert "stage 3 ulcer" in text


async def test_a_patient_in_the_question_reaches_no_row_and_no_answer(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    asked = "Pt Barnaby Quillfeather, MRN 77190233, tel 555-201-0177: " + ASKED
    answer = await Assistant(services).ask(tenant.caller, Question(asked))
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select leaf from audit_entry")
        sealed = [bytes(r["sealed"]) for r in await tx.rows("select sealed from policy_question")]
        sides = await tx.rows("select entry, sealed from audit_side")
    sealed += [bytes(r["sealed"]) for r in sides]
    keys = services.keys.get(tenant.id)
    opened = [unseal(keys, "audit-question", str(r["entry"]), bytes(r["sealed"])) for r in sides]
    kept = b" ".join([bytes(r["leaf"]) for r in rows] + sealed) + str(answer).encode()
    assert len(sealed) == 2 and len(opened) == 1
    assert b"mattress rented" in opened[0]  # the question is there, sealed …
    assert b"mattress rented" not in b" ".join([bytes(r["leaf"]) for r in rows] + sealed)  # … and nowhere in clear
    for identifier in (b"Quillfeather", b"77190233", b"555-201-0177"):
        assert identifier not in kept and identifier not in opened[0]


async def test_an_idempotency_key_gives_the_same_answer_once(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    assistant = Assistant(services)
    first = await assistant.ask(tenant.caller, Question(ASKED, key="k-1"))
    assert await assistant.ask(tenant.caller, Question(ASKED, key="k-1")) == first
    with pytest.raises(Conflict) as caught:
        await assistant.ask(tenant.caller, Question("Something else?", key="k-1"))
    assert caught.value.code == "idempotency_mismatch"
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from policy_question") == 1


async def test_ten_at_once_with_one_key_are_one_act(services: Services, tenant: Tenant) -> None:
    import asyncio

    await add_text(services, tenant, "mattress", MATTRESS)
    assistant = Assistant(services)
    answers = await asyncio.gather(*(assistant.ask(tenant.caller, Question(ASKED, key="k-2")) for _ in range(10)))
    assert len({a["run"] for a in answers}) == 1
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from policy_question") == 1
        assert await tx.value("select count(*) from audit_entry where event = 'policy:answer'") == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "question_empty"),
        (" \n\t ", "question_empty"),
        ("???", "question_empty"),
        ("x" * 100_000, "question_too_long"),
        ("what\x00is", "question_not_text"),
        ("what \x1b[31m is", "question_not_text"),
        ("what \ud800 is", "question_not_text"),
    ],
)
async def test_a_question_that_is_none_is_refused_with_its_code(
    services: Services, tenant: Tenant, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await Assistant(services).ask(tenant.caller, Question(text))
    assert caught.value.code == code
    assert not text.strip() or text not in caught.value.text


async def test_another_tenant_s_document_does_not_exist(services: Services, tenant: Tenant) -> None:
    added = await add_text(services, tenant, "mattress", MATTRESS)
    other = await make_tenant(services, tenant.id + "-other")
    for name in ("mattress", str(added.version_id), "nowhere"):
        with pytest.raises(NotFound) as caught:
            await Assistant(services).ask(other.caller, Question(ASKED, document=name))
        assert caught.value.code == "document_not_found"
    assert (await Assistant(services).ask(other.caller, Question(ASKED)))["reason"] == "no_documents"


async def test_a_refusal_is_recorded(services: Services, tenant: Tenant) -> None:
    auditor = await make_caller(services, tenant, "ada", "auditor")
    with pytest.raises(Denied):
        await Assistant(services).ask(auditor, Question(ASKED))
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        entries = await search_log(tx, event="access:deny")
    assert [e.actor for _, e in entries] == ["account:ada"] and entries[0][1].outcome == "denied"


async def test_a_removed_document_is_in_no_index(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "mattress")
        for table in ("page", "passage", "index_segment", "version_index", "document_original"):
            assert await tx.value(f"select count(*) from {table}") == 0, table
    assert (await Assistant(services).ask(tenant.caller, Question(ASKED)))["reason"] == "no_documents"
    assert (await add_text(services, tenant, "mattress", MATTRESS)).status == "added"


@pytest.mark.parametrize("change", ["moved", "altered", "gone", "other_page"])
async def test_a_quotation_that_no_longer_stands_does_not_leave(
    services: Services, tenant: Tenant, change: str
) -> None:
    """What was chosen is held against the page as it is stored at release: each change in between is refused."""
    added = await add_text(services, tenant, "mattress", MATTRESS)
    assert added.version_id is not None
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        versions = await list_versions(tx, tenant.caller)
        stored = await stored_text(services, tenant, added.version_id)
        start = stored.index("A mattress is rented")
        chosen = {"moved": "x" + stored, "altered": stored.replace("10 months", "99 months")}.get(change, stored)
        page = 2 if change == "other_page" else 1
        span = QuoteSpan(str(added.version_id), page, start, start + 40)
        found = Found(versions[0], Passage(1, 0, 10, "paragraph", "", 0), chosen, 1.0)
        if change == "gone":
            await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "mattress")
        citing = Citing(
            {v.id: v for v in versions}, public_names(versions), {(added.version_id, page): found.page_text}
        )
        await citing.read(tx, services.keys.get(tenant.id), tenant.caller, [span])
        assert citing.statements([DraftStatement((span,))]) == ()
        assert citing.refused == 1


async def test_a_repeated_answer_is_verified_again(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    assistant = Assistant(services)
    await assistant.ask(tenant.caller, Question(ASKED, key="k-3"))
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "mattress")
    with pytest.raises(Conflict):
        await assistant.ask(tenant.caller, Question(ASKED, key="k-3"))


async def test_a_title_names_nobody(services: Services, tenant: Tenant) -> None:
    title = "Appeal of Patient: Wilhelmina Ostrander, MRN 00482913, DOB 03/14/1951"
    added = await add_text(services, tenant, "appeal", MATTRESS, title=title)
    assert added.status == "added"
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        stored = await tx.value("select string_agg(title, ' ') from document_version")
    for identifier in ("Ostrander", "00482913", "03/14/1951"):
        assert identifier not in stored and identifier not in str(answer)


async def test_two_versions_at_once_are_settled_one_after_the_other(services: Services, tenant: Tenant) -> None:
    import asyncio

    texts = [MATTRESS.replace("stage 3", f"stage {n}") for n in (2, 4)]
    done = await asyncio.gather(*(add_text(services, tenant, "mattress", text) for text in texts))
    assert sorted(d.status for d in done) == ["added", "failed"]


CONTRAVE = """# Weight management medicines

Effective date: January 1, 2025
Version 1

## Doses

The maximum Contrave dose in moderate hepatic impairment is one tablet in the morning.
"""


async def test_a_hidden_word_of_the_library_is_searched_for_and_stays_hidden(
    services: Services, tenant: Tenant
) -> None:
    await add_text(services, tenant, "weight", CONTRAVE)
    asked = "What is the maximum Contrave dose in hepatic impairment?"
    answer = await Assistant(services).ask(tenant.caller, Question(asked))
    assert "[NAME]" in answer["question"] and "Contrave" not in answer["question"]
    assert "one tablet in the morning" in quotes(answer)


async def test_a_question_in_another_language_is_told_so(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    answer = await Assistant(services).ask(tenant.caller, Question("¿Por cuántos meses se alquila el colchón?"))
    assert (answer["abstained"], answer["reason"]) == (True, "question_language")
    assert "not in English" in answer["explanation"]


async def test_documents_in_force_that_disagree_are_shown_side_by_side(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    manual = MATTRESS.replace("# Pressure-reducing mattresses", "# Equipment manual").replace("10 months", "15 months")
    await add_text(services, tenant, "manual", manual)
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    assert answer["form"] == "conflict"
    assert "10 months" in quotes(answer) and "15 months" in quotes(answer)


async def test_an_earlier_version_is_quoted_only_when_it_is_asked_for(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "mattress", MATTRESS)
    await add_text(services, tenant, "mattress", LATER)
    assistant = Assistant(services)
    now = await assistant.ask(tenant.caller, Question(ASKED, as_of=date(2026, 6, 1)))
    assert "13 months" in quotes(now) and "10 months" not in quotes(now)
    asked = (
        "According to the previous version of the mattress policy, for how many months is a pressure-reducing mattress"
        " rented?"
    )
    before = await assistant.ask(tenant.caller, Question(asked, as_of=date(2026, 6, 1)))
    assert "10 months" in quotes(before) and "13 months" not in quotes(before)
    asked = "As of March 2025, for how many months is a pressure-reducing mattress rented?"
    dated = await assistant.ask(tenant.caller, Question(asked, as_of=date(2026, 6, 1)))
    assert "10 months" in quotes(dated) and "13 months" not in quotes(dated)
