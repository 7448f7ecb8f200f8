"""`make bench`: speed, memory and quality, as ratios against peers in the same run.

    python benchmarks/run.py [policy | deid | adversarial | retrieval] [options of that benchmark]

Without a name the first three run: the policy assistant on the sample policies, the de-identifier on generated
documents beside the peers whose environments exist, and the de-identifier on texts made to be slow. `retrieval`, the
product's search beside a peer's, runs only when it is named: its options must give documents and questions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BENCHMARKS: dict[str, list[str]] = {
    "policy": ["benchmarks/policy_assistant.py", "--docs", "examples/policies"],
    "deid": ["-m", "benchmarks.deid", "--context"],
    "adversarial": ["-m", "benchmarks.deid_adversarial", "--mb", "0.2"],
}
NAMED: dict[str, list[str]] = {"audit": ["-m", "benchmarks.audit"], "retrieval": ["-m", "benchmarks.policy_retrieval"]}
"""Run only by name."""


def main() -> int:
    """Run the benchmark that is named, or all of them; the exit code is that of the first that failed."""
    known = BENCHMARKS | NAMED
    named = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] in known else None
    if sys.argv[1:] and not named:
        print(f"Name a benchmark before its options: {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = 0
    for name in [named] if named else BENCHMARKS:
        print(f"== {name}", flush=True)
        command = [sys.executable, *known[name], *sys.argv[2:]]
        failed = failed or subprocess.run(command, check=False, cwd=ROOT).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
