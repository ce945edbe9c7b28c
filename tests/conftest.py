"""For every test: shapes and types are checked at run time, one thread each, and no silent skips where none is allowed.

`jaxtyping` with `beartype` checks every annotated argument and result of genloop while tests run. The hook works module
by module when it is first imported, so it is installed here, before any test imports genloop.
"""

import os
import sys
import tempfile
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

_cache = tempfile.TemporaryDirectory(prefix="genloop-tests-")
os.environ["GENLOOP_CACHE"] = _cache.name  # what is kept between commands stays among the tests

SOURCE = Path(__file__).parent.parent / "src"
NO_SKIP = os.environ.get("GENLOOP_NO_SKIP") == "1"


def _checked() -> list[str]:
    """Names of the modules under run-time checks.

    Left out: modules whose loops numba compiles (`@njit` refuses a function that the hook has wrapped), and package
    fronts, because the hook takes a name for everything beneath it.
    """
    paths = sorted((SOURCE / "genloop").rglob("*.py"))
    chosen = [path for path in paths if path.stem[0] != "_" and "njit" not in path.read_text(encoding="utf-8")]
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in chosen]


assert "genloop" not in sys.modules or set(sys.modules) & set(_checked()) == set(), "genloop was imported too early"
install_import_hook(_checked(), "checked.typed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is installed (`GENLOOP_NO_SKIP=1`), a skipped test is a failed one."""
    report = yield
    return _refused(report, item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """The same for a file that is skipped as a whole."""
    report = yield
    return _refused(report, collector.nodeid)


def _refused(report, name):
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{name} was skipped although GENLOOP_NO_SKIP=1: {report.longrepr}"
    return report
