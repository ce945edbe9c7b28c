"""The flow-matching loss.

Rectified flow (Liu, Gong and Liu 2022, arXiv 2209.03003, eq. 1) and conditional flow matching (Lipman et al. 2022,
arXiv 2210.02747, eq. 23 with no noise left): x_t = (1 - t) x_0 + t x_1 for noise x_0 and a picture x_1, and the loss is
|v(x_t, t) - (x_1 - x_0)|^2. Times are logit-normal (Esser et al. 2024, arXiv 2403.03206).
"""

import copy

import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.protocols import Batch, Coder, Pixels
from genloop.generators.flow.config import Config
from genloop.generators.flow.draw import Flow
from genloop.generators.flow.frame import Frame
from genloop.generators.flow.network import Network
from genloop.nn.condition import Given


class Objective(torch.nn.Module):
    """What the training loop sees; it is handed places of pictures and holds what is learnt itself.

    `learnt` is draws x rows x channels x height x width, bytes where it is pixels. With `noise` each picture has a
    noise of its own, and all times count alike. `frame` and `coder` lead from what is learnt back to pictures.
    """

    def __init__(
        self,
        network: Network,
        learnt: Tensor,
        batch: Batch,
        config: Config,
        frame: Frame,
        coder: Coder | None = None,
        noise: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.frame, self.coder = frame, coder
        self.network, self.config, self.batch = network, config, batch
        self.learnt, self.noise = learnt, noise

    def loss(self, places: Int[Tensor, " rows"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """The mean squared error of the velocity, per number; at the same noise and times when `rng` is None."""
        held = rng is None
        home = places.device
        rng = torch.Generator(home).manual_seed(0) if rng is None else rng
        rows, own = len(places), places.cpu()
        which = torch.randint(len(self.learnt), (rows,), generator=rng, device=home).cpu()
        picture = self.learnt[which, own].to(home)
        if picture.dtype == torch.uint8:
            picture = picture.float().div(127.5).sub(1)
        if self.noise is None:
            noise = torch.randn(picture.shape, generator=rng, device=home)
            normal = torch.randn(rows, generator=rng, device=home)
            time = torch.sigmoid(self.config.time_mean + self.config.time_spread * normal)
        else:
            noise, time = self.noise[own].to(home), torch.rand(rows, generator=rng, device=home)
        given = Given.of(self.batch.take(own.numpy()), home)
        if not held and self.config.nothing:
            given = given.drop(self.config.nothing, rng)
        error: Tensor = matching(self.network, noise, picture, time, self.network.told(given))
        return error

    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """A picture for each row, by a copy of the network as drawing has it."""
        network = copy.deepcopy(self.network).eval().requires_grad_(False).cast()
        flow = Flow(network, self.config, self.frame, rng.device)
        noise = torch.randn(len(given), *self.learnt.shape[2:], generator=rng, device=rng.device)
        return self.frame.back(flow.follow(noise, flow.path(), Given.of(given, rng.device)), self.coder)

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, the rest not."""
        return float(name.endswith("weight"))


def matching(network: Network, noise: Tensor, picture: Tensor, time: Tensor, told: Tensor) -> Float[Tensor, ""]:
    """|v(x_t, t) - (x_1 - x_0)|^2, the mean over rows and numbers."""
    t = time.view(-1, *(1,) * (picture.dim() - 1))
    speed: Tensor = network((1 - t) * noise + t * picture, told, network.clock(time))
    error: Tensor = (speed - (picture - noise)).square().mean()
    return error
