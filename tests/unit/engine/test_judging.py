import pyarrow as pa

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.engine.judging import judge

_SCHEMA = Schema((Column("text", "text"), Column("label", "category")))


def _heard(texts):
    """The names of the scores of a table whose made texts are these."""
    rows = len(texts)
    labels = ["a", "b"] * (rows // 2)
    real = [f"an ordinary text number {place}" for place in range(rows)]
    tables = [pa.table({"text": pa.array(part, pa.string()), "label": labels}) for part in (real, real, texts)]
    return {score.name for score in judge(Evidence(_SCHEMA, *tables, "label"))}


def test_a_text_beside_one_other_column_is_the_row_and_judges_of_rows_stay_silent():
    heard = _heard([f"a made text number {place}" for place in range(40)])
    assert {"shapes", "text_c2st", "text_copied"} <= heard
    assert not heard & {"c2st", "copies", "membership"}


def test_texts_that_were_left_empty_leave_the_rows_to_their_judges():
    heard = _heard([None] * 40)
    assert "copies" in heard
    assert not any(name.startswith("text_") for name in heard)
