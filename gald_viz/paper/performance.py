"""docs/performance.md: its tables are set from what benchmarks wrote, so that no number stands there by hand.

A record is the answer of ``gald bench NAME`` with its date, the command and the machine's load, in
docs/performance/NAME.json. A table stands between two comments that name the record.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gald_viz.paper.at_scale import SCALE_COLUMNS, at_scale

# Name of a record -> words behind ``gald bench``.
RECORDS: dict[str, str] = {
    "local-attention": "local-attention",
    "attention": "attention --repeats 3",
    "local-distribution": "local-distribution --repeats 9",
    "growth": "growth --repeats 3",
    "metrics": "metrics --repeats 5",
    "index": "index --repeats 9",
    "training-loop": "training-loop --repeats 15",
    "local-attention-cuda": "local-attention --device cuda --repeats 20",
    "training-loop-cuda": "training-loop --device cuda --preset galdv2-r101 --side 512 --batch 8 --repeats 50",
}
# Records that another command writes, which needs a browser.
WRITTEN = {"explorer": "uv run python -m apps.measure_latency --out docs/performance/explorer.json"}
SCALE = "at-scale"  # the block that is computed from all records
# Columns of a table: key of a row -> heading; numbers come with three digits, bytes in MiB.
COLUMNS: dict[str, dict[str, str]] = {
    "local-attention": {
        **{"implementation": "", "pass": "pass", "seconds": "s", "spread": "spread", "speedup": "times as fast"},
        **{"speedup_low": "lowest", "speedup_high": "highest", "extra_bytes": "MiB", "memory_ratio": "memory ratio"},
    },
    "attention": {
        **{"device": "device", "size": "size", "implementation": "block", "seconds": "s", "spread": "spread"},
        **{"extra_bytes": "MiB", "speedup": "times as fast", "memory_ratio": "memory ratio"},
    },
    "local-distribution": {
        **{"network": "network", "seconds": "s", "spread": "spread", "ratio": "time ratio", "ratio_low": "lowest"},
        **{"ratio_high": "highest", "ld_share": "LD alone", "published": "paper, V100", "memory_ratio": "memory ratio"},
        **{"params_ratio": "parameters", "macs_ratio": "MACs"},
    },
    "growth": {
        **{"operator": "operator", "kind": "", "claim": "claim", "time": "time", "time_low": "from", "time_high": "to"},
        **{"memory": "memory", "largest": "largest map"},
    },
    "metrics": {
        **{"task": "task", "seconds": "s", "spread": "spread"},
        **{"ratio": "ratio", "ratio_low": "lowest", "ratio_high": "highest"},
    },
    "index": {
        **{"task": "task", "seconds": "s", "spread": "spread"},
        **{"ratio": "of the forward passes", "ratio_low": "lowest", "ratio_high": "highest"},
    },
    "explorer": {
        **{"action": "action", "p95": "95 % within, s", "target": "target, s", "median": "median, s", "n": "times"},
        **{"asking": "asking, s", "server": "server, s", "drawing": "drawing, s", "kilobytes": "kB"},
    },
    "training-loop": {
        **{"loop": "loop", "seconds": "s a step", "spread": "spread", "ratio": "ratio", "ratio_low": "lowest"},
        **{"ratio_high": "highest", "samples_per_second": "samples/s", "peak_bytes": "MiB"},
        **{"utilisation": "utilisation"},
    },
}
_BLOCK = re.compile(r"(<!-- ([a-z-]+) -->\n).*?(<!-- /\2 -->)", re.DOTALL)
_MEBIBYTE = 2**20
_WITHOUT_GPU = ", as no GPU was at hand"


def recorded(result: Mapping[str, Any], program: str = "gald") -> str:
    """The record of what this process has just measured, as JSON; program: what ``uv run`` was given."""
    words = shlex.join(word for word in sys.argv[1:] if word != "--json")
    words = re.sub(r" ?--out(=| )\S+", "", words)
    about = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "command": f"uv run {program} {words}".rstrip(),
        "load": round(os.getloadavg()[2], 1),
    }
    return json.dumps({**about, **result}, indent=1, allow_nan=False) + "\n"


def rendered(document: str, folder: Path) -> str:
    """The document with every table set anew from the records in the folder.

    Raises:
        ValueError: if a table is named that is none of RECORDS, WRITTEN and SCALE.
    """
    known = [*RECORDS, *WRITTEN, SCALE]

    def block(found: re.Match[str]) -> str:
        name = found[2]
        if name not in known:
            raise ValueError(f"the document names the record {name!r}; choose from {sorted(known)}.")
        if name == SCALE:
            return f"{found[1]}{markdown(at_scale(_records(folder)), SCALE_COLUMNS)}{found[3]}"
        return f"{found[1]}{_section(name, folder / f'{name}.json')}{found[3]}"

    return _BLOCK.sub(block, document)


def _records(folder: Path) -> dict[str, Any]:
    return {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))}


def _section(name: str, file: Path) -> str:
    if not file.exists():
        command = WRITTEN.get(name, f"uv run gald perf --measure {name}")
        return f"Not measured{_WITHOUT_GPU if 'cuda' in name else ' yet'}: `{command}`.\n"
    record = json.loads(file.read_text())
    rows = record["fits"] if "fits" in record else record["rows"]
    where = f"{record['device']}, torch {_torch(record)}"
    head = f"`{record['command']}`, {record['date']}, {where}, load of the quarter of an hour {record['load']}:\n\n"
    return head + markdown(rows, COLUMNS[record["name"]]) + "\n"


def _torch(record: Mapping[str, Any]) -> str:
    parts = record["hardware"]
    return parts["torch"] if "torch" in parts else next(iter(parts.values()))["torch"]


def markdown(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """A table of these columns (key -> heading)."""
    lines = [list(columns.values()), ["---"] * len(columns)]
    lines += [[_cell(key, row.get(key)) for key in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if key.endswith("_bytes"):
        return f"{value / _MEBIBYTE:.1f}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
