import numpy as np
import pytest
import torch
from torch import nn

from genloop.core.errors import ModelFileError
from genloop.nn import mobile

pytestmark = pytest.mark.neural

STAGES = [(1, 3, 1, 1), (2, 4, 2, 2), (2, 5, 3, 2), (2, 6, 4, 2), (2, 7, 3, 1), (2, 8, 3, 2), (2, 9, 1, 1)]


def unit(inputs, outputs, side, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    """An inverted residual as the paper draws it."""

    def __init__(self, inputs, outputs, stride, wider):
        super().__init__()
        inside = inputs * wider
        layers = [] if wider == 1 else [*unit(inputs, inside, 1), nn.ReLU6()]
        layers += [*unit(inside, inside, 3, stride, inside), nn.ReLU6(), *unit(inside, outputs, 1)]
        self.conv = nn.Sequential(*layers)
        self.kept = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.kept else self.conv(x)


class Plain(nn.Module):
    """The same network with few channels, its normalisations unfolded."""

    def __init__(self):
        super().__init__()
        blocks, width = [nn.Sequential(*unit(3, 4, 3, 2), nn.ReLU6())], 4
        for wider, outputs, count, stride in STAGES:
            for place in range(count):
                blocks.append(Block(width, outputs, stride if place == 0 else 1, wider))
                width = outputs
        self.features = nn.Sequential(*blocks, nn.Sequential(*unit(width, 10, 1), nn.ReLU6()))

    def forward(self, x):
        return self.features(x).mean((2, 3))


@pytest.fixture
def plain():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Plain()
        for part in network.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.2)
                part.running_var.uniform_(0.5, 2)
                nn.init.normal_(part.bias, 0, 0.2)
        return network.eval()


def arrays(network):
    return {name: value.numpy() for name, value in network.state_dict().items() if value.ndim}


def test_the_folded_network_is_the_plain_one(plain):
    found = mobile.Mobile.of(arrays(plain))
    x = torch.linspace(-2, 2, 2 * 3 * 64 * 96).view(2, 3, 64, 96)
    with torch.inference_mode():
        assert torch.allclose(found(x), plain(x), atol=1e-5)
    assert sum(found.kept) == 10


def test_pictures_are_brought_to_sizes_that_the_network_knows(plain):
    network = mobile.Mobile.of(arrays(plain))
    pixels = np.random.default_rng(0).integers(0, 256, (40, 32, 48, 3)).astype(np.uint8)
    pixels.flags.writeable = False
    assert mobile.encode(network, pixels).shape == (40, 10)
    large = np.zeros((1, 300, 300, 3), np.uint8)
    assert np.allclose(mobile.encode(network, large), mobile.encode(network, large[:, :224, :224]), atol=1e-4)


def test_arrays_of_something_else_are_refused(plain):
    own = arrays(plain)
    del own["features.3.conv.1.running_var"]
    with pytest.raises(ModelFileError, match=r"lacks the array 'features.3.conv.1.running_var'; add it again"):
        mobile.Mobile.of(own)
    with pytest.raises(ModelFileError, match=r"lacks the array 'features.0'"):
        mobile.Mobile.of({})
