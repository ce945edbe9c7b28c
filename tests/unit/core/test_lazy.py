"""Packages that are loaded on first use."""

import importlib
import sys

import pytest

from genloop.core.lazy import Lazy, kept_out


@pytest.fixture
def parcel(tmp_path, monkeypatch):
    """A package of its own that nothing has imported yet."""
    (tmp_path / "a_parcel.py").write_text("CONTENT = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "a_parcel"
    sys.modules.pop("a_parcel", None)


def test_a_module_is_imported_when_its_first_attribute_is_asked_for(parcel):
    lazy = Lazy(parcel)
    assert parcel not in sys.modules
    assert lazy.CONTENT == 3 and parcel in sys.modules
    with pytest.raises(AttributeError, match="NOTHING"):
        _ = lazy.NOTHING


def test_a_package_kept_out_counts_as_not_installed_within_the_block_only(parcel):
    with pytest.raises(ModuleNotFoundError, match=parcel), kept_out(parcel):
        importlib.import_module(parcel)
    assert importlib.import_module(parcel).CONTENT == 3
    with kept_out(parcel):
        assert importlib.import_module(parcel).CONTENT == 3, "what is loaded stays at hand"
