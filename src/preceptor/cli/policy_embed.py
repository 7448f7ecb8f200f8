"""`preceptor policy embed`: gives the passages of new documents their vectors, with a bar."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from tqdm import tqdm

from preceptor.cli.command import DONE, FAILED, Context, add_command, note, out, problem, show
from preceptor.errors import PreceptorError
from preceptor.evidence.embed import Embedded, embed_pending
from preceptor.evidence.embedding.files import NoModel


def add(group: Any) -> None:
    """Add the command below `preceptor policy`."""
    add_command(
        group,
        "embed",
        "Give passages their vectors, so that they are found by meaning too. `serve` and `policy add` do it as well;"
        " stopped in the middle, it goes on from there.",
        "preceptor policy embed",
        _embed,
    )


async def _embed(context: Context) -> int:
    done = await embed_with_bar(context)
    if isinstance(done, NoModel):
        if context.args.json:
            show({"error": {"code": done.code, "message": done.text}})
        note(f"preceptor: {done.text} Search goes on with words alone. [{done.code}]")
        return FAILED
    if context.args.json:
        show({"versions": done.versions, "passages": done.passages})
    else:
        out(f"{done.passages} passages got vectors; {done.versions} documents are now found by meaning too")
    return DONE


async def embed_added(context: Context) -> None:
    """After `policy add`: what fails here leaves the documents searchable by words, and says so."""
    try:
        done = await embed_with_bar(context)
    except PreceptorError as error:
        note(f"the documents are in; their vectors follow later: {problem(error)['message']} [{error.code}]")
        return
    if isinstance(done, NoModel):
        note(f"the documents are found by words alone: {done.text} [{done.code}]")


async def embed_with_bar(context: Context) -> Embedded | NoModel:
    """Embed what waits, with a bar on standard error where somebody looks."""
    services = context.services
    embedder = await asyncio.to_thread(services.models.embedder)
    if isinstance(embedder, NoModel):
        return embedder
    with tqdm(desc="vectors", unit="passage", file=sys.stderr, disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        keys = services.keys.get(context.caller.tenant)
        return await embed_pending(services.database, services.clock, keys, context.caller, embedder, progress)
