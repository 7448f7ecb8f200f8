"""The log beside plain inserts and plain hashing, in one run: single acts, grouped reads, verification of an export.

    python -m benchmarks.audit [--acts 3000] [--leaves 200000]

Every figure is a rate on this machine and a ratio to its peer in the same run: a plain insert of the same bytes into a
table without triggers, keys or row-level security; `hashlib` over the same leaves.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.access.caller import Caller
from preceptor.audit.checkpoint import sign, verifier_key
from preceptor.audit.events import record
from preceptor.audit.formats import checkpoint_file, export_line, parse_line
from preceptor.audit.grouped import GroupedReads
from preceptor.audit.leaf import Entry, decode, encode, leaf_hash
from preceptor.audit.merkle import Frontier, root_of
from preceptor.audit.sequencer import advance, origin
from preceptor.audit.verify import verify_export
from preceptor.cli.installation import ensure_tenant
from preceptor.clock import Clock, SystemClock
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

TENANT = "bench"
AT_ONCE = 64
CALLER = Caller(TENANT, "account:bench", frozenset({"operator"}))


def an_entry(clock: Clock) -> Entry:
    """An entry as the view of a page leaves it."""
    subject = {"version": str(clock.new_id()), "page": "1", "shown": "text"}
    return Entry(clock.new_id(), TENANT, clock.now(), CALLER.actor, "document:view", "operations", "done", subject, {})


async def rate(count: int, act: Callable[[], Awaitable[object]]) -> float:
    """Acts a second, `AT_ONCE` under way."""
    left = count
    began = time.perf_counter()

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await act()

    await asyncio.gather(*[work() for _ in range(AT_ONCE)])
    return count / (time.perf_counter() - began)


async def appends(services: Services, acts: int) -> dict[str, float]:
    """Single acts, each its own commit; grouped reads; plain inserts of the same size, each its own commit."""
    await ensure_tenant(services, TENANT, "Benchmark")
    async with owner_connection(services.database) as owner:
        await owner.execute("create table plain (id uuid, at timestamptz, event text, actor text, leaf bytea, h bytea)")
        await owner.execute("grant insert on plain to preceptor_app")
    clock = services.clock
    leaf = encode(
        Entry(clock.new_id(), TENANT, clock.now(), CALLER.actor, "document:view", "operations", "done", {}, {})
    )

    async def plain() -> None:
        async with services.database.pool.acquire() as connection, connection.transaction():
            sql = "insert into plain values ($1, $2, $3, $4, $5, $6)"
            await connection.execute(
                sql, clock.new_id(), clock.now(), "document:view", CALLER.actor, leaf, leaf_hash(leaf)
            )

    async def single() -> None:
        async with tenant_transaction(services.database, TENANT, CALLER.actor) as tx:
            await record(tx, clock, CALLER, "document:view", subject={"version": str(clock.new_id()), "page": "1"})

    reads = GroupedReads(services.database, clock)

    async def grouped() -> None:
        await reads.record(CALLER, "document:view", subject={"version": str(clock.new_id()), "page": "1"})

    found = {"plain inserts/s": await rate(acts, plain), "single acts/s": await rate(acts, single)}
    found["grouped reads/s"] = await rate(4 * acts, grouped)
    found["plain inserts/s, again"] = await rate(acts, plain)
    began = time.perf_counter()
    head = await advance(services.database, clock, services.keys.get(TENANT))
    found["placed in the tree/s"] = head.size / (time.perf_counter() - began)
    return found


def verification(count: int) -> dict[str, float]:
    """An export of `count` leaves in memory: parsing, the rest of the check, and hashing alone."""
    clock, found = SystemClock(), dict[str, float]()
    leaves = [encode(an_entry(clock)) for _ in range(count)]

    key = Ed25519PrivateKey.generate()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    note = sign(key, origin(TENANT), count, root_of(hashes))
    vkey = verifier_key(origin(TENANT), key.public_key())
    lines = [export_line(n, leaf) for n, leaf in enumerate(leaves)]

    def timed(name: str, act: Callable[[], object]) -> None:
        began = time.process_time()
        act()
        found[name] = count / (time.process_time() - began)

    timed("hashlib alone, leaves/s", lambda: [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves])
    timed("hashes and tree, leaves/s", lambda: Frontier().extend(leaf_hash(leaf) for leaf in leaves).root())
    timed("lines parsed/s", lambda: [parse_line(line) for line in lines])
    timed("leaves decoded/s", lambda: [decode(leaf) for leaf in leaves])
    report = None

    def whole() -> None:
        nonlocal report
        report = verify_export(lines, checkpoint_file(vkey, note), vkey)

    timed("whole verification, leaves/s", whole)
    assert report is not None and report.ok
    return found


async def main() -> None:
    """Print both as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--acts", type=int, default=3_000)
    parser.add_argument("--leaves", type=int, default=200_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preceptor-bench-") as home:
        async with open_services(Settings(home=Path(home)), pool_size=16) as services:
            found = await appends(services, args.acts)
    found |= verification(args.leaves)
    plain = (found["plain inserts/s"] + found["plain inserts/s, again"]) / 2
    found["single acts : plain inserts"] = found["single acts/s"] / plain
    found["grouped reads : plain inserts"] = found["grouped reads/s"] / plain
    found["hashes and tree : hashlib"] = found["hashes and tree, leaves/s"] / found["hashlib alone, leaves/s"]
    print(json.dumps({"cores": os.cpu_count(), **{k: round(v, 2) for k, v in found.items()}}, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
