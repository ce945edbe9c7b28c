"""What a publisher gives back, and what every publisher offers."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from genloop.applications.write.publish.piece import Piece

Did = Literal["created", "updated", "unchanged", "withdrawn"]


@dataclass(frozen=True)
class Receipt:
    """What was done with an article at a target, where it can be read, and whether it was compared there.

    `number` is by which the target itself knows it, where it has such numbers.
    """

    id: str
    target: str
    did: Did
    place: str
    read_back: bool = True
    number: int | None = None


@runtime_checkable
class Publisher(Protocol):
    """One target that is open."""

    def publish(self, piece: Piece) -> Receipt:
        """Creates or updates the article under its own name, reads it back and compares.

        Raises:
            OutputError: it cannot be published, or does not come back as it was sent.
        """

    def withdraw(self, name: str) -> Receipt:
        """Takes the article of that name down.

        Raises:
            OutputError: it may still stand there.
        """

    def stands(self, name: str) -> bool:
        """Whether the article is still there as far as can be told without asking a server."""
