"""Settings and shape of the transformer family."""

import subprocess
import sys

import pytest

from genloop.core.errors import ConfigError
from genloop.core.protocols import Field
from genloop.generators.transformer import Config, Shape
from genloop.generators.transformer.config import ONE_STEP


def _fields(*sizes: int) -> tuple[Field, ...]:
    return tuple(Field(f"f{i}", size, ordered=True) for i, size in enumerate(sizes))


@pytest.mark.parametrize("size", [1, 2, ONE_STEP, ONE_STEP + 1, 100, 1000, 1024, 1025, 2000, 65535])
def test_the_two_steps_cover_every_token_and_no_whole_block_more(size: int) -> None:
    ((count, side),) = Shape.of(_fields(size), (0,), Config()).steps
    assert (count - 1) * side < size <= count * side
    assert side == 1 if size <= ONE_STEP else abs(count - side) <= 1


@pytest.mark.parametrize(("wide", "width", "hidden"), [(10, 32, 128), (64, 8, 128), (128, 4, 64), (999, 4, 16)])
def test_a_wide_table_gets_narrower_layers(wide: int, width: int, hidden: int) -> None:
    shape = Shape.of(_fields(*[4] * wide), tuple(range(wide)), Config())
    assert (shape.width, shape.hidden) == (width, hidden)
    assert Shape.of(_fields(*[4] * wide), tuple(range(wide)), Config(hidden=8)).hidden == 8


def test_a_shape_survives_its_head() -> None:
    shape = Shape.of(_fields(3, 200), (1, 0), Config())
    raw = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(shape).items()}
    assert Shape.from_head(raw) == shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "hidden=0: expected at least 1"),
        ({"dropout": 1.5}, "dropout=1.5: expected a share from 0 to below 1"),
        ({"chain": 0.8, "subset": 0.3}, "expected at most 1"),
        ({"precision": "int8"}, "expected one of auto, float32, bfloat16"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Config(**settings)  # type: ignore[arg-type]


def test_importing_the_family_and_the_loop_imports_no_torch() -> None:
    code = "import sys, genloop.generators.transformer, genloop.optimisation.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch_the_message_names_the_command_that_adds_it() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from genloop.core.errors import MissingExtra\n"
        "from genloop.generators import transformer\n"
        "from genloop.optimisation.train import train\n"
        "for work in (lambda: transformer.fit(None), lambda: train(None, None, None, None, {})):\n"
        "    try: work()\n"
        "    except MissingExtra as error: assert 'genloop[neural]' in str(error)\n"
        "    else: sys.exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
