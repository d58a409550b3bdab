"""What a result was made with: versions, commit, hardware."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

import torch

_LIBRARIES = ("torch", "torchvision", "timm", "lightning", "numpy")


def provenance() -> dict[str, Any]:
    """Date, git commit (empty outside a checkout), library versions and hardware as plain values."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "hardware": hardware(),
    }


def hardware() -> dict[str, Any]:
    """Processor, cores, threads and GPU."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return {"cpu": _cpu_name(), "cores": os.cpu_count(), "threads": torch.get_num_threads(), "gpu": gpu}


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
