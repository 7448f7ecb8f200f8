"""fhirkit-rs as a peer of the FHIR validation benchmark: a resource a line in, `valid seconds` a line out.

Run it with the interpreter of `.peers/fhirkit`. It opens no connection.
"""

from __future__ import annotations

import sys
import time

import fhirkit


def main() -> None:
    """Every line of standard input."""
    for line in sys.stdin.buffer:
        began = time.perf_counter()
        try:
            valid = not any(issue.severity == "error" for issue in fhirkit.validate(line))
        except ValueError:
            valid = False
        print(int(valid), f"{time.perf_counter() - began:.7f}")


if __name__ == "__main__":
    main()
