"""What every test shares: one thread a worker, no network, the same random numbers, CamVid's photographs."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = Path(tempfile.gettempdir()) / f"gald-viz-tests-{getattr(os, 'getuid', int)()}"


def _prepare_environment() -> None:
    """Set what torch, numba and Jupyter read when they are imported, here or in a process that a test starts."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Two workers with two threads each on two cores wait for one another.
        os.environ["OMP_NUM_THREADS"] = "1"
    # Without bytecode every process that a test starts compiles torch anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # UMAP's first call compiles for many seconds, the next run finds the machine code here.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(SCRATCH / "numba"))
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Each worker trains on "a machine of its own": a job of another one does not take its device.
    os.environ["GALD_LOCKS"] = str(SCRATCH / f"locks-{os.getpid()}")
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        os.environ[name] = str(SCRATCH / name.lower())


_prepare_environment()
settings.register_profile("gald", deadline=None, max_examples=20, derandomize=os.environ.get("CI") == "true")
settings.load_profile("gald")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers for the whole suite; none for a chosen part, which is done before a worker has imported torch."""
    return 2 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def camvid_root() -> Path:
    """Folder with CamVid's train and val, from GALD_DATA or beside the repository; skips without it."""
    data = os.environ.get("GALD_DATA")
    root = (Path(data).expanduser() if data else ROOT.parent / "shared" / "data") / "camvid"
    if not root.is_dir():
        pytest.skip("no CamVid photographs: set GALD_DATA to the folder that holds camvid/")
    return root
