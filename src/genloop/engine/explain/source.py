"""What an explanation takes from the data, where they are at hand: real pictures, and rows whose words were learnt."""

from dataclasses import replace
from typing import Any

import numpy as np

from genloop.core import pixels as tensors
from genloop.core.protocols import Batch
from genloop.engine import origin as origins
from genloop.engine import painter, sight, words
from genloop.engine import rows as intake
from genloop.engine.explain.ground import POOL
from genloop.engine.model import Model


def read(model: Model, data: Any) -> Batch:
    """Learnt rows of the model's first column of pictures, with their pixels and what goes with them.

    Raises:
        SourceNotFound: the data are not where the model remembers them.
        DataError: they lack columns of the model, or change while they are read.
        MissingExtra: the pictures were learnt with words, and the pack that reads words is not installed.
    """
    core = model.learnt
    stage = core.painters[0].stage
    column = stage.columns[0]
    source = origins.find(model.origin, data if data is not None else model.source, core.schema)
    records = intake.read(source, core.schema, model.origin.split).train
    records = records.take(np.random.default_rng(model.run.seed).permutation(records.num_rows)[:POOL])
    vectors = words.read(core.plan, records).get(column)
    pixels = tensors.read(records.column(column))
    seen = sight.stack(stage, sight.shown(core.units, records, stage.seen), pixels.shape[1:3])
    return replace(painter.given(core.units, records, records.num_rows, vectors, seen), pixels=pixels)
