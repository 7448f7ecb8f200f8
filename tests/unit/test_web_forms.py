"""Multipart forms as browsers send them: exact bytes, and nothing guessed from a form that is not one."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.errors import Invalid
from preceptor.web.forms import read_multipart

TYPE = 'multipart/form-data; boundary="b"'


@given(st.binary(max_size=300), st.text(max_size=40).filter(lambda t: "\r" not in t and "\n" not in t))
def test_what_a_client_sends_is_read_back_byte_for_byte(data: bytes, text: str) -> None:
    sent = httpx.Request("POST", "http://x/", data={"labels": text}, files=[("files", ("a.pdf", data))])
    form = read_multipart(sent.read(), sent.headers["content-type"])
    assert form.fields == {"labels": text}
    assert [(f.name, f.data) for f in form.files] == [("a.pdf", data)]


def test_several_files_and_a_field_given_twice() -> None:
    files = [("files", ("C:\\plans\\a%22b.pdf", b"1")), ("files", ("../../etc/b.md", b"\r\n--\r\n"))]
    sent = httpx.Request("POST", "http://x/", data={"version": ["1", "2"]}, files=files)
    form = read_multipart(sent.read(), sent.headers["content-type"])
    assert form.fields == {"version": "2"}
    assert [(f.name, f.data) for f in form.files] == [('a"b.pdf', b"1"), ("b.md", b"\r\n--\r\n")]


def test_a_file_field_left_empty_is_no_file() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n'
    assert read_multipart(body, TYPE).files == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"", TYPE),
        (b"--b\r\n", TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ncut off', TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n--b--', TYPE),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xff\r\n--b--', TYPE),
        (b'--b\r\nContent-Disposition: form-data; name="f"; filename="\x01"\r\n\r\nx\r\n--b--', TYPE),
        (b"--b--" + b"\r\n--b" * 400, TYPE),
        (b"--b--", "multipart/form-data"),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Invalid):
        read_multipart(body, content_type)
