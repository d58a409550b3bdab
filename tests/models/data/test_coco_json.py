from __future__ import annotations

import pytest

from models.data.coco_json import read_coco

GOOD = {
    "images": [
        {"id": 8, "file_name": "b.jpg", "height": 3, "width": 4},
        {"id": 2, "file_name": "a.jpg", "height": 5, "width": 6},
    ],
    "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
    "annotations": [
        {"id": 1, "image_id": 8, "category_id": 18, "bbox": [0, 1, 2.5, 1], "area": 2, "segmentation": []},
        {"id": 2, "image_id": 8, "category_id": 1, "bbox": [0, 0, 4, 3], "area": 12, "iscrowd": 1, "segmentation": {}},
    ],
}


def test_regions_are_grouped_by_image(tree):
    tree.json(GOOD, "a.json")

    content = read_coco(tree.root / "a.json")

    assert [image.file_name for image in content.images] == ["a.jpg", "b.jpg"]
    assert (content.categories, content.place) == ({1: "person", 18: "dog"}, {1: 0, 18: 1})
    assert content.images[0].regions == ()
    dog, crowd = content.images[1].regions
    assert (dog.category, dog.box, dog.area, dog.crowd) == (18, (0, 1, 2.5, 1), 2, False)
    assert crowd.crowd


@pytest.mark.parametrize(
    ("part", "entries", "message"),
    [
        ("images", None, "has an entry that needs 'images'"),
        ("annotations", [{"id": 5, "image_id": 8}], "has an entry that needs 'category_id'"),
        ("annotations", [GOOD["annotations"][0] | {"image_id": 3}], "annotation 1 is of image 3 and category 18"),
        ("annotations", [GOOD["annotations"][0] | {"category_id": 3}], "annotation 1 is of image 8 and category 3"),
        ("annotations", [GOOD["annotations"][0] | {"bbox": [1, 2]}], "is not in COCO's instances format"),
        ("categories", 7, "is not in COCO's instances format"),
    ],
)
def test_what_is_not_cocos_format_is_refused(tree, part, entries, message):
    content = {key: value for key, value in GOOD.items() if key != part or entries is not None}
    if entries is not None:
        content[part] = entries
    tree.json(content, "a.json")

    with pytest.raises(ValueError, match=message):
        read_coco(tree.root / "a.json")


@pytest.mark.parametrize("text", ["", "[1, 2", "\u0000"])
def test_what_is_no_json_is_refused(tree, text):
    tree.text(text, "a.json")

    with pytest.raises(ValueError, match=r"a.json cannot be read as JSON"):
        read_coco(tree.root / "a.json")
