"""The card in a real headless Chromium: charts are drawn, the switch works, nothing is asked of the network."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.files.pictures import png
from genloop.reports.card import CardData
from genloop.reports.html import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and chromedriver are not on this machine"),
]
EVIL = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>"
SECONDS = 60
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--proxy-server=127.0.0.1:9",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]


class Browser:
    """The few WebDriver commands that the tests need, over plain HTTP to a chromedriver on this machine."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._wait()
        options = {"binary": CHROMIUM, "args": FLAGS}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        found = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{found['sessionId']}"
        self.post("/timeouts", {"script": SECONDS * 1000})

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._send("POST", self.session + path, body or {})

    def run(self, script: str) -> Any:
        return self.post("/execute/sync", {"script": script, "args": []})

    def draw_all(self) -> None:
        done = "const done = arguments[0]; window.genloop.drawAll().then(() => done(null), (e) => done(String(e)));"
        assert self.post("/execute/async", {"script": done, "args": []}) is None

    def show(self, *, width: int, light: str = "light") -> None:
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", screen)
        features = [{"name": "prefers-color-scheme", "value": light}]
        self._devtools("Emulation.setEmulatedMedia", {"features": features})

    def log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.post("/se/log", {"type": kind})
        return entries

    def close(self) -> None:
        self._send("DELETE", self.session, None)

    def _devtools(self, command: str, params: dict[str, Any]) -> None:
        self.post("/goog/cdp/execute", {"cmd": command, "params": params})

    def _wait(self) -> None:
        for _ in range(SECONDS * 10):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                self._send("GET", "/status", None)
                return
            time.sleep(0.1)
        raise TimeoutError(f"chromedriver did not answer within {SECONDS} s")

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]


def card() -> CardData:
    """A small card with every kind of chart, and hostile names in it."""
    columns = [
        {"name": EVIL, "kind": "category", "score": 0.9, "labels": [EVIL, "b"], "real": [0.6, 0.4], "made": [0.5, 0.5]},
        {"name": "age", "kind": "number", "score": 0.95, "edges": [0, 1, 2], "real": [0.6, 0.4], "made": [0.5, 0.5]},
        *(
            {"name": f"c{i}", "kind": "number", "score": 1, "edges": [0, 1], "real": [1], "made": [1]}
            for i in range(14)
        ),
    ]
    pairs = {"columns": [EVIL, "age"], "matrix": [[1, 0.9], [0.9, 1]]}
    near = {"edges": [0, 1, 2], "holdout": [0.5, 0.5], "made": [0.4, 0.6]}
    roc = [{"false": 0, "true": 0}, {"false": 1, "true": 1}]
    attacked = {"columns": [{"name": EVIL, "advantage": 0.01, "interval": [-0.01, 0.03]}]}
    useful = {"target": EVIL, "measure": "AUC", "real": 0.9, "made": 0.89}
    unit = (0.0, 1.0)
    scores = (
        Score("shapes", 0.95, "fidelity", unit, "higher", 1, (0.94, 0.96), detail={"columns": columns}),
        Score("pairs", 0.95, "fidelity", unit, "higher", 1, (0.94, 0.96), detail=pairs),
        Score("c2st", 0.52, "fidelity", unit, "lower", 0.5, detail={"told_by": [{"column": EVIL, "share": 1.0}]}),
        Score("usefulness", 0.99, "usefulness", (0.0, 2.0), "higher", 1, detail=useful),
        Score("near1", 0.01, "originality", unit, "lower", 0.01, detail=near),
        Score("membership", 0.0, "privacy", (-1.0, 1.0), "lower", 0, (-0.01, 0.01), detail={"roc": roc}),
        Score("attribute", 0.0, "privacy", (-1.0, 1.0), "lower", 0, (-0.01, 0.01), detail=attacked),
    )
    return CardData(f"table {EVIL}", scores, Schema((Column(EVIL, "category"), Column("age", "number"))))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests, driven by its own chromedriver."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as driver:
        try:
            browser = Browser(port)
            yield browser
            browser.close()
        finally:
            driver.terminate()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Browser:
    """The card, freshly opened on a wide screen in the light, with no memory of an earlier choice."""
    path = tmp_path / "card.html"
    path.write_text(render(card()), encoding="utf-8")
    browser.show(width=1280)
    browser.post("/url", {"url": path.as_uri()})
    browser.run("localStorage.clear(); location.reload()")
    for kind in ("browser", "performance"):
        browser.log(kind)
    browser.post("/url", {"url": path.as_uri()})
    return browser


