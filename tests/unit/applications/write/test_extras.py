"""What is not installed is told with the command that adds it; addresses are read strictly."""

import sys

import pytest

from genloop.applications.write import extras, web
from genloop.core.errors import ConfigError, MissingExtra


@pytest.mark.parametrize("name", ["jinja2", "httpx", "feedparser"])
def test_a_package_that_is_not_installed_is_told_with_the_command(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=rf"{name}, which is not installed; run: pip install 'genloop\[write\]'"):
        extras.load(name)


@pytest.mark.parametrize("url", ["ftp://a/b", "a", "http://", "http://a:99999/"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ConfigError):
        web.origin(url)


@pytest.mark.parametrize(("url", "here"), [("http://127.0.0.2:1", True), ("http://[::1]/", True), ("https://a", False)])
def test_this_machine_is_known_by_its_addresses(url, here):
    assert web.is_here(url) is here
