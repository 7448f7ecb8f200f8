"""`preceptor worked-example`: what `make run` does: sample documents, an answer, an abstention, the server."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from preceptor.access.caller import Caller
from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.export import export_lines, head_file
from preceptor.audit.sequencer import advance, origin, read_head
from preceptor.audit.verify import verify_export
from preceptor.cli.command import DONE, FAILED, add_command, note, out
from preceptor.cli.installation import SAMPLE, ensure_operator, ensure_tenant
from preceptor.cli.policy import added_json, answer_text
from preceptor.cli.policy_files import Progress, collect, limits_of
from preceptor.cli.serve import serve
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.evidence.ingest import Shelf, add_document
from preceptor.fhir.loading import Loaded, items_of, load_chunk
from preceptor.fhir.sample import sample_bundle, stories
from preceptor.fhir.search import search
from preceptor.fhir.store import Chart
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.settings import Settings, load
from preceptor.wiring import Services, open_services

EXAMPLES = Path(__file__).parents[3] / "examples" / "policies"
ANSWERED = "How many nights and hours of CPAP use count as adherent during the trial period?"
ABSTAINED = "Does the plan cover acupuncture for migraine?"


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "worked-example",
        "Put the sample policies in, print a cited answer and an abstention, then serve.",
        "preceptor worked-example --exit\nmake run ARGS=--exit",
        _run,
    )
    parser.add_argument("--exit", action="store_true", help="stop after the example")


def _run(args: argparse.Namespace) -> int:
    return asyncio.run(_main(load(), args.exit))


async def _main(settings: Settings, stop: bool) -> int:
    note("starting the database ...")
    async with open_services(settings) as services:
        await ensure_tenant(services, SAMPLE, "Sample tenant (synthetic data only)", sample=True)
        held = await _example(services)
        if stop or not held:
            return DONE if held else FAILED
        await serve(services, settings.host, settings.port, tenant=SAMPLE)
    return DONE


async def _example(services: Services) -> bool:
    """Ingest, ask twice, verify the log; True when it went as it should."""
    if not EXAMPLES.is_dir():
        raise NotFound("file_not_found", "The sample policies are not here: run this from a clone of the repository.")
    caller = await ensure_operator(services, SAMPLE)
    keys = services.keys.get(SAMPLE)
    shelf = Shelf(services.database, services.clock, keys, limits_of(services.settings))
    files = collect(
        [str(EXAMPLES)], title=None, version=None, effective_from=None, effective_to=None, owner="", supersedes=False
    )
    out(f"Sample policies of an invented health plan ({len(files)} files, synthetic data only)")
    held = True
    with Progress(len(files)) as progress:
        for file in files:
            progress.file(file.path)
            data, media_type = file.read(shelf.limits)
            added = await add_document(shelf, caller, file.said, data, media_type, progress.page)
            line = added_json(str(file.path.relative_to(EXAMPLES)), added)
            held = held and added.status != "failed"
            redacted = sum(line["redactions"].values())
            extra = f", {redacted} identifiers of a planted patient redacted" if redacted else ""
            progress.say(f"  {line['status']:10} {line['path']:26} {line['pages']:3} pages{extra}")
    assistant = Assistant(services)
    answered = await assistant.ask(caller, Question(ANSWERED))
    abstained = await assistant.ask(caller, Question(ABSTAINED))
    out("\nPolicy assistant: a cited answer, every quotation verified against the stored page at release")
    out(answer_text(answered))
    out("\nPolicy assistant: silence where the sources do not answer")
    out(answer_text(abstained))
    held = await _chart(services, caller) and held
    out("\n" + await _log_line(services))
    out("The other three jobs (prior-authorization packet, encounter note, inbound message) are not built yet.")
    return held and not answered["abstained"] and abstained["abstained"]


async def _chart(services: Services, caller: Caller) -> bool:
    """Load the sample patients, search among them, and be refused for what is not supported."""
    chart, loaded = Chart(services.record, caller), Loaded()
    await load_chunk(chart, list(items_of("sample", sample_bundle())), loaded)
    out(f"\nClinical record (FHIR R4): {len(stories())} invented patients, {loaded.created} resources new")
    asked = [("patient.family", "brandwyck"), ("code", "http://loinc.org|4548-4"), ("_sort", "-date")]
    page = await search(chart, "Observation", asked)
    out("  Observation?patient.family=brandwyck&code=http://loinc.org|4548-4&_sort=-date")
    for one in page.matches:
        result = one.resource
        quantity = result["valueQuantity"]
        out(f"    {result['effectiveDateTime']}  {result['code']['text']}  {quantity['value']} {quantity['unit']}")
    try:
        await search(chart, "Observation", [("colour", "red")])
    except Invalid as error:
        out(f"  Observation?colour=red\n    refused: {error.text}")
        return len(page.matches) == 2 and not loaded.rejects
    return False


async def _log_line(services: Services) -> str:
    keys = services.keys.get(SAMPLE)
    head = await advance(services.database, services.clock, keys)
    async with tenant_transaction(services.database, SAMPLE, "system:example", read_only=True) as tx:
        head = await read_head(tx) or head
        lines = [line async for line in export_lines(tx, head.size)]
    pinned = verifier_key(origin(SAMPLE), keys.signing.public_key())
    report = verify_export(lines, head_file(keys, head), pinned)
    return f"Audit log: {report.checked} entries, {'verified' if report.ok else 'DOES NOT VERIFY'}, root {report.root}"
