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


HIDING = [
    ("white", '<w:color w:val="FFFFFF"/>', "same_colour"),
    ("tiny", '<w:sz w:val="2"/>', "tiny"),
    ("struck", "<w:strike/>", "struck"),
    ("a style", '<w:rStyle w:val="Ghost"/>', "run_hidden"),
]
GHOST = f'<w:styles {W}><w:style w:type="character" w:styleId="Ghost"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'


@pytest.mark.parametrize(("properties", "kind"), [(p, k) for _, p, k in HIDING], ids=[n for n, _, _ in HIDING])
def test_other_ways_to_hide(properties: str, kind: str) -> None:
    body = paragraph(run("Seen "), run("secret", properties))
    found = read_office(docx(body, parts={"word/styles.xml": GHOST}))
    assert found.text == "Seen\n" and found.hidden == {kind: 6}


def test_white_on_a_dark_ground_is_seen() -> None:
    dark = '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="000080"/>'
    assert read_office(docx(paragraph(run("Seen", dark)))).text == "Seen\n"


def test_a_raised_digit_joins_no_number() -> None:
    body = paragraph(run("limited to 6"), run("1", '<w:vertAlign w:val="superscript"/>'), run(" visits"))
    assert read_office(docx(body)).text == "limited to 6^1 visits\n"


def test_the_main_part_may_have_another_name_and_a_decoy_does_not_help() -> None:
    body = f"<w:document {W}><w:body>{paragraph(run('Seen '), run('secret', '<w:vanish/>'))}</w:body></w:document>"
    root = docx(paragraph(run("Decoy")), parts={"word/second.xml": body})
    moved = docx(
        paragraph(run("Decoy")),
        parts={
            "word/second.xml": body,
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Target="word/second.xml" Type="http://schemas.openxmlformats.org/officeDocument/'
            '2006/relationships/officeDocument"/></Relationships>',
        },
    )
    assert read_office(root).text == "Decoy\n"
    assert read_office(moved).text == "Seen\n"


ENTITY = '<!DOCTYPE d [<!ENTITY a "x">]>'
HOSTILE: list[tuple[str, bytes, str]] = [
    ("not a zip", b"Hello", "docx_broken"),
    ("a zip without a document", docx(parts={}).replace(b"word/document.xml", b"word/documint.xml"), "docx_broken"),
    ("broken xml", docx(parts={"word/document.xml": "<w:document"}), "docx_broken"),
    ("an entity", docx(parts={"word/document.xml": f"{ENTITY}<w:document {W}/>"}), "docx_broken"),
    (
        "a document type in UTF-16",
        docx(parts={"word/document.xml": f'<?xml version="1.0" encoding="UTF-16"?>{ENTITY}<d/>'.encode("utf-16")}),
        "docx_broken",
    ),
    ("an entity among the styles", docx(parts={"word/styles.xml": f"{ENTITY}<w:styles {W}/>"}), "docx_broken"),
    ("an entity in the title", docx(parts={"docProps/core.xml": f"{ENTITY}<c>&a;</c>"}), "docx_broken"),
    ("a bomb", docx(parts={"word/document.xml": b" " * (40 << 20)}), "docx_too_large"),
    ("cut off", docx(paragraph(run("x")))[:-40], "docx_broken"),
]


@pytest.mark.parametrize(("data", "code"), [(d, c) for _, d, c in HOSTILE], ids=[n for n, _, _ in HOSTILE])
def test_a_hostile_package_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(NotOffice) as caught:
        read_office(data)
    assert caught.value.code == code
