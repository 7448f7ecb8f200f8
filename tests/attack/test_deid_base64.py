"""Identifiers inside encoded data, whose content is not looked at: the data goes whole."""

from __future__ import annotations

import base64

import pytest
from tests.view_case import hidden, masked

from preceptor.deid.view_blobs import blobs

NOTE = b"Patient John Smith, MRN 482913, born 04/12/1957, seen by Dr. Garcia for follow-up of asthma."


@pytest.mark.parametrize(
    "data",
    [
        base64.b64encode(NOTE).decode(),
        base64.urlsafe_b64encode(NOTE).decode().rstrip("="),
        base64.encodebytes(NOTE * 3).decode().strip(),
        base64.b32encode(NOTE).decode(),
        NOTE.hex(),
        NOTE.hex(" "),
        NOTE.hex(":").upper(),
        "data:text/plain;base64," + base64.b64encode(b"John").decode(),
    ],
)
def test_encoded_data_goes_whole(data: str) -> None:
    assert hidden(f"Attachment: {data}\nEnd of note", data[:12], data[-24:-4])
    assert masked(f"Attachment: {data}\nEnd of note").endswith("\nEnd of note")


def test_a_quoted_mail_attachment_goes_whole() -> None:
    lines = base64.encodebytes(NOTE * 4).decode().split()
    text = "> " + "\n> ".join(lines) + "\n\nRegards"
    assert all(line not in masked(text) for line in lines)


def test_quoted_printable_wraps_of_base64_go_whole() -> None:
    lines = base64.encodebytes(NOTE * 4).decode().split()
    assert len(list(blobs("=\n".join(lines)))) == 1


def test_ordinary_long_words_stay() -> None:
    text = "ACGTTGCA" * 12 + " " + "-" * 80 + " methyl" * 3 + "ethylpropylbutylpentylhexylheptyloctylnonyldecylundecyl"
    assert list(blobs(text)) == []
