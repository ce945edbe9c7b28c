"""What one command may spend on a server: tokens and money, with what requests on their way may cost set aside."""

from dataclasses import dataclass, field

MILLION = 1_000_000
_BYTES_A_TOKEN = 3  # a cautious guess where the server does not count


@dataclass
class Purse:
    """Caps (0: none), prices a million tokens, and what was spent and set aside so far."""

    token_cap: int = 0
    cost_cap: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0
    read: int = 0
    written: int = 0
    aside: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Tokens spent."""
        return self.read + self.written

    @property
    def cost(self) -> float:
        """Money spent."""
        return (self.read * self.price_in + self.written * self.price_out) / MILLION

    def reserve(self, number: int, read: int, written: int) -> str:
        """Set aside what request `number` may cost; why not, where a cap stands against it."""
        reads = self.read + read + sum(own for own, _ in self.aside.values())
        writes = self.written + written + sum(own for _, own in self.aside.values())
        if self.token_cap and reads + writes > self.token_cap:
            return f"token_cap={self.token_cap:,}: {self.tokens:,} tokens are spent and one more may take {written:,}"
        if self.cost_cap and (reads * self.price_in + writes * self.price_out) / MILLION > self.cost_cap:
            return f"cost_cap={self.cost_cap:g}: {self.cost:.4g} is spent and one more text may go beyond it"
        self.aside[number] = (read, written)
        return ""

    def pay(self, number: int, read: int, written: int) -> None:
        """The request came back: what it did cost."""
        self.aside.pop(number, None)
        self.read += read
        self.written += written


def guess(text: str) -> int:
    """About how many tokens a text has at most."""
    return len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN + 1
