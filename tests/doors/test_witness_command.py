"""`preceptor witness`: only a registered witness is asked, and what it cosigns is an anchor for `audit verify`."""

from __future__ import annotations

from pathlib import Path

from tests.doors.test_command_line import here, run  # noqa: F401 - the fixture is used by name
from tests.make_witness import Witness


def test_a_registered_witness_cosigns_and_the_verifier_takes_it(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    export, head, anchors = (str(tmp_path / name) for name in ("log", "head", "anchors"))
    told = ("audit", "export", "--out", export, "--checkpoint", head, "--tenant", tenant)
    assert run(home, *told).returncode == 0
    vkey = Path(head).read_text().split("\n")[0].removeprefix("vkey ")
    witness = Witness({vkey.split("+")[0]: vkey})
    try:
        words = ("witness", witness.url, "--key", witness.vkey, "--out", anchors, "--tenant", tenant)
        refused = run(home, *words)
        assert refused.returncode == 3 and "egress_refused" in refused.stderr and witness.asked == 0
        terms = ("--purpose", "cosigns", "--owner", "Security", "--region", "elsewhere", "--phi", "nothing")
        added = ("vendor", "add", "w", "--address", witness.url, "--kind", "witness", *terms, "--tenant", tenant)
        assert run(home, *added).returncode == 0
        assert run(home, "vendor", "review", "w", "--tenant", tenant).returncode == 0
        for _ in range(2):
            done = run(home, *words)
            assert done.returncode == 0, done.stderr
    finally:
        witness.stop()
    assert run(home, *told).returncode == 0
    verified = run(home, "audit", "verify", export, "--checkpoint", head, "--key", vkey, "--anchor", anchors)
    assert verified.returncode == 0, verified.stdout
