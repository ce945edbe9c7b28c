"""Layers that keep their weights in float32 and multiply in the format of what comes in (bfloat16 where it is faster).

Mixed precision without a context around the code: the caller decides once by the format of the first input.
"""

from torch import Tensor, nn
from torch.nn import functional


class Linear(nn.Linear):
    """A linear layer in the format of its input."""

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, in x's format."""
        return functional.linear(x, self.weight.to(x.dtype), None if self.bias is None else self.bias.to(x.dtype))


class Convolution(nn.Conv2d):
    """A convolution in the format of its input."""

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, in x's format."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return functional.conv2d(x, self.weight.to(x.dtype), bias, self.stride, self.padding)
