"""The peer of genloop's gan (preset modern) in TensorFlow: the same small game, its steps compiled by tf.function.

usage: tensorflow_gan.py TRAIN.npz MADE.npz --seconds 60 --seed 0 [--width 0] [--precision bfloat16] [--clock wall]
(in an environment of its own: pip install -r benchmarks/pictures/requirements-tensorflow.txt; run.py --system
tensorflow-gan --peer-python PYTHON runs it, has the pictures judged and keeps the row)

TRAIN holds x (uint8 pictures of 28 x 28) and y (their classes). As in genloop: sizes and first weights of both
networks, hinge loss with lazy R1, the naming of classes, Adam, the schedule, the average, the batch, the width that
grows with the time, the ends of brightness. Not here: adaptive augmentation (which digits never set off), looks at a
judge while learning, remedies.
`--seconds` counts everything from the start of this file on, importing TensorFlow included: on the wall, or with
`--clock core` in core-seconds, which a shared core does not change. The last line printed is JSON with the steps done,
the core-milliseconds of a step, and what making 5,000 pictures cost.
"""

import time

BEGAN = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
import statistics  # noqa: E402
from functools import partial  # noqa: E402
from typing import Any  # noqa: E402

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

SIDE, GRID, CLASSES = 28, 7, 10
NOISE, CONDITION, FEATURES, BATCH = 64, 64, 128, 64
SLOPE, FAINT, FAINT_END = 0.2, 0.1, 0.2
RATE, BETAS, TINY = 2.5e-3, (0.0, 0.99), 1e-8
PENALTY, EVERY, PASSES_DOUBLE, NAMED = 1.5, 8, 30.0, 0.1
AVERAGE, WARMUP, FALL, LOWEST = 0.998, 50, 0.5, 0.02
LANES, USUAL_SECONDS, GROWS = 16, 60.0, 0.43  # as genloop's width grows with the time
RESERVE = 0.98  # of the time is learnt in
MADE, DRAWS, ROWS, HELD = 5_000, 5, 256, 1024
MOST = 16  # levels from an end of brightness that are moved to it at most


class Network:
    """Named arrays and the layers that use them; `kind` is the format in which they multiply."""

    def __init__(self, kind: tf.DType, chance: np.random.Generator) -> None:
        self.kind, self.chance, self.arrays = kind, chance, {}

    def add(self, name: str, shape: tuple[int, ...], bound: float | None = None, bias: float = 0.0) -> None:
        """A layer of uniform weights, by default with a variance of 2 / fan-in."""
        bound = math.sqrt(6 / math.prod(shape[:-1])) if bound is None else bound
        self.arrays[name] = tf.Variable(self.chance.uniform(-bound, bound, shape).astype(np.float32))
        self.arrays[f"{name}.bias"] = tf.Variable(self.chance.uniform(-bias, bias, shape[-1:]).astype(np.float32))

    def linear(self, name: str, x: tf.Tensor) -> tf.Tensor:
        """A full layer."""
        x = tf.matmul(tf.cast(x, self.kind), tf.cast(self.arrays[name], self.kind))
        return tf.nn.bias_add(tf.cast(x, tf.float32), self.arrays[f"{name}.bias"])

    def convolution(self, name: str, x: tf.Tensor, stride: int = 1) -> tf.Tensor:
        """A convolution of 3 x 3 with one pixel of padding on each side, padded apart where the layer would be slow."""
        if stride > 1:
            x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        sides = "SAME" if stride == 1 else "VALID"
        x = tf.nn.conv2d(tf.cast(x, self.kind), tf.cast(self.arrays[name], self.kind), stride, sides)
        return tf.nn.bias_add(tf.cast(x, tf.float32), self.arrays[f"{name}.bias"])

    @property
    def weights(self) -> list[tf.Variable]:
        """The arrays in their order."""
        return list(self.arrays.values())


