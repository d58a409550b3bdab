"""Which process works on a run, so that it is not mistaken for another one with the same number."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class ProcessMark:
    """A process, recognised after a restart of its machine and from another machine.

    Attributes:
        pid: its number.
        host: name of its machine.
        boot: id of that machine's last start, empty where the system tells none.
        started: when the process began, in the system's own ticks; empty where the system tells none.
    """

    pid: int
    host: str = ""
    boot: str = ""
    started: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether it runs on another machine, where nobody can look from here."""
        return bool(self.host) and self.host != socket.gethostname()

    def lives(self) -> bool:
        """Whether this very process still runs; True on another machine, which has to say so itself."""
        if self.elsewhere:
            return True
        if self.pid < 1 or not _exists(self.pid) or _state(self.pid) == "Z":
            return False
        now = mark_of(self.pid)
        # After a restart, and after many processes, another one has this number.
        return self.boot in ("", now.boot) and self.started in ("", now.started)

    def memory(self) -> int:
        """Bytes of main memory that it holds now: 0 once it has ended, and where the system does not tell."""
        if self.elsewhere or not self.lives():
            return 0
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def mark_of(pid: int) -> ProcessMark:
    """The mark of a process of this machine."""
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    fields = _stat(pid)
    # Field 22 of /proc/PID/stat; the first two are cut off.
    return ProcessMark(pid, socket.gethostname(), boot, fields[19] if len(fields) > 19 else "")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _state(pid: int) -> str:
    """Letter of the process's state, Z for a dead one that its parent has not looked at; only Linux tells."""
    fields = _stat(pid)
    return fields[0] if fields else ""


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
