"""`preceptor doctor`: checks the installation and says what to do about each thing that is wrong."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.audit.halt import LATE_SECONDS, halted, waiting_seconds
from preceptor.cli.command import DONE, FAILED, add_command, out, show
from preceptor.db.migrate import check, pending
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.decide import REASONS, Content, Reason, Refused, decide
from preceptor.egress.endpoint import Kind
from preceptor.egress.register import covering
from preceptor.errors import CODES, PreceptorError
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.loaded import Models
from preceptor.settings import Settings, load
from preceptor.wiring import Services, open_services

FREE_BYTES = 1 << 30
CLEARED = "cleared by the register, or none is configured"


@dataclass(frozen=True)
class Finding:
    """One check: its name, whether it holds, and what to do when it does not."""

    name: str
    ok: bool
    detail: str


def add(subparsers: Any) -> None:
    """Add the command."""
    add_command(subparsers, "doctor", "Check the installation.", "preceptor doctor\npreceptor doctor --json", _run)


def _machine(settings: Settings) -> list[Finding]:
    findings = [
        Finding("python", sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}; 3.11 or newer is needed."),
    ]
    place = settings.home if settings.home.exists() else Path.cwd()
    free = shutil.disk_usage(place).free
    findings.append(
        Finding("disk", free > FREE_BYTES, f"{free // (1 << 20)} MiB free at {place}; at least 1024 MiB are advised.")
    )
    for tool, use in (("tesseract", "text of scanned pages"), ("chromium", "the browser tests")):
        there = shutil.which(tool) is not None
        findings.append(
            Finding(tool, True, "found" if there else f"not installed; only needed for {use}: `make system`.")
        )
    return findings


def _models(settings: Settings) -> list[Finding]:
    """A model that is missing or turned off is no fault: search goes on with words. One that is damaged is."""
    models = Models(settings.embedder, settings.model_threads, off=settings.models == "off")
    findings = list[Finding]()
    for name, found, without in (
        ("embedder", models.embedder(), "search goes on with words alone"),
        ("reranker", models.reranker(), "the thorough mode is not available"),
    ):
        if isinstance(found, NoModel):
            held = found.code == "model_off" or (found.code == "model_missing" and settings.embedder is None)
            findings.append(Finding(name, held, f"{found.text} [{found.code}]; {without}."))
        else:
            findings.append(Finding(name, True, f"{found.name}, digest checked"))
    return findings


async def _database(settings: Settings) -> list[Finding]:
    async def schema(services: Services) -> str:
        return f"{await pending(services.database)} migrations missing; `preceptor db migrate` applies them."

    async def role(services: Services) -> str:
        await check(services.database)
        return "the product's role owns nothing and bypasses nothing"

    async def keys(services: Services) -> str:
        return f"keys of {len(services.keys.tenants())} tenants"

    async def model(services: Services) -> str:
        address = services.llm.address if services.llm is not None else None
        found = await _uncleared(services, address, "model", "deidentified")
        return f"{found} They answer without it." if found else CLEARED

    async def key_service(services: Services) -> str:
        return await _uncleared(services, services.settings.vault_url, "keys", "nothing") or CLEARED

    async def log(services: Services) -> str:
        return await _troubled(services)

    checks: tuple[tuple[str, Callable[[Services], Awaitable[str]]], ...] = (
        ("schema", schema),
        ("database role", role),
        ("key file", keys),
        ("language model", model),
        ("key service", key_service),
        ("audit log", log),
    )
    findings = list[Finding]()
    try:
        async with open_services(settings, checked=False, pool_size=2) as services:
            for name, one in checks:
                try:
                    detail = await one(services)
                    findings.append(Finding(name, not detail[0].isdigit() or detail.startswith("0"), detail))
                except PreceptorError as error:
                    findings.append(Finding(name, False, error.text))
    except PreceptorError as error:
        findings.append(Finding("database", False, error.text))
    return findings


async def _uncleared(services: Services, address: str | None, kind: Kind, content: Content) -> str:
    """For how many tenants the register does not clear what is configured; empty when for none, or nothing is."""
    if address is None:
        return ""
    refused, today = list[Reason](), services.clock.now().date()
    for tenant in services.keys.tenants():
        async with tenant_transaction(services.database, tenant, "system:doctor", read_only=True) as tx:
            decision = decide(await covering(tx, address), address, kind, content, today)
        if isinstance(decision, Refused):
            refused.append(decision.reason)
    if not refused:
        return ""
    why = REASONS[max(set(refused), key=refused.count)]
    return f"{len(refused)} tenants have not cleared it. {why} See `preceptor vendor add --help`."


async def _troubled(services: Services) -> str:
    """For how many tenants the log is halted or its entries wait too long."""
    troubled, why = 0, ""
    for tenant in services.keys.tenants():
        async with tenant_transaction(services.database, tenant, "system:doctor", read_only=True) as tx:
            code = await halted(tx)
            if code is None and await waiting_seconds(tx, services.clock) > LATE_SECONDS:
                code = "audit_late"
        if code is not None:
            troubled, why = troubled + 1, CODES["log_halted" if code != "audit_late" else code]
    return (
        f"{troubled} tenants. {why} See `preceptor audit verify`." if troubled else "0 tenants' logs are halted or late"
    )


def _run(args: argparse.Namespace) -> int:
    settings = load()
    findings = _machine(settings) + _models(settings) + asyncio.run(_database(settings))
    held = all(f.ok for f in findings)
    if args.json:
        show({"ok": held, "checks": [vars(f) for f in findings]})
    else:
        for finding in findings:
            out(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name:14} {finding.detail}")
    return DONE if held else FAILED
