"""`make bench`: speed and memory on the sample policies, as ratios against a peer in the same run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run the benchmark of the policy assistant; other folders: `policy_assistant.py --docs DIR`."""
    command = [sys.executable, str(HERE / "policy_assistant.py"), "--docs", str(HERE.parent / "examples" / "policies")]
    return subprocess.run([*command, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
