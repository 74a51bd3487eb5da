import pytest
from marshmallow import ValidationError

from schemas.cursor import encode_text
from schemas.label import LabelPageSchema, LabelsQuery


def test_a_label_is_shown_with_its_count() -> None:
    labels = [{"id": "seoul", "name": "Seoul", "articles_count": 2}]
    assert LabelPageSchema().dump({"data": labels, "next": None}) == {"data": labels, "next": None}


def test_the_cursor_of_the_labels_is_a_label_in_any_script() -> None:
    assert LabelsQuery().load({}) == {"limit": 20}
    label = "north, korea\n서울"
    assert LabelsQuery().load({"cursor": encode_text(label)})["cursor"] == label


@pytest.mark.parametrize("text", ["", "a,b", "a\x00", "A", "A" * 5000])
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(ValidationError, match="cursor"):
        LabelsQuery().load({"cursor": text})
