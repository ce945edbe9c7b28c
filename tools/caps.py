"""Refuse a source file of 300 lines or more and a function of more than 60 lines.

python tools/caps.py src
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 299
FUNCTION_LINES = 60


def breaches(text: str, name: str) -> Iterator[str]:
    """One line for everything in this source text that is too long."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines; at most {FILE_LINES}: split it by idea"
    for node in ast.walk(ast.parse(text, filename=name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines; at most {FUNCTION_LINES}"


def main(folders: list[str]) -> int:
    """Print every breach under these folders; the exit code tells whether there was one."""
    paths = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    found = [line for path in paths for line in breaches(path.read_text(encoding="utf-8"), str(path))]
    print("\n".join(found or [f"{len(paths)} files within the caps"]))
    return bool(found) or not paths


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["src"]))
