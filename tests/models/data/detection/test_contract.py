"""What every detection data set keeps to."""

from __future__ import annotations

import pytest

from models.data.detection import DETECTION_SETS, open_detection


def test_the_rooms_data_sets():
    assert {"coco", "panoptic_folder", "voc_detection"} <= set(DETECTION_SETS.names())
    with pytest.raises(ValueError, match=r"detection data set is 'lvis', must be one of \['coco', "):
        open_detection("lvis", ".")


@pytest.mark.parametrize("name", DETECTION_SETS.names())
def test_an_empty_folder_and_another_split_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=rf"^{tmp_path}/[\w.]+ does not exist; expected ROOT/"):
        open_detection(name, tmp_path, "train")
    with pytest.raises(ValueError, match=rf"{name} split is 'all', must be one of \['train', 'val'"):
        open_detection(name, tmp_path, "all")