class Generator(Network):
    """Noise and a class to a picture from -1 to 1: a full layer, then convolutions whose channels become pixels."""

    def __init__(self, width: int, kind: tf.DType, chance: np.random.Generator) -> None:
        super().__init__(kind, chance)
        self.width = width
        self.arrays["classes"] = tf.Variable(chance.normal(size=(CLASSES, CONDITION)).astype(np.float32))
        self.add("begin", (NOISE + CONDITION, GRID * GRID * 2 * width))
        self.add("up", (3, 3, 2 * width, 4 * width))
        self.add("fine", (3, 3, width, width))
        self.add("end", (3, 3, width, 4), FAINT_END * math.sqrt(6 / (9 * width)))

    def __call__(self, noise: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """The pictures."""
        x = self.linear("begin", tf.concat([noise, tf.gather(self.arrays["classes"], y)], 1))
        x = tf.nn.leaky_relu(tf.reshape(x, (-1, GRID, GRID, 2 * self.width)), SLOPE)
        x = tf.nn.leaky_relu(tf.nn.depth_to_space(self.convolution("up", x), 2), SLOPE)
        x = tf.nn.leaky_relu(self.convolution("fine", x), SLOPE)
        return tf.tanh(tf.nn.depth_to_space(self.convolution("end", x), 2))


class Critic(Network):
    """How real a picture looks under its class (by projection), and which class its features name."""

    def __init__(self, width: int, kind: tf.DType, chance: np.random.Generator) -> None:
        super().__init__(kind, chance)
        self.flat = GRID * GRID * 2 * width
        self.add("fold", (3, 3, 4, width))
        self.add("down", (3, 3, width, 2 * width))
        self.add("body", (3, 3, 2 * width, 2 * width))
        self.add("features", (self.flat, FEATURES))
        usual = 1 / math.sqrt(FEATURES)
        self.add("answer", (FEATURES, 1), usual, usual)
        self.add("told", (FEATURES, CLASSES), usual, usual)
        self.arrays["classes"] = tf.Variable(FAINT * chance.normal(size=(CLASSES, FEATURES)).astype(np.float32))

    def __call__(self, pictures: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The answers, higher for more real, and the logits of the classes."""
        x = tf.nn.leaky_relu(self.convolution("fold", tf.nn.space_to_depth(pictures, 2)), SLOPE)
        x = tf.nn.leaky_relu(self.convolution("down", x, 2), SLOPE)
        x = tf.nn.leaky_relu(self.convolution("body", x), SLOPE)
        x = tf.nn.leaky_relu(self.linear("features", tf.reshape(x, (-1, self.flat))), SLOPE)
        answers = self.linear("answer", x)[:, 0] + tf.reduce_sum(x * tf.gather(self.arrays["classes"], y), 1)
        return answers, self.linear("told", x)


class Player:
    """One network's Adam by TensorFlow's own operation."""

    def __init__(self, network: Network) -> None:
        self.weights = network.weights
        self.first = [tf.Variable(tf.zeros_like(weight)) for weight in self.weights]
        self.second = [tf.Variable(tf.zeros_like(weight)) for weight in self.weights]

    def move(self, loss: tf.Tensor, tape: tf.GradientTape, step: tf.Tensor, rate: tf.Tensor) -> None:
        """One step down the loss."""
        powers = [tf.pow(beta, step + 1) for beta in BETAS]
        slopes = tape.gradient(loss, self.weights)
        for weight, first, second, slope in zip(self.weights, self.first, self.second, slopes, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle, m=first.handle, v=second.handle, beta1_power=powers[0], beta2_power=powers[1],
                lr=rate, beta1=BETAS[0], beta2=BETAS[1], epsilon=TINY, grad=tf.convert_to_tensor(slope),
            )  # fmt: skip


class Game:
    """Both players on the training pictures, and the average of the generator's weights."""

    def __init__(self, x: np.ndarray, y: np.ndarray, given: argparse.Namespace) -> None:
        chance, kind = np.random.default_rng(given.seed), tf.as_dtype(given.precision)
        width = given.width or grown_width(given.seconds)
        self.x, self.y = tf.constant(scale(x)), tf.constant(y.astype(np.int32))
        self.generator, self.critic = Generator(width, kind, chance), Critic(width, kind, chance)
        self.players = Player(self.critic), Player(self.generator)
        self.average = [tf.Variable(weight) for weight in self.generator.weights]
        self.width, self.chance = width, tf.random.Generator.from_seed(given.seed)
        plain = tf.TensorSpec((), tf.float32)
        signature = [tf.TensorSpec((BATCH,), tf.int32), plain, plain]
        how: dict[str, Any] = {"input_signature": signature, "jit_compile": given.compiled, "autograph": False}
        self.step = tf.function(self._step, **how)
        self.penalised = tf.function(partial(self._step, penalised=True), **how)
        self.made = tf.function(self.generator, autograph=False)

    def noise(self, rows: int) -> tf.Tensor:
        """Noise of the one length that normal noise nearly has."""
        return tf.math.l2_normalize(self.chance.normal((rows, NOISE)), 1) * math.sqrt(NOISE)

    def _step(self, places: tf.Tensor, step: tf.Tensor, rate: tf.Tensor, *, penalised: bool = False) -> None:
        """The critic's turn, then the generator's on the same made pictures."""
        real, y = tf.gather(self.x, places), tf.gather(self.y, places)
        with tf.GradientTape(watch_accessed_variables=False) as drawing:
            drawing.watch(self.generator.weights)
            made = self.generator(self.noise(BATCH), y)
            with drawing.stop_recording():
                self._critic_turn(real, made, y, step, rate, penalised)
            answers, told = self.critic(made, y)
            loss = NAMED * naming(told, y) - tf.reduce_mean(answers)
        self.players[1].move(loss, drawing, step, rate)
        share = 1 - tf.minimum(AVERAGE, (step + 1) / (step + 10))
        for average, weight in zip(self.average, self.generator.weights, strict=True):
            average.assign_add(share * (weight - average))

    def _critic_turn(
        self, real: tf.Tensor, made: tf.Tensor, y: tf.Tensor, step: tf.Tensor, rate: tf.Tensor, penalised: bool
    ) -> None:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.critic.weights)
            answers, told = self.critic(tf.concat([real, made], 0), tf.concat([y, y], 0))
            loss = tf.reduce_mean(tf.nn.relu(1 - answers[:BATCH])) + tf.reduce_mean(tf.nn.relu(1 + answers[BATCH:]))
            loss += NAMED * naming(told[:BATCH], y)
            if penalised:
                with tf.GradientTape() as slopes:
                    slopes.watch(real)
                    total = tf.reduce_sum(self.critic(real, y)[0])
                steep = tf.reduce_sum(tf.square(slopes.gradient(total, real)), (1, 2, 3))
                grown = 1 + step * BATCH / len(self.x) / PASSES_DOUBLE
                loss += PENALTY * grown * EVERY * tf.reduce_mean(steep) / 2
        self.players[0].move(loss, tape, step, rate)

    def draw(self, y: np.ndarray) -> np.ndarray:
        """One picture for each class asked for."""
        parts = []
        for i in range(0, len(y), ROWS):
            part = tf.constant(y[i : i + ROWS].astype(np.int32))
            parts.append(np.rint((self.made(self.noise(len(part)), part).numpy()[..., 0] + 1) * 127.5))
        return np.concatenate(parts).clip(0, 255).astype(np.uint8)


def naming(told: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The loss of telling the classes."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, told))


def scale(x: np.ndarray) -> np.ndarray:
    """Levels as floats from -1 to 1, with one channel."""
    return x[..., None].astype(np.float32) / 127.5 - 1


def grown_width(seconds: float) -> int:
    """The width that genloop takes for pictures of 784 pixels in this time."""
    return max(LANES, LANES * round((seconds / USUAL_SECONDS) ** GROWS))


def learn(game: Game, given: argparse.Namespace) -> tuple[int, list[float]]:
    """Steps until the time is over; the rate falls over as many steps as half of it held."""
    chance, order, times = np.random.default_rng([given.seed, 1]), np.zeros(0, np.int32), []
    step, total = 0, math.inf
    end = RESERVE * given.seconds
    middle = end - FALL * (end - used(given.clock))
    while step < total and used(given.clock) < end:
        if math.isinf(total) and used(given.clock) > middle:
            total = round(step / (1 - FALL))
        if len(order) < BATCH:
            order = chance.permutation(len(game.x)).astype(np.int32)
        places, order = order[:BATCH], order[BATCH:]
        left = 1.0 if math.isinf(total) else (total - step) / (FALL * total)
        rate = RATE * min(1.0, (step + 1) / WARMUP) * max(LOWEST, min(1.0, left))
        began = time.process_time()
        (game.step if step % EVERY else game.penalised)(
            tf.constant(places), tf.constant(float(step)), tf.constant(rate)
        )
        times.append(time.process_time() - began)
        step += 1
    for weight, average in zip(game.generator.weights, game.average, strict=True):
        weight.assign(average)
    return step, times


def used(clock: str) -> float:
    """Seconds since this file began."""
    return time.perf_counter() - BEGAN if clock == "wall" else time.process_time()


def ends(real: np.ndarray, made: np.ndarray) -> np.ndarray:
    """For each level what it becomes, so that as many values lie at the two ends as in real pictures."""
    shares = [np.bincount(part.reshape(-1), minlength=256) / part.size for part in (real, made)]
    levels = np.arange(256, dtype=np.uint8)
    for ours, theirs, turned in ((*shares, levels), (*(share[::-1] for share in shares), levels[::-1])):
        reached = np.searchsorted(theirs.cumsum(), ours[0] + 1e-9, side="right") - 1
        if ours[0] >= 0.01:
            turned[: min(MOST, max(0, int(reached))) + 1] = turned[0]
    return levels


def main() -> None:
    """Learns, makes, writes and tells what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("made")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=0, help="channels next to the pixels (0: from the time)")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--clock", choices=("wall", "core"), default="wall")
    parser.add_argument("--compiled", action="store_true", help="compile the steps by XLA")
    given = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    data = np.load(given.train)
    x, y = data["x"], data["y"]
    game = Game(x, y, given)
    steps, times = learn(game, given)
    chance = np.random.default_rng([given.seed, 2])
    held = chance.permutation(len(x))[:HELD]
    levels = ends(x[held], game.draw(y[held]))
    learnt, spent = time.perf_counter() - BEGAN, []
    asked = chance.choice(y, MADE)
    for _ in range(DRAWS):
        began = time.process_time()
        made = levels[game.draw(asked)]
        spent.append(time.process_time() - began)
    np.savez(given.made, x=made, y=asked.astype(np.int64))
    step_ms = 1e3 * statistics.fmean(sorted(times)[: max(1, len(times) - 10)])  # without those that traced
    told = {"steps": steps, "step_ms": round(step_ms, 2), "width": game.width, "learnt_wall_seconds": round(learnt, 2)}
    told |= {"make_core_seconds": statistics.median(spent), "made_core_seconds": sum(spent)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
