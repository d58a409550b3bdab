"""One job a device: the second is refused, or waits for its turn.

The lock is the operating system's: it goes with its process, however that ends, and so does not outlive a restart.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from models.training.run_folder import RunFolder

# Whether a job shares its device with others, is refused while another has it, or waits.
SHARE, REFUSE, WAIT = "share", "refuse", "wait"
LOCKS = "GALD_LOCKS"
_PAUSE = 0.5  # seconds between two looks


@contextmanager
def turn_on(devices: Sequence[str], run: RunFolder, if_taken: str = REFUSE) -> Generator[None]:
    """Hold all devices while the block runs; the run is ``queued`` while it waits for one.

    Args:
        devices: as devices_of gives them, in an order that is the same for all jobs.
        run: told to whoever finds a device taken.
        if_taken: SHARE, REFUSE or WAIT.

    Raises:
        ValueError: if another job of this user and machine has one of them, and if_taken is REFUSE.
    """
    with ExitStack() as held:
        if if_taken != SHARE:
            # Two jobs never wait for each other: both take their devices in the same order.
            for device in devices:
                held.enter_context(_held(device, run, if_taken))
        yield


@contextmanager
def _held(device: str, run: RunFolder, if_taken: str) -> Generator[None]:
    with _file(device).open("a+") as file:
        if not _lock(file) and not _lock_after_a_look(file):
            if if_taken == REFUSE:
                raise ValueError(_refusal(device))
            run.set_status("queued", reason=f"waits until {holder(device) or 'another job'} leaves {device}.")
            while not _lock(file):
                time.sleep(_PAUSE)
        file.truncate(0)
        file.write(json.dumps({"run": str(run.path.resolve()), "pid": os.getpid()}))
        file.flush()
        yield


def holder(device: str) -> str:
    """Who has the device: "the run FOLDER (process PID)"; empty when it is free."""
    with _file(device).open("a+") as file:
        if _lock(file):
            return ""
        file.seek(0)
        try:
            found = json.loads(file.read())
        except ValueError:
            return "another job"
    return f"the run {found['run']} (process {found['pid']})"


def check_free(devices: Sequence[str]) -> None:
    """Refuse to take devices that a job has.

    Raises:
        ValueError: that names its run and the ways out.
    """
    for device in devices:
        if holder(device):
            raise ValueError(_refusal(device))


def _refusal(device: str) -> str:
    return (
        f"device {device} is taken by {holder(device) or 'another job'}; wait until it ends, stop it, "
        "choose another device, or queue behind it with --wait."
    )


def _file(device: str) -> Path:
    default = Path(tempfile.gettempdir()) / f"gald-locks-{getattr(os, 'getuid', int)()}"
    folder = Path(os.environ.get(LOCKS) or default)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{device.replace(':', '-')}.lock"


def _lock_after_a_look(file: TextIO) -> bool:
    """A second try: whoever asks for the holder has the lock for a moment too."""
    time.sleep(_PAUSE / 5)
    return _lock(file)


def _lock(file: TextIO) -> bool:
    """Take the lock; False when another process has it."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
