"""What speaks beside taught weights: counts of the texts that they were taught, and what a text itself said before.

Thin matrices see each text once or twice in the time there is, counts see all at once: which words and turns of phrase
are usual here. How much each has to say is found on the rows that are held out (`nn.blend`).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int

from genloop.core.protocols import Batch, Weights
from genloop.core.texts import Texts
from genloop.generators.pretrained import reading, rows
from genloop.generators.pretrained.network import Opened
from genloop.generators.pretrained.reading import Shown
from genloop.generators.pretrained.rows import TEXT, Marks
from genloop.nn.blend import Blend
from genloop.nn.counts import Counts
from genloop.nn.scripts import BEGIN, Names, Script


def learn(weights: Weights, opened: Opened, marks: Marks, taught: Texts, held: Texts, least: int) -> Weights:
    """The weights with counts of the taught rows' texts, of what `least` of them hold, and everybody's shares."""
    vocabulary = len(opened.table)
    counts = Counts.count(_texts(taught), vocabulary, least)
    shown = [rows.plain(held[row], marks) for row in range(len(held))]
    values, sizes = reading.nats(opened, shown)
    script = _script([np.array(tokens[first:]) for tokens, first in shown], vocabulary)
    return Blend.fit(counts, np.exp(-_ordered(values, sizes, script)), script).stored(weights)


def nats(values: Float64[np.ndarray, " tokens"], shown: Sequence[Shown], blend: Blend) -> Float64[np.ndarray, " rows"]:
    """-log p of each row's text by all together, from the network's -log p of its tokens, row by row."""
    texts = [np.array(tokens[first:]) for tokens, first in shown]
    sizes = np.array([len(text) for text in texts])
    script = _script(texts, blend.counts.vocabulary)
    found = np.zeros(len(shown))
    row = np.repeat(script.rows, sizes[script.rows])
    np.add.at(found, row, blend.nats(_ordered(values, sizes, script), script))
    return found


def _texts(taught: Texts) -> Texts:
    """The texts of rows, without their headers."""
    own = [taught[row] for row in range(len(taught))]
    return Texts.of([tokens[int(np.flatnonzero(tokens == TEXT)[0]) + 1 :] for tokens in own])


def _script(texts: Sequence[np.ndarray], vocabulary: int) -> Script:
    """The texts as the blend reads them; rows in an order of its own."""
    whole = Texts.of([np.concatenate([[vocabulary + BEGIN], text]) for text in texts])
    batch = Batch(np.zeros((len(texts), 0), np.uint16), (), texts=whole)
    return Script.of(batch, Names(vocabulary, ()), np.zeros(len(texts), bool), np.zeros((len(texts), 0), bool))


def _ordered(
    values: Float64[np.ndarray, " tokens"], sizes: Int[np.ndarray, " rows"], script: Script
) -> Float64[np.ndarray, " tokens"]:
    """The values of rows' tokens in the script's order of rows."""
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return np.concatenate([parts[row] for row in script.rows])
