"""What this machine can do: cores, memory, bf16, GPU, and which optional packages are installed; imports none."""

import importlib.util
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from genloop.runtime import budget, shelf

_EXTRAS = (
    ("torch", "neural", "networks: tables, pictures and texts"),
    ("tokenizers", "text", "learning texts"),
    ("datasketch", "text", "near duplicates among texts"),
    ("jieba", "text", "Chinese words"),
    ("pypdf", "text", "reading PDF"),
    ("llguidance", "text", "texts under an expression or a schema"),
    ("regex", "text", "telling whether texts keep an expression"),
    ("jsonschema", "text", "telling whether texts keep a schema"),
    ("transformers", "weights", "open weights"),
    ("peft", "weights", "teaching open weights"),
    ("openai", "remote", "servers that write"),
    ("jinja2", "write", "pages of genloop write"),
    ("feedparser", "write", "reading feeds"),
    ("psycopg", "postgresql", "reading and writing PostgreSQL"),
    ("polars", "polars", "polars tables in and out"),
)


@dataclass(frozen=True)
class Extra:
    """An optional package: its version when installed, and the command that adds it."""

    package: str
    purpose: str
    version: str | None
    command: str


@dataclass(frozen=True)
class Machine:
    """The machine as far as genloop cares."""

    genloop: str
    python: str
    machine: str
    cores: int
    memory_gb: float
    bf16: bool
    gpu: bool
    cache: str
    extras: tuple[Extra, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)


def read() -> Machine:
    """This machine."""
    flags = _processor_flags()
    return Machine(
        genloop=_installed("genloop") or "unknown",
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cores=budget.threads(None),
        memory_gb=round(_memory_bytes() / 2**30, 1),
        bf16=bool(flags & {"avx512_bf16", "amx_bf16", "bf16"}),
        gpu=Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists(),
        cache=str(shelf.folder()),
        extras=tuple(
            Extra(package, purpose, _installed(package), f"pip install 'genloop[{extra}]'")
            for package, extra, purpose in _EXTRAS
        ),
    )


def _installed(package: str) -> str | None:
    if package != "genloop" and importlib.util.find_spec(package) is None:
        return None
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _memory_bytes() -> int:
    """The memory that this process may use: the machine's, or its control group's limit when that is lower."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return whole
    return min(whole, limit)


def _processor_flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    for line in text.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return set(flags.split())
    return set()
