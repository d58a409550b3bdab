import pytest
import torch

from models.data.classes import ClassSet
from models.evaluation.benchmark.training_loop import LoopSize, Way, bench_training_loop, plain_step
from models.presets import preset
from models.segmenter import Segmenter


def test_the_jobs_loop_and_plain_loops_take_turns():
    result = bench_training_loop(LoopSize("tiny-fcn", 32, 2, compiled=False), repeats=1)

    rows = {row["loop"]: row for row in result["rows"]}
    assert list(rows) == ["job", "plain loop", "plain loop, channels first", "plain loop, bf16"]
    assert rows["plain loop"]["ratio"] == 1
    assert result["rate_of_plain"] == pytest.approx(1 / rows["job"]["ratio"])
    assert result["fastest"] in rows
    assert all(row["samples_per_second"] == pytest.approx(2 / row["seconds"]) for row in rows.values())
    # The same network on the same batch: the job holds no map more than the plain loop.
    assert rows["job"]["peak_bytes"] == pytest.approx(rows["plain loop"]["peak_bytes"], rel=0.1)


def test_a_plain_step_learns():
    torch.manual_seed(0)
    classes = ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1)))
    model = Segmenter(preset("tiny-fcn").model, classes).train()
    before = [value.detach().clone() for value in model.parameters()]

    plain_step(model, 0.1, Way(True, False))(
        torch.randint(255, (2, 3, 64, 64), dtype=torch.uint8), torch.randint(2, (2, 64, 64))
    )

    assert any(not torch.equal(value, old) for value, old in zip(model.parameters(), before, strict=True))


def test_a_crop_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="side is 16"):
        LoopSize(side=16)
