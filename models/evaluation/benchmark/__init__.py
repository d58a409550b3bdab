"""Benchmarks: what an operator costs, against the plain way to compute the same, in one run on one machine.

``gald bench NAME`` prints what these functions return.
"""

from collections.abc import Callable
from typing import Any

from models.evaluation.benchmark.attention import bench_attention
from models.evaluation.benchmark.local_attention import bench_local_attention

BENCHMARKS: dict[str, Callable[..., dict[str, Any]]] = {
    "attention": bench_attention,
    "local-attention": bench_local_attention,
}
