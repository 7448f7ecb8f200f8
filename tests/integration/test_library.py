"""The library in the real database: removal out of every table, labels, the catalogue, comparison, judgements."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import date

import pytest
from tests.make import Tenant, add_text, make_caller

from preceptor.access.caller import Caller
from preceptor.access.labels import VISIBLE, label_filter, may_see
from preceptor.audit.export import search
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, Invalid, NotFound
from preceptor.evals.cases import Abstain, Answer, parse_case
from preceptor.evidence.catalogue import PER_PAGE, Wanted, list_documents, read_document
from preceptor.evidence.comparison import compare_versions
from preceptor.evidence.differences import counts
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.library import INDEXES, find, remove, set_labels
from preceptor.flows.policy_question.feedback import feedback_cases, judge
from preceptor.flows.policy_question.workflow import SEALED_ANSWER, Assistant, Question
from preceptor.vault.seal import seal
from preceptor.wiring import Services

TEXT = "# Walkers\n\nVersion 2.0\n\nEffective date: January 1, 2026\n\nA walker is replaced every 5 years.\n"
FIRST = (
    "# Splints\n\nVersion 1.0\n\nEffective date: January 1, 2025\n\n"
    "A wrist splint is replaced every 12 months. It needs an order.\n\nA night splint is not covered.\n"
)
SECOND = (
    "# Splints\n\nVersion 2.0\n\nEffective date: January 1, 2026\n\n"
    "A night splint is not covered.\n\nA wrist splint is replaced every 18 months. It needs an order.\n"
)


async def own_tables(services: Services, tenant: Tenant) -> list[str]:
    """Every table of the product; of a partitioned one the parent, through which its rows are read."""
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by c.relname"
        )
    return [row["relname"] for row in rows]


async def holding(services: Services, tenant: Tenant, value: str) -> set[str]:
    """The tables that hold a row with this value in it, in whatever column."""
    found = set[str]()
    for table in await own_tables(services, tenant):
        async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
            if await tx.value(f"select exists (select from {table} t where t::text ilike $1)", f"%{value}%"):
                found.add(table)
    return found


async def test_removal_leaves_no_row_of_a_version_in_any_index(services: Services, tenant: Tenant) -> None:
    added = await add_text(services, tenant, "walkers", TEXT)
    embedder = await asyncio.to_thread(services.models.embedder)
    assert not isinstance(embedder, NoModel)
    await embed_pending(services.database, services.clock, services.keys.get(tenant.id), tenant.caller, embedder)
    before = await holding(services, tenant, str(added.version_id))
    assert before >= set(INDEXES), "the search must be able to find"
    assert await holding(services, tenant, "walker") == {"document", "document_version"}  # its name; texts are sealed
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "walkers")
    # What stays: the line that says a version was here. Its entries in the log hold the id as canonical bytes.
    assert await holding(services, tenant, str(added.version_id)) == {"document_version"}
    assert await holding(services, tenant, "walker") == {"document", "document_version"}


async def test_every_table_with_a_version_is_named_for_removal(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows(
            "select distinct c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p')"
            " and not c.relispartition and a.attname = 'version' and a.atttypid = 'uuid'::regtype"
        )
    assert {row["relname"] for row in rows} == set(INDEXES)


async def test_a_failed_document_can_be_seen_and_removed(services: Services, tenant: Tenant) -> None:
    failed = await add_text(services, tenant, "splints", FIRST)
    again = await add_text(services, tenant, "splints", FIRST.replace("It needs an order.", "It needs none."))
    assert failed.status == "added" and again.error is not None and again.error.code == "ambiguous_version"
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        listing = await list_documents(tx, tenant.caller, Wanted(stage="failed"))
        (document,) = listing.documents
        assert [e.stage for e in document.entries if e.version.state == "failed"] == ["failed"]
        assert document.newest.state == "ready"
        assert len(await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, str(document.id))) == 2
        with pytest.raises(NotFound):
            await read_document(tx, tenant.caller, document.id)


async def test_the_query_s_rule_says_what_the_pure_rule_says(services: Services, tenant: Tenant) -> None:
    """Every set of labels with every kind of caller: 16 sets, 3 roles, 4 sets of departments."""
    names = ["role:reader", "role:auditor", "department:a", "department:b"]
    sets = [[n for bit, n in enumerate(names) if number >> bit & 1] for number in range(16)]
    seen = 0
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        for role in ("reader", "auditor", "librarian"):
            for departments in (frozenset[str](), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})):
                caller = Caller(tenant.id, "account:x", frozenset({role}), departments=departments)
                for labels in sets:
                    by_query = await tx.value(
                        f"select {VISIBLE.format('$1')} from (select $2::text[] as labels) d",
                        label_filter(caller),
                        labels,
                    )
                    assert by_query == may_see(caller, labels), (role, departments, labels)
                    seen += by_query
    assert 16 * 4 < seen < 16 * 12  # neither all nor only the librarian's


@pytest.mark.parametrize("label", ["pharmacy", "role:", "Role:reader", "department:a b", "department:" + "x" * 80, "*"])
async def test_a_label_of_another_form_is_refused(services: Services, tenant: Tenant, label: str) -> None:
    await add_text(services, tenant, "walkers", TEXT)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        with pytest.raises(Invalid):
            await set_labels(tx, services.clock, tenant.caller, "walkers", [label])
        reader = replace(tenant.caller, roles=frozenset({"reader"}))
        with pytest.raises(Denied):
            await set_labels(tx, services.clock, reader, "walkers", [])


async def test_the_catalogue_is_in_the_order_of_titles_filtered_and_paged(services: Services, tenant: Tenant) -> None:
    for number in range(PER_PAGE + 3):
        await add_text(services, tenant, f"item-{number:03}", TEXT.replace("Walkers", f"Item {number:03}"))
    await add_text(services, tenant, "splints", FIRST, owner="Orthotics", labels=("department:a",))
    await add_text(services, tenant, "splints", SECOND, owner="Orthotics")
    caller = tenant.caller
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        first, second = await list_documents(tx, caller, Wanted()), await list_documents(tx, caller, Wanted(), 2)
        titles = [d.title for page in (first, second) for d in page.documents]
        assert titles == sorted(titles, key=str.lower) and len(titles) == PER_PAGE + 4 == first.found == first.total
        assert (first.pages, second.page, first.owners) == (2, 2, ("Orthotics",))
        with pytest.raises(NotFound):
            await list_documents(tx, caller, Wanted(), 3)
        for wanted, found in (
            (Wanted(words="SPLINTS 2.0"), 1),
            (Wanted(words="splints 3.0"), 0),
            (Wanted(words="100%_"), 0),
            (Wanted(owner="Orthotics"), 1),
            (Wanted(label="department:a"), 1),
            (Wanted(label="none"), PER_PAGE + 3),
            (Wanted(on=date(2025, 6, 1)), 1),
            (Wanted(on=date(2024, 6, 1)), 0),
            (Wanted(stage="failed"), 0),
        ):
            assert (await list_documents(tx, caller, wanted)).found == found, wanted
        # A server of the same process may be making vectors meanwhile.
        stages = [(await list_documents(tx, caller, Wanted(stage=stage))).found for stage in ("words", "ready")]
        assert sum(stages) >= PER_PAGE + 4
        (splints,) = (await list_documents(tx, caller, Wanted(owner="Orthotics"))).documents
        new, old = (e.version for e in splints.entries)
        assert (new.version, old.version, new.supersedes) == ("2.0", "1.0", old.id)
        assert old.in_force_until == new.in_force_from == date(2026, 1, 1)
        assert new.labels == old.labels == ("department:a",)


async def test_two_versions_and_two_documents_are_compared(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "splints", FIRST)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        (only,) = await find(tx, tenant.caller, "splints")
    with pytest.raises(Invalid):
        await compare_versions(
            services.database, services.clock, services.keys.get(tenant.id), tenant.caller, "splints"
        )
    await add_text(services, tenant, "splints", SECOND)
    found = await compare_versions(
        services.database, services.clock, services.keys.get(tenant.id), tenant.caller, "splints"
    )
    assert (found.before.id, found.before.version, found.after.version) == (only.id, "1.0", "2.0")
    kinds = {(c.kind, c.after.text if c.after else ""): c for c in found.changes}
    assert any(c.numbers == (("12", "18"),) for c in found.changes)
    assert any(kind in ("moved", "same") and "night splint" in text for kind, text in kinds)
    assert counts(found.changes)["added"] == counts(found.changes)["removed"] == 0
    shown = found.as_json()
    assert json.loads(json.dumps(shown)) == shown and all(c["change"] != "same" for c in shown["changes"])
    back = await compare_versions(
        services.database, services.clock, services.keys.get(tenant.id), tenant.caller, "splints", "2.0", "1.0"
    )
    assert any(c.numbers == (("18", "12"),) for c in back.changes)
    await add_text(services, tenant, "walkers", TEXT)
    other = await compare_versions(
        services.database, services.clock, services.keys.get(tenant.id), tenant.caller, "splints", other="walkers"
    )
    assert other.after.stem == "walkers" and counts(other.changes)["added"] > 0
    with pytest.raises(NotFound):
        await compare_versions(
            services.database, services.clock, services.keys.get(tenant.id), tenant.caller, "splints", "9.9"
        )
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        shown_entries = [e for _, e in await search(tx, event="document:view")]
    assert {e.subject["shown"] for e in shown_entries} == {"comparison"} and len(shown_entries) == 6


async def asked(services: Services, caller: Caller, text: str) -> dict[str, object]:
    return await Assistant(services).ask(caller, Question(text, date(2026, 6, 1)))


async def test_a_judgement_is_sealed_recorded_once_and_becomes_a_case(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "walkers", TEXT)
    ann, keys = await make_caller(services, tenant, "ann", "reader"), services.keys.get(tenant.id)
    answered = await asked(services, ann, "How often is a walker replaced?")
    silent = await asked(services, ann, "What is the boiling point of acetone?")
    assert not answered["abstained"] and silent["abstained"]
    run, other = uuid.UUID(str(answered["run"])), uuid.UUID(str(silent["run"]))
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        for _ in range(2):
            await judge(tx, services.clock, ann, keys, run, "wrong_citation", "Ms. Zyxwolda Quennethorpe was told so.")
        await judge(tx, services.clock, ann, keys, run, "right")
        await judge(tx, services.clock, ann, keys, other, "right")
        await judge(tx, services.clock, ann, keys, other, "should_have_answered")
        for wrong, kind in ((run, "should_have_answered"), (other, "wrong_citation"), (run, "perfect")):
            with pytest.raises(Invalid):
                await judge(tx, services.clock, ann, keys, wrong, kind)
        with pytest.raises(NotFound):
            await judge(tx, services.clock, tenant.caller, keys, run, "right")  # another account's answer
        assert await tx.value("select count(*) from policy_feedback") == 4
        assert len(await search(tx, event="policy:feedback")) == 4
        with pytest.raises(Denied):
            await feedback_cases(tx, services.clock, ann, keys)
        cases, left = await feedback_cases(tx, services.clock, tenant.caller, keys)
    assert [row["why"] for row in left] == ["needs_gold"]
    parsed = [parse_case(json.loads(json.dumps(case))) for case in cases]
    wrong, right, silence = (case.expected for case in parsed)
    assert isinstance(wrong, Answer) and wrong.not_cited[0].document == "walkers" and not wrong.groups
    assert (
        isinstance(right, Answer) and "5 years" in right.groups[0][0].contains and right.groups[0][0].version == "2.0"
    )
    assert isinstance(silence, Abstain)
    assert "zyxwolda" not in str(cases).lower()
    assert await holding(services, tenant, "Quennethorpe") == set()


async def test_a_judgement_of_a_question_with_identifiers_makes_no_case(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "walkers", TEXT)
    keys, caller = services.keys.get(tenant.id), tenant.caller
    answer = await asked(services, caller, "How often is a walker replaced?")
    run = services.clock.new_id()
    # An answer whose question the de-identifier of today would not let through: as one kept by an older version.
    kept = {**answer, "run": str(run), "question": "My SSN is 718-40-2963. How often is a walker replaced?"}
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await tx.execute(
            "insert into policy_question (tenant, id, asked_at, actor, request_digest, abstained, sealed, entry)"
            " select tenant, $2, asked_at, actor, request_digest, abstained, $3, entry from policy_question"
            " where id = $1",
            uuid.UUID(str(answer["run"])),
            run,
            seal(keys, SEALED_ANSWER, str(run), json.dumps(kept).encode()),
        )
        await judge(tx, services.clock, caller, keys, run, "right")
        cases, left = await feedback_cases(tx, services.clock, caller, keys)
    assert cases == [] and [(row["run"], row["why"]) for row in left] == [(str(run), "identifiers")]
