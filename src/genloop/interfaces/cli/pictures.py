"""Pictures in the terminal, two pixels a character, and the question that comes before a sheet without its mark."""

import numpy as np
import typer
from rich.console import Console
from rich.style import Style
from rich.text import Text

from genloop.core import pixels as tensors
from genloop.core.errors import ConfigError
from genloop.core.protocols import Pixels
from genloop.core.records import Records
from genloop.interfaces.cli.texts import say

SHOWN = 8
_TALL = 28  # pixels of a shown picture at most: 14 lines
_SHADES = " .:-=+*#%@"
_UPPER_HALF = "\u2580"
NO_MARK = typer.Option("--no-mark", help="A sheet without the visible mark; asks first, and the label says so.")
TRUNCATION = typer.Option(metavar="CUT", help="Pictures: noise cut at so many deviations; more usual, less varied.")
CANDIDATES = typer.Option(metavar="N", help="Pictures: make so many of each, the critic chooses.", min=1, max=64)
CLEAN = typer.Option("--clean", help="Pictures: take off specks and haze where the model's judge does not object.")
YES = typer.Option("--yes", help="Answer the question of --no-mark with yes.")


def first(records: Records) -> Pixels | None:
    """The pictures of the first column that holds any."""
    for field in records.schema:
        if tensors.is_tensor(field.type):
            return tensors.read(records.column(field.name))
    return None


def show(console: Console, pixels: Pixels) -> None:
    """A few pictures side by side: in colour by half blocks, else by shades of signs."""
    small = [_smaller(picture) for picture in pixels[:SHOWN]]
    if not small:
        return
    across = max(console.width // (small[0].shape[1] + 1), 1)
    for start in range(0, len(small), across):
        row = small[start : start + across]
        write = _blocks if console.color_system else _signs
        for line in range(0, row[0].shape[0], 2):
            text = Text()
            for picture in row:
                text.append_text(write(picture[line : line + 2]))
                text.append(" ")
            console.print(text, no_wrap=True, overflow="crop")
        console.print()


def marked(no_mark: bool, yes: bool, lang: str) -> bool:
    """Whether the visible mark goes onto a sheet; to leave it away must be confirmed.

    Raises:
        ConfigError: it was not confirmed.
    """
    if not no_mark:
        return True
    if not yes and not typer.confirm(say("no-mark", lang), default=False, err=True):
        raise ConfigError("the visible mark stays unless you confirm; leave out --no-mark, or add --yes")
    return False


def _smaller(picture: np.ndarray) -> np.ndarray:
    """RGB on white, at most some 28 pixels a side by block means, of an even number of lines."""
    if picture.shape[2] == 4:
        share = picture[..., 3:] / 255
        picture = np.rint(picture[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    step = -(-max(picture.shape[:2]) // _TALL)
    tall, wide = (max(side // step, 1) * step if side >= step else side for side in picture.shape[:2])
    blocks = picture[:tall, :wide].astype(float)
    if step > 1 and tall >= step and wide >= step:
        blocks = blocks.reshape(tall // step, step, wide // step, step, -1).mean(axis=(1, 3))
    if blocks.shape[0] % 2:
        blocks = np.concatenate([blocks, blocks[-1:]])
    return np.repeat(blocks, 3, axis=2) if blocks.shape[2] == 1 else blocks


def _blocks(pair: np.ndarray) -> Text:
    """Two lines of pixels as one line of half blocks."""
    text = Text()
    for upper, lower in zip(*pair, strict=True):
        text.append(_UPPER_HALF, Style(color=_colour(upper), bgcolor=_colour(lower)))
    return text


def _signs(pair: np.ndarray) -> Text:
    grey = pair.mean(axis=(0, 2))
    return Text("".join(_SHADES[min(int(value * len(_SHADES) / 256), len(_SHADES) - 1)] for value in grey))


def _colour(values: np.ndarray) -> str:
    red, green, blue = (round(float(value)) for value in values)
    return f"rgb({red},{green},{blue})"
