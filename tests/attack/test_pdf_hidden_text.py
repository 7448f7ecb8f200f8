"""Words of a PDF that a reader cannot see: each way of hiding them has its kind, is counted and leaves the text."""

import pytest
from tests.make_pdf import Sheet, make_pdf, text_at, write

from preceptor.evidence.parsing.media import PDF
from preceptor.evidence.parsing.reader import read_document

SEEN = text_at(72, 700, "Visible policy text.")
SECRET = "Secret order"
PAINT = b"q .1 .1 .7 rg 60 590 400 30 re f Q "
IMAGE = b"q 400 0 0 30 60 590 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x30 EI Q "
STATES = b"/ExtGState<</G0<</ca 0>>>>"

CASES = {
    "render_mode": text_at(72, 600, SECRET, before="3 Tr"),
    "tiny": text_at(72, 600, SECRET, size=1.5),
    "off_page": text_at(700, 600, SECRET),
    "transparent": text_at(72, 600, SECRET, before="/G0 gs"),
    "same_colour": text_at(72, 600, SECRET, before="1 g"),
    "same_colour on paint": PAINT + text_at(72, 600, SECRET, before=".1 .1 .7 rg"),
    "same_colour on an image": IMAGE + text_at(72, 600, SECRET, before="0.188235 g"),
    "same_colour outlined": text_at(72, 600, SECRET, before="1 G 1 Tr"),
    "covered": text_at(72, 600, SECRET) + PAINT,
    "covered black": text_at(72, 600, SECRET) + b"q 60 590 400 30 re f Q ",
    "covered by an image": text_at(72, 600, SECRET) + IMAGE,
    "clipped": b"q 0 0 10 10 re W n " + text_at(72, 600, SECRET) + b"Q ",
    "same_colour in a form": b"/X0 Do ",
    "clipped by a form": b"q 1 0 0 1 0 900 cm /X1 Do Q ",
}


async def _page(content: bytes, resources: bytes = STATES, crop: tuple[float, float, float, float] | None = None):
    forms = [(text_at(72, 600, SECRET, before="1 g"), b""), (text_at(72, -300, SECRET), b"")]
    data = make_pdf([Sheet(SEEN + content, resources=resources, crop=crop)], forms=forms)
    (page,) = [page async for page in read_document(data, PDF)]
    return page


@pytest.mark.parametrize("case", CASES)
async def test_it_is_left_out_and_counted_by_kind(case):
    page = await _page(CASES[case])
    assert page.text.strip() == "Visible policy text."
    assert page.hidden == {case.split()[0]: len(SECRET.replace(" ", ""))}


async def test_outside_the_crop_box():
    page = await _page(text_at(72, 600, SECRET), crop=(0, 650, 612, 792))
    assert page.text.strip() == "Visible policy text."
    assert page.hidden == {"off_page": len(SECRET.replace(" ", ""))}


async def test_kinds_are_counted_apart():
    page = await _page(CASES["tiny"] + text_at(72, 500, "Other", before="3 Tr"))
    assert page.hidden == {"render_mode": 5, "tiny": len(SECRET.replace(" ", ""))}


@pytest.mark.parametrize("state", [b"ON", b"OFF"])
async def test_a_layer_that_is_switched_off(state):
    content = SEEN + b"/OC /O0 BDC " + text_at(72, 600, SECRET) + b"EMC "
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[6 0 R]/D<</%s[6 0 R]>>>>>>" % state,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>/Properties<</O0 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/OCG/Name(Layer)>>",
    ]
    (page,) = [page async for page in read_document(write(bodies, 1), PDF)]
    assert (SECRET in page.text) is (state == b"ON")
    assert page.hidden == ({} if state == b"ON" else {"layer_off": len(SECRET.replace(" ", ""))})
