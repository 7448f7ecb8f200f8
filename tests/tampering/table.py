"""The table of `docs/audit-format.md`: every attempt, and what the verifier says to three kinds of readers."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from preceptor.audit.verify import Report
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services
from tests.make import make_tenant
from tests.tampering.attempts import ATTEMPTS, attempt

PAGE = Path(__file__).parents[2] / "docs" / "audit-format.md"
BEGIN, END = "<!-- tampering: begin -->\n", "<!-- tampering: end -->"


def cell(report: Report) -> str:
    """What a reader is told: found at a row, between two numbers, as a whole, or nothing."""
    if report.ok:
        return "**not found**"
    if report.first_bad is not None:
        return f"`{report.reason}`, row {report.first_bad}"
    if report.between is not None:
        return f"`{report.reason}`, rows {report.between[0]}–{report.between[1] - 1}"
    return f"`{report.reason}`"


async def table(services: Services, prefix: str) -> str:
    """The table; tenants named `prefix`-n are made for it."""
    lines = [
        "| tried | with pinned key and anchors | with pinned key alone | with the export alone |",
        "|---|---|---|---|",
    ]
    for number, act in enumerate(ATTEMPTS):
        found = await attempt(services, await make_tenant(services, f"{prefix}-{number}"), act)
        cells = [cell(found[reader]) for reader in ("key and anchors", "key alone", "neither")]
        lines.append(f"| {act.__doc__} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def written() -> str:
    """The table as the page has it."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


async def _main() -> None:
    with tempfile.TemporaryDirectory(prefix="preceptor-tampering-") as home:
        async with open_services(Settings(home=Path(home))) as services:
            made = await table(services, "tampered")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + made + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_main())
