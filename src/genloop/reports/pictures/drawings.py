"""What lies behind the figures of made pictures: sheets, curves, classes, distances to the nearest, signs of flaws."""

from collections.abc import Callable, Mapping
from typing import Any

from genloop.core.score import Score
from genloop.files.pictures.sheet import WORDS
from genloop.reports.card import CardData
from genloop.reports.drawings import Page, block, legend
from genloop.reports.histogram import histogram
from genloop.reports.marks import Chart, quiet, tip
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, known, percent, phrase

_TALL = 56  # to which small pictures are enlarged on the screen
_POINTS = 2  # of a curve, below which there is nothing to draw


def write_gallery(page: Page, card: CardData) -> Markup | None:
    """The section of pictures that stands before all figures: sheets and training curves."""
    found = card.pictures
    if not found.get("strips"):
        return None
    return tag(
        "section",
        tag("h2", phrase("picture.gallery")),
        tag("p", phrase("picture.gallery_real" if found["shown_real"] else "picture.gallery_lead"), class_="lead"),
        tag("div", [_strip(found, strip) for strip in found["strips"]], class_="strips"),
        _mark(found),
        _curves(page, found.get("curve", ())),
        id="pictures",
        class_="judged",
    )


def draw(page: Page, score: Score, card: CardData) -> list[Markup]:
    """The drawings behind one score of pictures."""
    drawing = _DRAWINGS.get(score.name)
    return drawing(page, score, card) if drawing is not None else []


def _strip(found: Mapping[str, Any], strip: Mapping[str, Any]) -> Markup:
    name = strip["name"]
    made = phrase("picture.alt_made", name=name) if name is not None else phrase("picture.alt_made_any")
    rows = [
        tag(
            "img", src=strip["made"], alt=made.en, aria_label=made, style=_wide(found, found["across"]), class_="pixels"
        )
    ]
    if strip.get("real"):
        real = phrase("picture.alt_real", name=name) if name is not None else phrase("picture.alt_real_any")
        rows = [
            tag("div", tag("small", phrase(f"picture.{side}")), image, class_="side")
            for side, image in (
                ("made", rows[0]),
                (
                    "real",
                    tag(
                        "img",
                        src=strip["real"],
                        alt=real.en,
                        aria_label=real,
                        style=_wide(found, found["across"]),
                        class_="pixels",
                    ),
                ),
            )
        ]
    return tag("div", tag("h3", name) if name is not None else None, rows, class_="strip-of")


def _mark(found: Mapping[str, Any]) -> Markup | None:
    """The visible mark of made pictures, below and not over them."""
    if not found.get("marked"):
        return None
    return tag("small", phrase("picture.mark_beside", words=WORDS) if found["shown_real"] else WORDS)


def _wide(found: Mapping[str, Any], across: int) -> str:
    """A whole factor of enlargement, so that pixels stay square, and never wider than the page."""
    height, width, _ = found["shape"]
    factor = max(_TALL // max(height, width), 1)
    return f"width:{(across * (width + 1) - 1) * factor}px"


def _curves(page: Page, curve: Any) -> Markup | None:
    """The judge's score along the seconds, a chart for each stage that has one."""
    stages: dict[str, list[dict[str, float]]] = {}
    for stage, at, value in curve:
        stages.setdefault(str(stage), []).append({"at": float(at), "v": float(value)})
    charts = [(name, points) for name, points in stages.items() if len(points) >= _POINTS]
    if not charts:
        return None
    cells = [
        tag(
            "article",
            tag("h4", name),
            tag("span", phrase("picture.last", value=f"{points[-1]['v']:.4g}"), class_="overlap"),
            page.place(_curve(points), Words(name, name)),
        )
        for name, points in charts
    ]
    return block("curves", phrase("page.curves_lead"), tag("div", cells, class_="columns"))


def _curve(points: list[dict[str, float]]) -> Chart:
    spec = {
        "height": 130,
        "mark": {"type": "line", "color": "$made", "point": {"color": "$made", "size": 22}, "aria": False},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "axis": {**quiet("~s"), "title": "@seconds"}},
            "y": {"field": "v", "type": "quantitative", "axis": quiet("~s"), "scale": {"zero": False}},
            "tooltip": [tip("at", "@seconds", ".0f"), tip("v", "@judged", ".4~g")],
        },
    }
    return Chart(spec, points, 160)


