"""Identifiers broken by what is left of HTML, XML, RTF, mail and string encodings."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

MARKED = [
    ("<p>Mr. Jo<b>hn</b> Smi<i>th</i> came</p>", "Jo<b>hn", "Smi<i>th"),
    ("Mr.&nbsp;&#74;&#111;&#104;&#110;&#x20;Sm&#105;th came", "&#74;", "&#105;th"),
    ("Mr. &amp;#74;ohn Smith", "#74;ohn"),
    ("<div>MRN:</div><div>482<!-- x -->913</div>", "482", "913"),
    ("<patient><given>&#84;amika</given><family>Okafor</family></patient>", "&#84;amika"),
    ('<input name="n" value="Mr. &#74;ohn Sm&#105;th"> saved', "&#74;ohn", "Sm&#105;th"),
    (
        r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\pard\b Mr. Jo\b0 hn Sm\'edth\par MRN: 482\i 913\par}",
        r"Jo\b0 hn",
        r"482\i 913",
    ),
    (r"{\rtf1 Mr. Jos\u233? Garc\'eda\par}", r"Jos\u233?", r"Garc\'eda"),
    (r"remains \pard Mr. \b Jo\b0 hn Sm\'edth\par", r"Jo\b0 hn"),
    ("Mr.=20John=20Smi=\nth came, caf=C3=A9", "Smi=\nth"),
    ("patient=Mr.%20J%6Fhn%20Smith&x=1", "J%6Fhn"),
    (r"Note:\nMr. J\u006fhn Smith\nMRN: 4829\x313", r"J\u006fhn", r"4829\x313"),
    (r"OBX|1|TX|||Mr. J\X6F\hn Smith\.br\MRN: 482913", r"J\X6F\hn", "482913"),
    ("Mr. Mont-\ngomery Smi-\nth, cell 555-867-\n5309", "Mont-\ngomery", "5309"),
]


@pytest.mark.parametrize("case", MARKED, ids=lambda case: case[0][:24])
def test_what_markup_breaks_is_masked(case: tuple[str, ...]) -> None:
    assert hidden(*case)


KEPT = [
    "BP < 140/90 and HR > 60 & stable; K+ 4.1 <b>high</b> normal.",
    "SpO2=98 on room air, FiO2=40, D5%20 mEq KCl.",
    "<table><tr><td>7</td><td>8</td><td>9</td><td>2</td><td>6</td></tr></table>",
    r"{\rtf1\ansi{\fonttbl{\f0 Times New Roman;}{\f1 Helvetica;}}\f0 Continue lisinopril.\par}",
    r"see C:\notes\temp and \\share",
]


@pytest.mark.parametrize("text", KEPT)
def test_markup_alone_is_no_identifier(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "&", "&#", "&#x", "{\\rtf1{\\*", "%", "=", "\\", "\\'", "<b>{&"])
def test_unclosed_markup_ends(piece: str) -> None:
    assert hidden(f"MRN: 482913, 555-867-5309 {piece * 5000}", "482913", "5309")
