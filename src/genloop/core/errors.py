"""One tree of errors; each is also the builtin it resembles, and says what was expected, what came, what to do."""


class GenloopError(Exception):
    """Root of every error that genloop raises on purpose; the command line prints it as one line."""


class DataError(GenloopError, ValueError):
    """The data cannot be read, parsed or learnt as they stand."""


class SourceNotFound(GenloopError, FileNotFoundError):
    """A file, table or database that was named does not exist or cannot be reached."""


class SchemaError(GenloopError, ValueError):
    """A column, kind or schema does not fit the data."""


class ConditionError(GenloopError, ValueError):
    """A condition names an unknown column, an unseen value, an empty range, or contradicts another."""


class RuleError(GenloopError, ValueError):
    """A rule is malformed, or two rules (or a rule and a condition) contradict each other."""


class ConfigError(GenloopError, ValueError):
    """A setting is unknown or out of range; the message names the flag to change."""


class ModelFileError(GenloopError, ValueError):
    """A model file is damaged, cut short, newer than this version, or larger than its bounds."""


class ServerError(GenloopError, ConnectionError):
    """A server cannot be reached, refuses or lies; the message says what it did and what to do."""


class OutputError(GenloopError, OSError):
    """A result could not be written; whatever stood there before still stands."""


class MissingExtra(GenloopError, ImportError):
    """An optional part is not installed; the message holds the command that adds it."""


class Interrupted(GenloopError, KeyboardInterrupt):
    """The work was stopped by the user before anything worth keeping existed."""
