"""Source code to learn from: the functions and methods of Python's own standard library, out of this interpreter.

usage: python benchmarks/texts/functions.py [FOLDER]     (default: where the other sets are)

Each function of 80 to 1,200 characters is a row: `kind` (function or method), `area` (its top module) and `code`,
dedented. Tests and generated tables are left out. 90 % to learn from, 10 % held out by the md5 of the code; equal
functions count once. Python's licence: PSF-2.0. Writes code-train.parquet and code-held.parquet.
"""

import ast
import hashlib
import sys
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sets

LEAST, MOST = 80, 1_200
BESIDE = {"test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__", "encodings"}


def functions(path: Path) -> Iterator[tuple[str, str]]:
    """The kind and the source of every function of a module."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines(keepends=True)
    for outer in ast.walk(ast.parse(text)):
        for part in getattr(outer, "body", []) if isinstance(outer, ast.Module | ast.ClassDef) else []:
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([part.lineno, *(mark.lineno for mark in part.decorator_list)])
                source = textwrap.dedent("".join(lines[first - 1 : part.end_lineno]))
                if LEAST <= len(source) <= MOST:
                    yield ("method" if isinstance(outer, ast.ClassDef) else "function"), source


def table() -> pd.DataFrame:
    """All of the standard library."""
    root = Path(sysconfig.get_path("stdlib"))
    rows, seen = [], set()
    for path in sorted(root.rglob("*.py")):
        if BESIDE & set(path.relative_to(root).parts):
            continue
        try:
            found = list(functions(path))
        except SyntaxError:  # templates that are no modules
            continue
        for kind, source in found:
            if source not in seen:
                seen.add(source)
                rows.append((kind, path.relative_to(root).parts[0].removesuffix(".py"), source))
    return pd.DataFrame(rows, columns=["kind", "area", "code"])


def main() -> None:
    """Write both parts and say how many rows they have."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sets.home()
    found = table()
    held = found["code"].map(
        lambda code: int(hashlib.md5(code.encode(), usedforsecurity=False).hexdigest(), 16) % 10 == 0
    )
    for name, rows in (("train", found[~held]), ("held", found[held])):
        rows.to_parquet(folder / f"code-{name}.parquet", index=False)
        print(
            f"{folder / f'code-{name}.parquet'}: {len(rows):,} functions, {rows['code'].str.len().sum():,} characters"
        )


if __name__ == "__main__":
    main()
