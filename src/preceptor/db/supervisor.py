"""The process that owns the embedded PostgreSQL server: makes it, runs it, restarts it, stops it when unused."""

from __future__ import annotations

import fcntl
import logging
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

from preceptor.db.embedded import APP, DATABASE, OWNER, SUPER, Layout, binaries, layout, locked

LINGER_SECONDS = 5.0  # commands follow each other: do not stop and start between two of them
POLL_SECONDS = 0.25
STOP_SECONDS = 30.0
ALREADY_SERVED = 3

# What is logged never holds a row: terse errors (DETAIL prints key values), no parameters, no statements.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = 128MB
log_destination = 'stderr'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
log_statement = 'none'
timezone = 'UTC'
jit = off
"""


class Server:
    """One PostgreSQL server and the folders it lives in."""

    def __init__(self, place: Layout) -> None:
        self.place = place
        self.bin = binaries(place)
        self.process: subprocess.Popen[bytes] | None = None
        self.adopted: int | None = None

    def run(self, *command: str, **options: str) -> subprocess.CompletedProcess[bytes]:
        """Run one of PostgreSQL's programs as the server's user."""
        return subprocess.run(  # noqa: S603 - our own binaries
            [str(self.bin / command[0]), *command[1:]],
            capture_output=True,
            check=False,
            user=self.place.user,
            group=self._group(),
            extra_groups=[] if self.place.user else None,
            cwd=self.place.root,
            env=self._environment(),
            input=options.get("input", "").encode(),
        )

    def _group(self) -> int | None:
        return pwd.getpwnam(self.place.user).pw_gid if self.place.user else None

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def create(self) -> None:
        """initdb into a folder beside the final one, then rename: a crash in the middle leaves nothing half-made."""
        fresh = self.place.root / "data.new"
        if fresh.exists():
            _remove_tree(fresh)
        words = ["-D", str(fresh), "-U", SUPER, "-E", "UTF8", "--locale=C.UTF-8", "-k", "--auth=peer"]
        done = self.run("initdb", *words)
        if done.returncode != 0:
            raise SystemExit("initdb failed: " + done.stderr.decode(errors="replace")[-2000:])
        user = pwd.getpwuid(os.geteuid()).pw_name
        names = sorted({user, self.place.user or user})
        roles = (SUPER, OWNER, APP)
        ident = "".join(f"preceptor {name} {role}\n" for name in names for role in roles)
        self._write(fresh / "pg_ident.conf", ident)
        self._write(fresh / "pg_hba.conf", "local all all peer map=preceptor\n")
        configuration = CONFIGURATION.format(socket=self.place.socket)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(configuration)
        statements = (
            f"create role {OWNER} login;\n\n"
            f"create role {APP} login nosuperuser nobypassrls nocreatedb nocreaterole;\n\n"
            f"create database {DATABASE} owner {OWNER};\n\n"
            f"revoke all on database {DATABASE} from public;\n\n"
            f"grant connect on database {DATABASE} to {APP};\n\n"
        )
        done = self.run("postgres", "--single", "-j", "-D", str(fresh), "postgres", input=statements)
        if done.returncode != 0:
            raise SystemExit("bootstrap failed: " + done.stderr.decode(errors="replace")[-2000:])
        fresh.rename(self.place.data)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start the server, or adopt one that an earlier supervisor left behind when it was killed."""
        self.adopted = self._running_pid()
        if self.adopted is not None:
            return
        self.process = subprocess.Popen(  # noqa: S603 - our own binaries
            [str(self.bin / "postgres"), "-D", str(self.place.data)],
            stdin=subprocess.DEVNULL,
            user=self.place.user,
            group=self._group(),
            extra_groups=[] if self.place.user else None,
            cwd=self.place.root,
            env=self._environment(),
            start_new_session=True,
        )

    def _running_pid(self) -> int | None:
        try:
            pid = int((self.place.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.place.data).encode() in command else None

    def alive(self) -> bool:
        """Whether the server process exists."""
        if self.adopted is not None:
            return self._running_pid() == self.adopted
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Fast shutdown: sessions end, everything committed is on disk."""
        pid = self.adopted or (self.process.pid if self.process else None)
        if pid is None or not self.alive():
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self.alive():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)


def _remove_tree(path: Path) -> None:
    for child in path.iterdir():
        if child.is_dir() and not child.is_symlink():
            _remove_tree(child)
        else:
            child.unlink()
    path.rmdir()


def _unused(place: Layout) -> bool:
    """Whether no process shares the server, seen while nobody can join."""
    with locked(place.use_lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
        return alone


def supervise(home: Path) -> None:
    """Run the server until nobody has used it for LINGER_SECONDS. One supervisor a home: a kernel lock says so."""
    place = layout(home)
    with locked(place.supervisor_lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as first:
        if not first:
            raise SystemExit(ALREADY_SERVED)
        server = Server(place)
        if not (place.data / "PG_VERSION").exists():
            server.create()
        server.start()
        idle_since: float | None = None
        while True:
            time.sleep(POLL_SECONDS)
            if not server.alive():
                logging.warning("the server ended; starting it again")
                time.sleep(POLL_SECONDS)
                server.start()
            if not _unused(place):
                idle_since = None
                continue
            idle_since = idle_since or time.monotonic()
            if time.monotonic() - idle_since < LINGER_SECONDS:
                continue
            with locked(place.start_lock, fcntl.LOCK_EX | fcntl.LOCK_NB) as nobody_joins:
                if nobody_joins and _unused(place):
                    server.stop()
                    return


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(format="%(asctime)s %(message)s")
    supervise(Path(sys.argv[1]))
