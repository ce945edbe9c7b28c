"""Best of n: every text is written several times, and the one that a critic takes for the most real is kept.

The critic is stored beside the writer's weights, so that every later draw is chosen, too. A writer is not moved by it:
where policy gradient learns a critic's quirks, this can do no more than prefer them among what the writer says anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genloop.core.errors import ModelFileError
from genloop.core.lazy import Lazy
from genloop.core.protocols import Weights
from genloop.engine.drafts import Lines

if TYPE_CHECKING:
    from genloop.judges.texts import critic as critics
else:
    critics = Lazy("genloop.judges.texts.critic")

HEAD, ARRAY = "chooser", "chooser."
MOST = 64


@dataclass(frozen=True)
class Chooser:
    """A critic, and how many texts of each row it chooses from."""

    critic: "critics.Critic"
    of: int

    def best(self, lines: Sequence[str | None]) -> Lines:
        """The best text of each row, of texts that lie row by row, `of` each."""
        value = self.critic.score([line or "" for line in lines]).reshape(-1, self.of)
        value[np.array([line is None for line in lines]).reshape(value.shape)] = -np.inf
        return [lines[row * self.of + place] for row, place in enumerate(value.argmax(1).tolist())]


def store(weights: Weights, chooser: Chooser) -> Weights:
    """The weights with the chooser among them."""
    arrays, facts = chooser.critic.parts()
    own = {ARRAY + name: array for name, array in arrays.items()}
    return replace(weights, head=weights.head | {HEAD: {"of": chooser.of, **facts}}, arrays=weights.arrays | own)


def stored(weights: Weights) -> tuple[Weights, Chooser | None]:
    """The writer's own weights, and the chooser where one was stored.

    Raises:
        ModelFileError: what was stored is no chooser.
    """
    facts: dict[str, Any] | None = weights.head.get(HEAD)
    if facts is None:
        return weights, None
    own = {name.removeprefix(ARRAY): array for name, array in weights.arrays.items() if name.startswith(ARRAY)}
    try:
        chooser = Chooser(critics.Critic.of(own, facts), int(facts["of"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"the critic that chooses texts is damaged: {error}; coach the model anew") from error
    if not 1 <= chooser.of <= MOST:
        raise ModelFileError(f"the critic chooses among {chooser.of} texts; expected 1 to {MOST}; coach the model anew")
    head = {name: value for name, value in weights.head.items() if name != HEAD}
    rest = {name: array for name, array in weights.arrays.items() if not name.startswith(ARRAY)}
    return replace(weights, head=head, arrays=rest), chooser