def gallery() -> CardData:
    """A card of pictures, real ones beside made ones, with a hostile class."""
    pixels = np.arange(9 * 9 * 3, dtype=np.uint8).reshape(9, 9, 3)
    uri = f"data:image/png;base64,{base64.b64encode(png.encode(pixels)).decode()}"
    pictures = {
        "column": "image", "shape": [9, 9, 3], "across": 1, "shown_real": True,
        "strips": [{"name": name, "made": uri, "real": uri} for name in (EVIL, "b")],
        "pairs": [{"made": uri, "real": uri, "distance": 0.5, "near": True}],
        "curve": [["gan", 1.0, 9.0], ["gan", 2.0, 4.0]],
    }  # fmt: skip
    unit = (0.0, 1.0)
    near = {"limit": 0.6, "pairs": [], "edges": [0, 1, 2], "holdout": [5.0, 6.0], "made": [1.0, 9.0]}
    classes = [{"class": EVIL, "asked": 5, "right": 0.8, "real": 0.9, "taken_for": EVIL, "recognised": 4}]
    scores = (
        Score("blank", 0.0, "fidelity", unit, "lower", 0.0, (0.0, 0.01)),
        Score("fid", 9.0, "fidelity", (0.0, 1e6), "lower", 0.0, (8.0, 10.0), "", 5.0, {"features": EVIL}),
        Score("asked", 0.9, "usefulness", unit, "higher", 1.0, (0.8, 1.0), "share", 0.9, {"classes": classes}),
        Score("near_features", 0.01, "originality", unit, "lower", 0.01, (0.0, 0.02), "share", 0.01, near),
    )
    columns = (Column("image", "image", shape=(9, 9, 3)), Column("class", "category"))
    return CardData(f"pictures {EVIL}", scores, Schema(columns), pictures=pictures, rows={"made": 5})


@pytest.fixture
def sheet(browser: Browser, tmp_path: Path) -> Browser:
    """The card of pictures on a narrow screen."""
    path = tmp_path / "pictures.html"
    path.write_text(render(gallery(), lang="zh"), encoding="utf-8")
    browser.show(width=360)
    for kind in ("browser", "performance"):
        browser.log(kind)
    browser.post("/url", {"url": path.as_uri()})
    browser.run("localStorage.clear(); location.reload()")
    return browser


