"""Modules of optional packages: imported when asked for, and named with their command where they are missing."""

import pytest

from genloop.core import extras
from genloop.core.errors import MissingExtra


def test_a_module_is_imported_by_its_short_name():
    part = extras.parts("genloop.core", "nothing")
    assert part("extras") is extras


@pytest.mark.parametrize(
    ("missing", "called"),
    [
        ("torch", "PyTorch"),
        ("torch.nn", "PyTorch"),
        ("jieba.posseg", "the package jieba"),
        (None, "the package sought"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_command(missing, called, monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(MissingExtra) as caught:
        extras.load("sought.module", "cutting words", "text")
    assert str(caught.value) == (
        f"cutting words needs {called}, which is not installed; run: pip install 'genloop[text]'"
    )


def test_a_module_of_our_own_that_is_missing_is_no_missing_package():
    with pytest.raises(ModuleNotFoundError, match=r"genloop\.core\.nowhere") as caught:
        extras.parts("genloop.core", "nothing")("nowhere")
    assert not isinstance(caught.value, MissingExtra)
