"""Write docs/reference/cli.md from the commands themselves; with `--check`, tell whether it is current.

python tools/reference.py [--check]
"""

import inspect
import sys
from pathlib import Path
from typing import Any

import typer

from genloop.interfaces.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# The command line

Written by `make docs` from the commands themselves. Results go to stdout, progress to stderr; an error is one line and
a non-zero exit code, its traceback comes with `--debug`.
"""


def page() -> str:
    """The whole page as Markdown."""
    group: Any = typer.main.get_command(app)
    parts = [HEAD]
    for name, command in group.commands.items():
        parts.append(_command(name, command))
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    words, _, examples = inspect.cleandoc(command.callback.__doc__).partition("\n\n\b\n")
    about = [f"## genloop {name}", "", words.replace("\n\b\n", "\n").strip(), ""]
    about += ["```sh", examples.replace("\b\n", "").strip(), "```", ""] if examples else []
    rows = [_row(option) for option in command.params if option.name != "help"]
    table = ["| argument or option | default | what it says |", "|---|---|---|", *rows, ""]
    return "\n".join([*about, *table])


def _row(option: Any) -> str:
    value = option.metavar or ("" if getattr(option, "is_flag", False) else option.name.upper())
    label = option.name.upper() if option.param_type_name == "argument" else f"{', '.join(option.opts)} {value}"
    more = " May be repeated." if getattr(option, "multiple", False) else ""
    default = "required" if option.required else _default(option.default)
    text = " ".join((getattr(option, "help", "") or "").split()).rstrip(".")
    return f"| `{label.strip()}` | {default} | {text}.{more} |".replace("auto|FILE|off", "auto\\|FILE\\|off").replace(
        "zh|en", "zh\\|en"
    )


def _default(value: object) -> str:
    return "" if value is None or value is False or value == [] or callable(value) else f"`{value}`"


def main(words: list[str]) -> int:
    """Write or check the page."""
    if "--check" in words:
        current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
        print("docs/reference/cli.md is current" if current else "docs/reference/cli.md is old: run `make docs`")
        return not current
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
