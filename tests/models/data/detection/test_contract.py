"""What every detection data set keeps to."""

from __future__ import annotations

import pytest

from models.data.detection import DETECTION_SETS, open_detection

IN_FOLDERS = [name for name in DETECTION_SETS.names() if DETECTION_SETS.get(name).needs_root]


def test_the_rooms_data_sets():
    assert {"coco", "panoptic_folder", "scenes", "voc_detection"} <= set(DETECTION_SETS.names())
    with pytest.raises(ValueError, match=r"detection data set is 'lvis', must be one of \['coco', "):
        open_detection("lvis", ".")


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_an_empty_folder_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=rf"^{tmp_path}/[\w.]+ does not exist; expected ROOT/"):
        open_detection(name, tmp_path, "train")


@pytest.mark.parametrize("name", DETECTION_SETS.names())
def test_another_split_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=rf"(?:{name} split|split of {name}) is 'all', must be one of \['train', "):
        open_detection(name, tmp_path, "all")
