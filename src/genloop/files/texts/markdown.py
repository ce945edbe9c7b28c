"""Markdown as text: words without marks, links as their labels, code as it stands; the title of the front matter."""

import re

_FRONT = re.compile(r"\A(?:---\s*\n(.*?)\n(?:---|\.\.\.)|\+\+\+\s*\n(.*?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.S)
_TITLE = re.compile(r"^title\s*[:=]\s*(.+?)\s*$", re.M | re.I)
_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[^\n`]{0,200}$")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$")
_RULE = re.compile(r"^[ \t]{0,3}(?:(?:[-*_][ \t]*){3,}|=+[ \t]*|-+[ \t]*)$")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,200}\]:[ \t]+\S+.*$")
_LEADS = r"\((?:(?!\]\()[^)\n]){0,2000}\)"  # where a link leads
_INLINE = (  # what a mark opens ends before the next one opens: no place is looked at again from each mark before it
    (re.compile(rf"!\[([^\[\]\n]{{0,500}})\]{_LEADS}"), ""),
    (re.compile(rf"\[([^\[\]\n]{{1,500}})\](?:{_LEADS}|\[[^\[\]\n]{{0,200}}\])"), r"\1"),
    (re.compile(r"<(https?://[^<>\s]{1,2000})>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)((?:(?!\s\1)[^\n]){1,2000}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,2000}?\S|\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]{1,2000}?\S|\S)_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`\n]{1,2000})`"), r"\1"),
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])")
_ASIDE = 0xF0000  # where escaped marks wait, in a private area, until the others are gone
_SET_ASIDE = re.compile("[\U000f0020-\U000f007f]")


def read(source: str) -> tuple[str, str | None]:
    """The text, and the title: that of the front matter, else the first heading when the text begins with it."""
    front = _FRONT.match(source[: 1 << 16])
    title = None
    if front is not None:
        found = _TITLE.search(front[1] or front[2] or "")
        title = found[1].strip("\"'") if found else None
        source = source[front.end() :]
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    heading = _HEADING.match(first[:500])
    if title is None and heading is not None:
        title = _bare(heading[1])
    return "\n".join(_plain(lines)).strip("\n"), title or None


def _plain(lines: list[str]) -> list[str]:
    """The lines without marks; those within a fence stay as they are."""
    kept: list[str] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line[:300])
        if mark is not None and (not fence or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = "" if fence else mark[1]
        elif fence:
            kept.append(line)
        elif not (_RULE.match(line[:300]) or _TABLE_RULE.match(line[:300]) or _REFERENCE.match(line[:300])):
            heading = _HEADING.match(line) if len(line) < 1000 else None
            kept.append(_bare(heading[1] if heading else re.sub(r"^[ \t]{0,3}(?:>[ \t]?)+", "", line)))
        elif line.strip() and kept and kept[-1].strip():
            kept.append("")
    return kept


def _bare(line: str) -> str:
    line = _ESCAPED.sub(lambda found: chr(_ASIDE + ord(found[1])), line)
    line = _uncommented(line)
    for pattern, plain in _INLINE:
        line = pattern.sub(plain, line)
    line = _SET_ASIDE.sub(lambda found: chr(ord(found[0]) - _ASIDE), line)
    if line.lstrip().startswith("|") and line.rstrip().endswith("|"):
        line = "\t".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    return line.rstrip()


def _uncommented(line: str) -> str:
    """The line without comments; one that does not end in it stays."""
    kept, at = [], 0
    while (begin := line.find("<!--", at)) >= 0 and (end := line.find("-->", begin + 4)) >= 0:
        kept.append(line[at:begin])
        at = end + 3
    return "".join([*kept, line[at:]])
