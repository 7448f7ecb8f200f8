"""Rules about every file of the repository: its size, and words that belong to one machine only."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.house import allowed
from tests.house.rules.tree import excepted

MOST_BYTES = 1_500_000
NOT_OURS = frozenset({".git", ".venv", ".preceptor", "node_modules", "build", "dist", "__pycache__"})

# Written so that this file does not match itself.
REGISTRY = re.compile(
    r"py" r"pi[.]org|python" r"hosted[.]org|npm" r"js[.](?:org|com)|crates[.]io|proxy[.]golang[.]org", re.I
)
MACHINE_PATH = re.compile(r"(?<![\w./~$}{-])/(?:work|root|home)/[\w.]+")


def listed(root: Path) -> list[Path]:
    """The files git tracks or would add; without git, every file outside the folders that are never committed."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return sorted(_walk(root))
    names = sorted({name for name in done.stdout.decode().split("\0") if name})
    return [root / name for name in names if (root / name).is_file()]


def _walk(root: Path) -> list[Path]:
    found: list[Path] = []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith("_cache")]
        found += [Path(folder) / name for name in names]
    return found


def large_files(root: Path, files: list[Path]) -> list[str]:
    """No file is larger than 1.5 MB."""
    return [f"{path.relative_to(root)}: {size} bytes" for path in files if (size := path.stat().st_size) > MOST_BYTES]


def machine_words(root: Path, files: list[Path]) -> list[str]:
    """No file names a package registry or a folder of the machine it was written on."""
    found: dict[str, list[str]] = {}
    for path in files:
        data = path.read_bytes()
        if b"\0" in data[:4096]:
            continue
        name = path.relative_to(root).as_posix()
        text = data.decode("utf-8", errors="replace")
        for match in [*REGISTRY.finditer(text), *MACHINE_PATH.finditer(text)]:
            line = text.count("\n", 0, match.start()) + 1
            found.setdefault(name, []).append(f"{name}:{line}: names {match[0]}")
    return excepted(found, allowed.MACHINE_WORDS)
