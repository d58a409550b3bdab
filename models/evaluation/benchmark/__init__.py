"""Benchmarks: what an operator costs against the plain way to compute the same, what a training step and its data cost.

``gald bench NAME`` prints what these functions return.
"""

from collections.abc import Callable
from typing import Any

from models.evaluation.benchmark.attention import bench_attention
from models.evaluation.benchmark.growth import bench_growth
from models.evaluation.benchmark.index import bench_index
from models.evaluation.benchmark.loading import bench_loading
from models.evaluation.benchmark.local_attention import bench_local_attention
from models.evaluation.benchmark.local_distribution import bench_local_distribution
from models.evaluation.benchmark.metrics import bench_metrics
from models.evaluation.benchmark.training import bench_training
from models.evaluation.benchmark.training_loop import bench_training_loop

BENCHMARKS: dict[str, Callable[..., dict[str, Any]]] = {
    "attention": bench_attention,
    "growth": bench_growth,
    "index": bench_index,
    "local-attention": bench_local_attention,
    "loading": bench_loading,
    "local-distribution": bench_local_distribution,
    "metrics": bench_metrics,
    "training": bench_training,
    "training-loop": bench_training_loop,
}
