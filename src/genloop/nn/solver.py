"""Following a velocity field from one time to another: Euler, midpoint and Heun steps over any row of times.

An Euler step looks at the field once and errs in the order of the step; midpoint and Heun look twice and err in its
square (Hairer, Norsett and Wanner 1993, II.1). Heun's last step into the data is a plain Euler step, after Karras et
al. 2022 (arXiv 2206.00364, algorithm 1): the field is nearly straight there and the second look is saved. Paths that
run backwards end in noise, and all their steps are whole.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from torch import Tensor

Method = Literal["euler", "midpoint", "heun"]
Velocity = Callable[[Tensor, float], Tensor]


def times(evaluations: int, method: Method, *, bend: float = 1.0, begin: float = 0.0, end: float = 1.0) -> list[float]:
    """The times of a path from `begin` to `end` that looks at the field about `evaluations` times.

    `bend` above 1 lays the steps closer together near the later time, below 1 near the earlier one: a path that runs
    backwards is the forward one reversed, so that both err alike.
    """
    if end < begin:
        return times(evaluations, method, bend=bend, begin=end, end=begin)[::-1]
    count = max(1, evaluations if method == "euler" else (evaluations + 1) // 2)
    shares = [1 - (1 - place / count) ** bend for place in range(count + 1)]
    return [begin + (end - begin) * share for share in shares]


def integrate(velocity: Velocity, state: Tensor, path: Sequence[float], method: Method = "heun") -> Tensor:
    """The state at the last time of `path`, from the one at its first; time may run backwards."""
    last = len(path) - 2 if path[0] < path[-1] else 0
    for place, (now, then) in enumerate(pairwise(path)):
        step = then - now
        speed = velocity(state, now)
        if method == "euler" or (method == "heun" and place == last and last > 0):
            state = state + step * speed
        elif method == "midpoint":
            state = state + step * velocity(state + step / 2 * speed, now + step / 2)
        else:
            state = state + step / 2 * (speed + velocity(state + step * speed, then))
    return state
