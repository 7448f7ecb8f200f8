"""Word documents: what is printed is read, what is hidden or deleted is not, and a hostile package is refused."""

from __future__ import annotations

import pytest
from tests.make_office import W, docx, paragraph, run, table

from preceptor.evidence.parsing.office import NotOffice, read_office


def test_headings_paragraphs_and_tables() -> None:
    found = read_office(
        docx(
            paragraph(run("Brace policy"), style="H1"),
            paragraph(run("A brace is covered "), run("once", "<w:b/>"), run(" in 24 months.")),
            table(("Code", "Limit"), ("L1832", "1 per 24 months")),
            title="Knee braces",
        )
    )
    assert found.text == (
        "# Brace policy\n\nA brace is covered once in 24 months.\n\n| Code | Limit |\n| L1832 | 1 per 24 months |\n"
    )
    assert found.title == "Knee braces" and not found.hidden


def test_hidden_and_deleted_words_do_not_come_through() -> None:
    deleted = "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
    inserted = f"<w:ins>{run('inserted')}</w:ins>"
    off = run(" shown", '<w:vanish w:val="0"/>')
    found = read_office(docx(paragraph(run("Seen "), run("secret", "<w:vanish/>"), deleted, inserted, off)))
    assert found.text == "Seen inserted shown\n"
    assert found.hidden == {"run_hidden": 6}


def test_comments_are_counted_and_not_shown() -> None:
    note = f'<w:comments {W}><w:comment w:id="0">{paragraph(run("do not tell"))}</w:comment></w:comments>'
    body = paragraph(run("Seen"), '<w:r><w:commentReference w:id="0"/></w:r>')
    found = read_office(docx(body, parts={"word/comments.xml": note}))
    assert found.text == "Seen\n" and found.hidden == {"comment": 9}


def test_footnotes_stand_behind_their_marks() -> None:
    note = f'<w:footnotes {W}><w:footnote w:id="2">{paragraph(run("Unless waived."))}</w:footnote></w:footnotes>'
    body = paragraph(run("Six visits"), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    found = read_office(docx(body, parts={"word/footnotes.xml": note})).text
    assert "Six visits[1]" in found and "1. Unless waived." in found


ENTITY = '<!DOCTYPE d [<!ENTITY a "x">]>'
HOSTILE: list[tuple[str, bytes, str]] = [
    ("not a zip", b"Hello", "docx_broken"),
    ("a zip without a document", docx(parts={}).replace(b"word/document.xml", b"word/documint.xml"), "docx_broken"),
    ("broken xml", docx(parts={"word/document.xml": "<w:document"}), "docx_broken"),
    ("an entity", docx(parts={"word/document.xml": f"{ENTITY}<w:document {W}/>"}), "docx_broken"),
    ("an entity in the title", docx(parts={"docProps/core.xml": f"{ENTITY}<c>&a;</c>"}), "docx_broken"),
    ("a bomb", docx(parts={"word/document.xml": b" " * (40 << 20)}), "docx_too_large"),
    ("cut off", docx(paragraph(run("x")))[:-40], "docx_broken"),
]


@pytest.mark.parametrize(("data", "code"), [(d, c) for _, d, c in HOSTILE], ids=[n for n, _, _ in HOSTILE])
def test_a_hostile_package_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(NotOffice) as caught:
        read_office(data)
    assert caught.value.code == code
