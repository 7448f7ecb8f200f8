"""What kind of file it is."""

from pathlib import Path

import pytest

from preceptor.errors import Invalid
from preceptor.evidence.parsing.media import MARKDOWN, PDF, PLAIN, media_type_of


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", PDF),
        ("a.PDF", b"hello", PDF),  # believed, so that reading says pdf_not_pdf
        ("scan.txt", b"%PDF-1.4", PDF),  # what it is, not what it is called
        (Path("x/policy.md"), b"# Policy", MARKDOWN),
        ("policy.v2.markdown", b"", MARKDOWN),
        ("policy.txt", b"", PLAIN),
        ("notes.md", b"The header %PDF- is explained here", MARKDOWN),  # a text about PDF
    ],
)
def test_kinds(name, first, kind):
    assert media_type_of(name, first) == kind


@pytest.mark.parametrize("name", ["a.doc", "pdf", ".pdf.exe", "a", "a.xlsx", ".md", ".html"])
def test_other_files_are_refused(name):
    with pytest.raises(Invalid) as caught:
        media_type_of(name, b"PK\x03\x04")
    assert caught.value.code == "unsupported_media_type"