def test_pictures_curves_and_histograms_are_drawn_and_nothing_is_asked_of_the_network(sheet: Browser) -> None:
    sheet.draw_all()
    images = "[...document.images].filter((image) => image.complete && image.naturalWidth === 9).length"
    assert sheet.run(f"return {images}") == 2 * 2 + 2
    assert sheet.run("return document.querySelectorAll('[data-chart] svg path[d]').length > 0") is True
    assert sheet.run("return document.querySelectorAll('[data-chart]').length") == 2
    assert sheet.run("return window.genloop.errors") == []
    assert [entry["message"] for entry in sheet.log("browser")] == []
    assert sheet.run("return document.documentElement.scrollWidth <= window.innerWidth") is True
    events = [json.loads(entry["message"])["message"] for entry in sheet.log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_pictures_are_named_in_the_language_and_hostile_classes_stay_text(sheet: Browser) -> None:
    label = "return document.images[0].getAttribute('aria-label')"
    assert "的生成图片" in sheet.run(label)
    sheet.run("document.querySelector('[data-set-lang=en]').click()")
    assert sheet.run(label) == f"Made pictures of the class {EVIL}"
    assert sheet.run("return window.broken ?? null") is None
    assert "As asked for" in sheet.run("return document.body.innerText")


def test_every_chart_is_drawn_without_an_error(page: Browser) -> None:
    page.draw_all()
    empty = """return [...document.querySelectorAll('[data-chart]')].filter((place) =>
        !place.querySelector('svg path[d], canvas') || place.getBoundingClientRect().height < 40).length"""
    assert page.run("return document.querySelectorAll('[data-chart]').length") == 16 + 6
    assert page.run(empty) == 0
    assert page.run("return window.genloop.errors") == []
    assert [entry["message"] for entry in page.log("browser")] == []


def test_a_chart_is_drawn_when_it_comes_into_view(page: Browser) -> None:
    page.run("document.querySelector('#privacy [data-chart]').scrollIntoView()")
    for _ in range(SECONDS * 10):
        if page.run("return document.querySelector('#privacy [data-chart]').dataset.drawn || null"):
            break
        time.sleep(0.1)
    assert page.run("return document.querySelector('#privacy [data-chart]').dataset.drawn") == "en"
    assert page.run("return document.querySelector('details [data-chart]').dataset.drawn || null") is None


def test_the_switch_changes_every_visible_word_and_is_remembered(page: Browser) -> None:
    page.draw_all()
    english = page.run("return document.querySelector('.sentence').innerText")
    page.run("document.querySelector('[data-set-lang=zh]').click()")
    chinese = page.run("return document.querySelector('.sentence').innerText")
    assert english.startswith("For testing and analysis") or english.startswith("Good for")
    assert "这并不保证匿名" in chinese
    assert "guarantee" not in page.run("return document.body.innerText")
    assert page.run("return document.documentElement.lang") == "zh-Hans"
    assert page.run("return document.title").endswith("评判卡")
    assert page.run("return document.querySelector('[data-set-lang=zh]').getAttribute('aria-pressed')") == "true"
    page.draw_all()
    assert "误判的新行" in page.run("return document.querySelector('#privacy [data-chart] svg').textContent")
    page.run("location.reload()")
    assert page.run("return document.documentElement.dataset.lang") == "zh"


def test_no_request_leaves(page: Browser) -> None:
    page.draw_all()
    page.run("document.querySelector('[data-set-lang=zh]').click()")
    events = [json.loads(entry["message"])["message"] for entry in page.log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)") == []


def test_a_request_from_inside_the_page_is_refused(page: Browser) -> None:
    tried = "fetch('http://127.0.0.1:9/').then(() => arguments[0]('sent'), () => arguments[0]('refused'))"
    script = f"const done = arguments[0]; ({{go() {{ {tried.replace('arguments[0]', 'done')} }}}}).go();"
    assert page.post("/execute/async", {"script": script, "args": []}) == "refused"
    assert any("Content Security Policy" in entry["message"] for entry in page.log("browser"))


def test_names_from_the_data_stay_text(page: Browser) -> None:
    page.draw_all()
    assert page.run("return window.broken ?? null") is None
    assert page.run("return document.querySelectorAll('img').length") == 0
    assert page.run("return document.querySelector('h1').textContent") == f"table {EVIL}"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(page: Browser, width: int) -> None:
    page.show(width=width, light="dark")
    page.draw_all()
    assert page.run("return document.documentElement.scrollWidth <= window.innerWidth") is True


def test_the_dark_of_the_machine_is_followed(page: Browser) -> None:
    light = page.run("return getComputedStyle(document.body).backgroundColor")
    page.show(width=1280, light="dark")
    assert page.run("return getComputedStyle(document.body).backgroundColor") != light
