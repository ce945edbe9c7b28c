"""The command line: one verb a command, results on stdout, progress on stderr, one-line errors."""

from genloop.interfaces.cli.main import app

__all__ = ["app"]
