"""Write constraints.txt: exact versions of everything that genloop and its extras bring in, from this environment.

    python tools/pins.py > constraints.txt

Local version parts (`2.13.0+cpu`) are left out, so that a pin fits every build of that version.
"""

import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "genloop[dev]"
TOOLS = ("pip", "setuptools", "wheel")


def closure(root: str) -> dict[str, str]:
    """Names and versions of all installed packages that `root` needs, directly or not."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(root)]
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            if not found:
                raise
            continue  # wanted on another platform only
        found[name] = package.version.partition("+")[0]
        for extra in {"", *need.extras} - {e for n, e in seen if n == name}:
            seen.add((name, extra))
            lines = map(Requirement, package.requires or [])
            waiting += [line for line in lines if line.marker is None or line.marker.evaluate({"extra": extra})]
    return {name: version for name, version in sorted(found.items()) if name not in {"genloop", *TOOLS}}


def main() -> int:
    """Print the pins."""
    print("# Exact versions that `make` installs and the figures were measured with.")
    print("# Written by `python tools/pins.py > constraints.txt`.")
    print("\n".join(f"{name}=={version}" for name, version in closure(ROOT).items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
