"""How real a picture looks under its condition: the critic of a game of pictures.

A plain stack of convolutions; the answer is linear in its features plus the features' product with the embedded
condition (projection; Miyato and Koyama 2018, arXiv 1802.05637). The features also tell the condition's tokens of real
pictures (as in Odena et al. 2017, arXiv 1610.09585, where made ones count too) and what sentences say of them.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from genloop.core.protocols import Batch
from genloop.nn.condition import Condition, Given, level
from genloop.nn.convolution import Down, Style
from genloop.nn.games import matching
from genloop.nn.rise import SLOPE
from genloop.nn.sizes import Sizes
from genloop.nn.start import begin

MOST_TOLD = 256
SAID = 64
FAINT = 0.1  # the projection begins weak, so that the critic first learns what pictures look like


class Critic(nn.Module):
    """Answers to padded pictures, and what their features say was asked for."""

    def __init__(self, sizes: Sizes, template: Batch, features: int, style: Style = "shuffle") -> None:
        super().__init__()
        self.sizes = sizes
        depths = (sizes.channels, *reversed(sizes.depths))
        self.downs = nn.ModuleList(
            Down(narrow, wide, style, fold=not place) for place, (narrow, wide) in enumerate(pairwise(depths))
        )
        self.body = nn.Conv2d(depths[-1], depths[-1], 3, 1, 1)
        self.features = nn.Linear(depths[-1] * sizes.grid[0] * sizes.grid[1], features)
        self.answer = nn.Linear(features, 1)
        self.given = Condition(template, features)
        told = [None if field.ordered or field.size > MOST_TOLD else field.size for field in template.fields]
        self.places = [place for place, size in enumerate(told) if size is not None]
        self.told = nn.ModuleList(nn.Linear(features, size) for size in told if size is not None)
        length = None if template.vectors is None else template.vectors.shape[1]
        self.said = None if length is None else nn.Linear(features, SAID)
        self.heard = None if length is None else nn.Linear(length, SAID)
        with torch.no_grad():
            for table in self.given.tokens:
                next(table.parameters()).mul_(FAINT)
            if self.given.words is not None:
                self.given.words[-1].weight.mul_(FAINT)  # type: ignore[operator]

    def start(self, rng: torch.Generator) -> None:
        """Redraw the layers as rectified ones ask for."""
        for part in (*self.downs, self.body, self.features):
            begin(part, rng)

    def bound(self) -> None:
        """Hold the slope of every layer up to the features by its spectral norm (Miyato et al. 2018, arXiv 1802.05957).

        Answers, the condition and what is told are linear in the features and stay free.
        """
        for part in list(self.modules()):
            if isinstance(part, nn.Conv2d) or part is self.features:
                spectral_norm(part)

    def forward(
        self, pictures: Float[Tensor, "rows channels height width"], given: Given
    ) -> tuple[Float[Tensor, " rows"], list[Float[Tensor, "rows tokens"]]]:
        """What `tell` says of what `see` finds."""
        return self.tell(self.see(pictures), given)

    def see(self, pictures: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows features"]:
        """The features that answers come from."""
        x = pictures
        for down in self.downs:
            x = functional.leaky_relu(down(x), SLOPE)
        x = functional.leaky_relu(self.body(x), SLOPE)
        return functional.leaky_relu(self.features(x.flatten(1)), SLOPE)

    def tell(
        self, features: Float[Tensor, "rows features"], given: Given
    ) -> tuple[Float[Tensor, " rows"], list[Float[Tensor, "rows tokens"]]]:
        """The answers, higher for more real, and for each told field the logits of its tokens.

        Where sentences are given, what the picture seems to say comes last.
        """
        told = [layer(features) for layer in (*self.told, self.said) if layer is not None]
        features = features.float()
        answers = self.answer(features)[:, 0]
        if not self.given.empty:
            answers = answers + (features * self.given(given)).sum(1)
        return answers.float(), told

    def naming(self, told: list[Tensor], given: Given) -> Float[Tensor, ""]:
        """The loss of telling what was asked for; what is not given counts nothing."""
        losses = [
            functional.cross_entropy(logits.float(), given.codes[:, place], ignore_index=-1)
            for logits, place in zip(told, self.places, strict=False)
            if (given.codes[:, place] >= 0).any()
        ]
        if given.vectors is not None and self.heard is not None:
            losses.append(matching(told[-1], self.heard(level(given.vectors)), (given.vectors != 0).any(1)))
        return torch.stack(losses).mean() if losses else self.answer.weight.new_zeros(())
