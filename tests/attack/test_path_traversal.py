"""Names that lead elsewhere: in addresses, upload names, zip members, document names and files a command writes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.doors.test_command_line import here, run  # noqa: F401 - the fixture is used by name
from tests.make import Tenant

WAYS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "..\\..\\etc\\passwd",
    "/etc/passwd",
    "%00/etc/passwd",
    "console.css%00.txt",
    "~/.ssh/id_rsa",
    "C:\\Windows\\win.ini",
)


def strays() -> set[Path]:
    """Files that an unpacked name that leads elsewhere would leave."""
    return {*Path("/tmp").glob("*outside*"), *Path("/").glob("absolute.md")}


async def test_no_address_leads_out_of_the_static_files(console: Console) -> None:  # noqa: F811
    async with httpx.AsyncClient(base_url=console.base) as client:
        assert (await client.get("/static/console.css")).status_code == 200
        for way in WAYS:
            for prefix in ("/static/", "/static/x/../", "/"):
                answer = await client.get(httpx.URL(console.base + prefix).copy_with(raw_path=(prefix + way).encode()))
                assert answer.status_code in (400, 401, 404), (way, answer.status_code)
                assert "root:" not in answer.text


async def test_upload_names_are_names_only(
    console: Console,  # noqa: F811
    tenant: Tenant,
    tmp_path: Path,
) -> None:
    text = b"# Canes\n\nA cane is replaced every 3 years when it is still needed.\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("../../outside.md", text)
        made.writestr("/absolute.md", text)
    link = await console.secret(tenant, "uploads", "operator", kind="signin")
    sent = {"origin": console.base}
    before = strays()
    async with httpx.AsyncClient(base_url=console.base, follow_redirects=True) as client:
        await client.post("/sign-in", data={"secret": link}, headers=sent)
        for way in WAYS:
            files = [("files", (way + ".md", text)), ("files", ("a.zip", archive.getvalue()))]
            answer = await client.post("/library/upload", files=files, headers=sent)
            assert answer.status_code in (200, 400, 422), way
            assert "archive_unsafe" in answer.text or "leads outside" in answer.text
    token = await console.secret(tenant, "lists", "reader")
    async with httpx.AsyncClient(base_url=console.base, headers={"authorization": f"Bearer {token}"}) as client:
        stored = json.dumps((await client.get("/api/v1/policy/documents")).json())
    assert "/etc" not in stored and ".." not in stored and "outside" not in stored and "absolute" not in stored
    after = strays()
    assert after == before


@pytest.mark.parametrize("way", WAYS)
def test_document_names_of_commands_open_no_file(here: tuple[Path, str], way: str) -> None:  # noqa: F811
    home, tenant = here
    for words in (
        ("policy", "show", way),
        ("policy", "remove", way),
        ("policy", "ask", "Is a cane covered?", "--document", way),
    ):
        done = run(home, *words, "--tenant", tenant)
        assert done.returncode in (2, 3), (words, done.stdout)
        assert "root:" not in done.stdout + done.stderr


def test_a_manifest_or_folder_that_leads_out_is_refused(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\nThe secret word of this file is quinsleywort and nothing else.\n")
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "link.md").symlink_to(secret)
    (folder / "manifest.json").write_text(json.dumps([{"path": "../secret.md"}, {"path": str(secret)}]))
    done = run(home, "policy", "add", str(folder), "--json", "--tenant", tenant)
    asked = run(home, "policy", "ask", "What is the secret word of this file?", "--json", "--tenant", tenant)
    assert "quinsleywort" not in done.stdout + asked.stdout