def _classes(page: Page, score: Score, card: CardData) -> list[Markup]:
    """The table of classes, the least recognised first."""
    entries = [entry for entry in score.detail.get("classes", ()) if entry.get("asked")]
    if not entries:
        return []
    entries = sorted(entries, key=lambda entry: entry.get("right") or 0.0)
    total = sum(entry["asked"] for entry in entries)
    heads = [phrase(f"picture.{name}") for name in ("class", "share", "right", "right_real", "taken_for")]
    rows = [
        tag(
            "tr",
            tag("th", str(entry["class"]), scope="row"),
            tag("td", percent(entry["asked"] / total)),
            tag("td", _percent(entry.get("right"))),
            tag("td", _percent(entry.get("real"))),
            tag("td", entry.get("taken_for") or "–"),
        )
        for entry in entries
    ]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", rows),
        class_="plain",
    )
    return [block("classes", phrase("page.classes_lead"), tag("div", table, class_="scroll", tabindex="0"))]


def _near(page: Page, score: Score, card: CardData) -> list[Markup]:
    """The histogram of distances, and once the nearest pairs."""
    parts = []
    edges, fresh, made = (list(score.detail.get(name, ())) for name in ("edges", "holdout", "made"))
    if len(edges) > 1 and len(edges) - 1 == len(fresh) == len(made):
        chart = histogram(edges, _shares(fresh), _shares(made), real_name="@fresh_pictures")
        title = f"{score.name}_distances"
        place = tag("div", page.place(chart, phrase(f"page.{title}")), class_="narrow")
        parts.append(block(title, phrase("page.near_lead"), legend("fresh_pictures", "made_pictures_of"), place))
    first = "near_features" if card.find("near_features") is not None else "near_pixels"
    pairs = card.pictures.get("pairs", ()) if score.name == first else ()
    if pairs:
        lead = phrase("page.pairs_shown" if card.pictures["shown_real"] else "page.pairs_hidden")
        cells = [_pair(card.pictures, pair) for pair in pairs]
        parts.append(block("nearest", lead, tag("div", cells, class_="pairs"), _mark(card.pictures)))
    return parts


def _pair(found: Mapping[str, Any], pair: Mapping[str, Any]) -> Markup:
    style = _wide(found, 1)
    images = []
    for side, told in (("made", phrase("picture.alt_near")), ("real", phrase("picture.alt_learnt"))):
        if pair.get(side):
            images.append(tag("img", src=pair[side], alt=told.en, aria_label=told, style=style, class_="pixels"))
    told = phrase("picture.too_near" if pair["near"] else "picture.apart", value=f"{pair['distance']:.2f}")
    return tag("figure", tag("div", images), tag("figcaption", told, class_="bad" if pair["near"] else None))


def _flaws(page: Page, score: Score, card: CardData) -> list[Markup]:
    """Signs of flaws: made and real side by side, and how far apart in standard deviations."""
    signs = score.detail.get("signs", {})
    if not signs:
        return []
    heads = [phrase(f"picture.{name}") for name in ("sign", "made", "real", "off")]
    rows = [
        tag(
            "tr",
            tag("th", phrase(f"sign.{name}") if known(f"sign.{name}") else name, scope="row"),
            [tag("td", f"{entry[side]:.4g}") for side in ("made", "real")],
            tag("td", f"{entry['off']:.2f}"),
        )
        for name, entry in sorted(signs.items(), key=lambda item: -abs(item[1]["off"]))
    ]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", rows),
        class_="plain",
    )
    return [block("flaws", phrase("page.flaws_lead"), tag("div", table, class_="scroll", tabindex="0"))]


def _eyes(page: Page, score: Score, card: CardData) -> list[Markup]:
    """Whose eyes judged."""
    eyes = str(score.detail.get("features", ""))
    if not eyes:
        return []
    told = phrase(f"eyes.{_key(eyes)}") if known(f"eyes.{_key(eyes)}") else Words(eyes, eyes)
    return [tag("p", phrase("page.eyes", eyes=told, count=f"{score.detail.get('made', 0):,}"), class_="note")]


def _key(eyes: str) -> str:
    return "photographs" if "MobileNet" in eyes else "own" if eyes.startswith("two small networks") else "other"


def _shares(counts: list[float]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts] if total > 0 else list(counts)


def _percent(value: Any) -> str:
    return percent(float(value)) if isinstance(value, int | float) else "–"


_DRAWINGS: dict[str, Callable[[Page, Score, CardData], list[Markup]]] = {
    "fid": _eyes,
    "asked": _classes,
    "near_features": _near,
    "near_pixels": _near,
    "artefacts": _flaws,
}
DRAWN = list(_DRAWINGS)
