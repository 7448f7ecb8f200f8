"""`preceptor db`: apply the migrations, say where the schema stands."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from preceptor.cli.command import DONE, FAILED, add_command, add_group, out, show
from preceptor.db.migrate import migrate, pending
from preceptor.settings import load
from preceptor.wiring import open_services


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "db", "The database schema.", "preceptor db migrate")
    add_command(
        group,
        "migrate",
        "Apply the migrations that are missing. An external database needs PRECEPTOR_OWNER_DATABASE_URL.",
        "preceptor db migrate",
        _migrate,
    )
    add_command(group, "status", "Whether migrations are missing (exit 1).", "preceptor db status --json", _status)


def _migrate(args: argparse.Namespace) -> int:
    async def main() -> int:
        async with open_services(load(), checked=False) as services:
            applied = await migrate(services.database)
        names = [f"{m.number:04d}_{m.name}" for m in applied]
        if args.json:
            show({"applied": names})
        else:
            out("applied: " + (", ".join(names) or "nothing, the schema is up to date"))
        return DONE

    return asyncio.run(main())


def _status(args: argparse.Namespace) -> int:
    async def main() -> int:
        async with open_services(load(), checked=False) as services:
            missing = await pending(services.database)
        if args.json:
            show({"pending": missing})
        else:
            out(f"{missing} migrations missing" if missing else "up to date")
        return FAILED if missing else DONE

    return asyncio.run(main())
