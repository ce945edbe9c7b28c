"""The games and the penalties on the critic's slope, side by side.

For the critic's answers to real pictures r and to made ones f, each player lowers its own loss:

    classic        softplus(-r) + softplus(f)       | softplus(-f)        Goodfellow et al. 2014, arXiv 1406.2661
    hinge          max(0, 1 - r) + max(0, 1 + f)    | -f                  Miyato et al. 2018, arXiv 1802.05957
    wgan-gp        f - r                            | -f                  Gulrajani et al. 2017, arXiv 1704.00028
    relativistic   softplus(f - r)                  | softplus(r - f)     Huang et al. 2024, arXiv 2501.05441

R1 is |slope at real pictures|^2 (Mescheder et al. 2018, arXiv 1801.04406), R2 the same at made ones, and the WGAN's
penalty (|slope| - 1)^2 between the two. A penalty can be taken every few steps, that much stronger (Karras et al.
2020, arXiv 1912.04958). Feature matching asks the generator in addition for real pictures' features on the whole
(Salimans et al. 2016, arXiv 1606.03498).
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

Answers = Float[Tensor, " rows"]
Pictures = Float[Tensor, "rows channels height width"]
USUAL_NUMBERS, PASSES_DOUBLE = 784, 30.0
STILL = 1e-2  # added to a deviation
SHARP = 10.0  # what a cosine of one counts as a logit


def critic_loss(game: str, real: Answers, made: Answers) -> Float[Tensor, ""]:
    """What the critic lowers."""
    if game == "classic":
        return functional.softplus(-real).mean() + functional.softplus(made).mean()
    if game == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + made).mean()
    if game == "relativistic":
        return functional.softplus(made - real).mean()
    return made.mean() - real.mean()


def generator_loss(game: str, real: Answers | None, made: Answers) -> Float[Tensor, ""]:
    """What the generator lowers; only the relativistic game looks at the answers to real pictures."""
    if game == "classic":
        return functional.softplus(-made).mean()
    if game == "relativistic":
        assert real is not None
        return functional.softplus(real - made).mean()
    return -made.mean()


def moments_apart(made: Float[Tensor, "rows features"], real: Float[Tensor, "rows features"]) -> Float[Tensor, ""]:
    """Feature matching: how far mean and deviation of each feature are from the real ones, in real deviations.

    The mean squares of (m - n) / s and log(t / s) over the features, n and s being real. The paper has the means alone.
    """
    (mean, spread), (aim, usual) = ((x.mean(0), x.std(0) + STILL) for x in (made.float(), real.float()))
    return ((mean - aim) / usual).square().mean() + (spread / usual).log().square().mean()


def matching(
    said: Float[Tensor, "rows length"], heard: Float[Tensor, "rows length"], given: Bool[Tensor, " rows"]
) -> Float[Tensor, ""]:
    """How hard it is to find each picture's sentence among those of the batch, and the reverse (arXiv 1807.03748)."""
    if int(given.sum()) < 2:
        return said.sum() * 0
    one, other = (functional.normalize(part[given].float(), dim=1) for part in (said, heard))
    near, own = SHARP * one @ other.T, torch.arange(len(one), device=one.device)
    return (functional.cross_entropy(near, own) + functional.cross_entropy(near.T, own)) / 2


def grown(passes: float, sizes: Sequence[int], double: float = PASSES_DOUBLE) -> float:
    """How much a penalty has grown after so many passes over the data, from one at 784 numbers a picture.

    It is in proportion to the numbers of a picture of these sizes (as in StyleGAN2, arXiv 1912.04958), and the longer
    the same pictures are seen the stronger: doubled after `double` passes.
    """
    return (1 + passes / double) * math.prod(sizes) / USUAL_NUMBERS


def slope(answer: Callable[[Pictures], Answers], pictures: Pictures) -> Answers:
    """The squared length of the critic's slope at each picture, itself differentiable."""
    at = pictures.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(answer(at).sum(), at, create_graph=True)
    return gradient.float().square().sum((1, 2, 3))


def zero_centred(answer: Callable[[Pictures], Answers], pictures: Pictures) -> Float[Tensor, ""]:
    """R1 at real pictures, R2 at made ones: half the mean squared slope."""
    return slope(answer, pictures).mean() / 2


def one_centred(
    answer: Callable[[Pictures], Answers], real: Pictures, made: Pictures, rng: torch.Generator
) -> Float[Tensor, ""]:
    """The WGAN's penalty, at random places on the lines between real and made pictures."""
    place = torch.rand(len(real), 1, 1, 1, generator=rng, device=rng.device)
    between = torch.lerp(made.detach(), real, place).contiguous(memory_format=torch.channels_last)
    return (slope(answer, between).add(1e-12).sqrt() - 1).square().mean()
