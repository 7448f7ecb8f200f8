"""Every setting, read once from the environment, frozen, refused when unknown or out of range."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from preceptor.errors import Invalid

PREFIX = "PRECEPTOR_"


class Settings(BaseModel):
    """The settings. Each field is the environment variable PRECEPTOR_<NAME>; see docs/settings.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, Field(description="Folder of all state: keys, the embedded database, logs.")] = Path(
        ".preceptor"
    )
    database_url: Annotated[
        SecretStr | None,
        Field(description="An external PostgreSQL >= 15 for the product's role; without it the embedded one."),
    ] = None
    owner_database_url: Annotated[
        SecretStr | None,
        Field(description="The same database as the role that owns the schema; only `db migrate` uses it."),
    ] = None
    key_folder: Annotated[
        Path | None, Field(description="Folder of the key store, outside every backup of the database; `<home>/keys`.")
    ] = None
    kek_file: Annotated[
        Path | None,
        Field(description="File of the key-encryption key, in no backup of the key store; `<home>/kek/kek.json`."),
    ] = None
    vault_url: Annotated[
        str | None, Field(description="Address of a HashiCorp Vault or OpenBao whose Transit engine wraps the keys.")
    ] = None
    vault_token: Annotated[SecretStr | None, Field(description="Token it is asked with.")] = None
    vault_key: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="Name of the Transit key there.")
    ] = "preceptor"
    vault_mount: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_/-]{1,100}$", description="Path at which the Transit engine is mounted.")
    ] = "transit"
    vault_namespace: Annotated[str | None, Field(description="Namespace there, when it has some.")] = None
    token: Annotated[SecretStr | None, Field(description="API token the command line acts with.")] = None
    host: Annotated[str, Field(description="Address `serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port `serve` listens on; 0 takes a free one.")] = 8420
    public_url: Annotated[
        str | None, Field(description="Address people reach the console at, when a proxy stands before it.")
    ] = None
    allowed_hosts: Annotated[
        tuple[str, ...], Field(description="Hosts the product may call, comma separated; empty: none.")
    ] = ()
    question_limit: Annotated[int, Field(ge=100, le=100_000, description="Longest question, in characters.")] = 8_000
    parse_memory_mb: Annotated[
        int, Field(ge=128, le=16_384, description="Memory one document may take while it is read, MiB.")
    ] = 512
    parse_cpu_seconds: Annotated[
        int, Field(ge=5, le=3_600, description="CPU seconds one document may take while it is read.")
    ] = 120
    ocr_languages: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_]{2,20}(\+[A-Za-z_]{2,20}){0,7}$",
            description="Languages of scanned pages, by Tesseract's codes, joined by `+`.",
        ),
    ] = "eng"
    parse_pages: Annotated[int, Field(ge=1, le=100_000, description="Most pages of one document.")] = 3_000
    models: Annotated[
        Literal["on", "off"], Field(description="`off`: search by words alone; no embedding model is loaded.")
    ] = "on"
    embedder: Annotated[
        Path | None,
        Field(description="Folder of another embedding model: model.onnx, tokenizer.json, embedder.json with digests."),
    ] = None
    model_threads: Annotated[int, Field(ge=1, le=64, description="Threads one call of a model may take.")] = 2
    llm_url: Annotated[
        str | None,
        Field(description="Base address of a chat-completions endpoint that may point at lines; none: none is asked."),
    ] = None
    llm_model: Annotated[str | None, Field(description="Name of the model there.")] = None
    llm_key: Annotated[SecretStr | None, Field(description="Its key, sent as a bearer token.")] = None
    tls_cert: Annotated[
        Path | None, Field(description="Certificate chain `serve` shows, PEM; with PRECEPTOR_TLS_KEY.")
    ] = None
    tls_key: Annotated[Path | None, Field(description="Its private key, PEM, readable by its owner only.")] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Field(description="Addresses or networks (CIDR) of proxies that end TLS before us, comma separated."),
    ] = ()
    requests_per_minute: Annotated[
        int,
        Field(ge=1, le=1_000_000, description="Requests one caller may make a minute; a tenant may make ten times."),
    ] = 1_200
    requests_at_once: Annotated[
        int, Field(ge=1, le=10_000, description="Requests of one caller under way at once; of a tenant four times.")
    ] = 32
    anchor_file: Annotated[
        Path | None,
        Field(description="File on another path to which signed heads of the log are appended; none: no anchors."),
    ] = None
    anchor_seconds: Annotated[int, Field(ge=1, le=86_400, description="Seconds between two anchors, at least.")] = 60
    session_hours: Annotated[int, Field(ge=1, le=24, description="How long a console session lasts.")] = 8
    debug: Annotated[bool, Field(description="Print a Python traceback when a command fails inside.")] = False


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; Invalid `invalid_setting` names what is unknown or out of range."""
    given: dict[str, object] = {}
    for name, value in environ.items():
        if name.startswith(PREFIX):
            given[name.removeprefix(PREFIX).lower()] = value
    if isinstance(hosts := given.get("allowed_hosts"), str):
        given["allowed_hosts"] = tuple(h.strip() for h in hosts.split(",") if h.strip())
    if isinstance(proxies := given.get("trusted_proxies"), str):
        given["trusted_proxies"] = tuple(p.strip() for p in proxies.split(",") if p.strip())
    try:
        settings = Settings.model_validate({k: v for k, v in given.items() if v != ""})
    except ValidationError as error:
        names = sorted({PREFIX + str(e["loc"][0]).upper() + ": " + e["msg"] for e in error.errors()})
        raise Invalid("invalid_setting", "; ".join(names)) from None
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})
