"""A witness over real HTTP: it cosigns what continues its head, and what was set back or forked is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.audit_case import Log, key_of, leaf_of
from tests.make_witness import Witness

from preceptor.audit.anchors import append_anchor
from preceptor.audit.checkpoint import parse_note
from preceptor.audit.leaf import leaf_hash
from preceptor.audit.verify import verify_export
from preceptor.audit.witness import cosign, cosigned_at, parse_witness_key
from preceptor.errors import IntegrityFailure, Invalid, PreceptorError, Unavailable
from preceptor.net import Outbound

LOG = Log(tuple(leaf_of(n) for n in range(40)), key_of(1))
HERE = {"127.0.0.1"}


@pytest.fixture
def witness() -> Iterator[Witness]:
    server = Witness({LOG.origin: LOG.vkey})
    yield server
    server.stop()


async def free() -> None:
    """The register lets it pass."""


async def submit(witness: Witness, log: Log, size: int) -> str:
    out = Outbound(HERE, plain=HERE, loopback=True)
    hashes = [leaf_hash(leaf) for leaf in log.leaves[:size]]
    try:
        return await cosign(out, free, witness.url, parse_witness_key(witness.vkey), log.note(size), hashes)
    finally:
        await out.close()


async def test_heads_are_cosigned_in_order_and_serve_as_anchors(witness: Witness, tmp_path: Path) -> None:
    key, path = parse_witness_key(witness.vkey), tmp_path / "anchors"
    for size in (7, 7, 8, 21, 40):
        note = await submit(witness, LOG, size)
        assert cosigned_at(parse_note(note), key) == 1_764_000_000
        append_anchor(path, note)
    report = verify_export(LOG.lines, LOG.head(), LOG.vkey, [path.read_text()])
    assert report.ok and report.anchors == 4
    altered = note.replace("\n40\n", "\n41\n")
    assert cosigned_at(parse_note(altered), key) is None


async def test_a_log_set_back_or_forked_is_said(witness: Witness) -> None:
    await submit(witness, LOG, 21)
    with pytest.raises(IntegrityFailure, match="set back"):
        await submit(witness, LOG, 20)
    forked = Log((*LOG.leaves[:15], leaf_of(99), *LOG.leaves[16:]), LOG.key)
    with pytest.raises(IntegrityFailure, match="forked"):
        await submit(witness, forked, 40)
    assert cosigned_at(parse_note(await submit(witness, LOG, 40)), parse_witness_key(witness.vkey))


async def test_a_witness_that_does_not_know_us_or_lies_is_refused(witness: Witness) -> None:
    for log in (Log(LOG.leaves, key_of(2)), Log(LOG.leaves, LOG.key, "preceptor.local/other")):
        with pytest.raises(Unavailable) as caught:
            await submit(witness, log, 10)
        assert caught.value.code == "witness_refused"
    witness.lies = True
    with pytest.raises(Unavailable, match="hold"):
        await submit(witness, LOG, 10)


async def test_nothing_is_sent_without_leave(witness: Witness) -> None:
    async def refused() -> None:
        raise Unavailable("address_refused")

    out = Outbound(HERE, plain=HERE, loopback=True)
    with pytest.raises(PreceptorError):
        await cosign(out, refused, witness.url, parse_witness_key(witness.vkey), LOG.note(5), [])
    assert witness.asked == 0
    await out.close()


@pytest.mark.parametrize("vkey", ["", "x", LOG.vkey, "name+00000000+BAAA", "a b+12345678+" + "A" * 44])
def test_only_a_key_of_a_witness_is_taken(vkey: str) -> None:
    with pytest.raises(Invalid):
        parse_witness_key(vkey)
