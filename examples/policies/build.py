"""Compile the sample policies from their Typst sources to PDF.

    python examples/policies/build.py            writes the PDFs beside this file
    python examples/policies/build.py DIR        writes them below DIR (the test compares them with the committed ones)

The same sources give the same bytes on every machine: the only fonts are those embedded in the pinned compiler,
the document date is the effective date in the source, and no clock is read. The Markdown and plain text documents
are sources themselves and are not touched.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent

SOURCES: dict[str, str] = {
    "lumbar-mri.pdf": "lumbar-mri.typ",
    "cpap-osa.pdf": "cpap-osa.typ",
    "2025/cgm.pdf": "cgm-2025.typ",
    "2026/cgm.pdf": "cgm-2026.typ",
    "adalimumab-ra.pdf": "adalimumab-ra.typ",
    "home-oxygen.pdf": "home-oxygen.typ",
    "pt-extension.pdf": "pt-extension.typ",
    "um-procedures.pdf": "um-procedures.typ",
    "appeals-grievances.pdf": "appeals-grievances.typ",
    "claims-filing.pdf": "claims-filing.typ",
}
"""PDF, relative to this folder → its source in `src/`. Two versions of one policy share their file stem."""


def build(target: Path) -> list[Path]:
    """Compile every source to a tagged PDF (PDF/UA-1) below `target` and return the files written."""
    written: list[Path] = []
    for place, (pdf, source) in enumerate(SOURCES.items(), start=1):
        print(f"[{place}/{len(SOURCES)}] {pdf}", file=sys.stderr)
        # One compiler a document: a shared one would answer from its cache whatever changed on disk.
        compiler = typst.Compiler(root=str(HERE / "src"), ignore_system_fonts=True)
        out = target / pdf
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(compiler.compile(str(HERE / "src" / source), format="pdf", pdf_standards=["ua-1"]))
        written.append(out)
    return written


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
