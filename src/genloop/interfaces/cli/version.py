"""The version of this installation."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str:
    """The installed version, or "unknown" when run from a bare checkout."""
    try:
        return installed("genloop")
    except PackageNotFoundError:
        return "unknown"
