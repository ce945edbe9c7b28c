"""Where sentences end, in Chinese and English: the one rule for all who cut, count, quote or judge sentences.

A full stop behind an abbreviation or an initial ends nothing: "et al. (2019)", "e.g. tea", "Dr. Li", "J. Smith". Some
abbreviations also close sentences ("etc.", "Inc.", "p.m."); there a capital after them decides.
"""

import re

_END = re.compile(
    r"[。！？…]+[”’）」』\"]*"  # Chinese marks end wherever they stand
    r"|[!?]+[”’）」』\")\]]*(?=[\u2e80-\uffef])"
    r"|[.!?]+[\"'”’)\]]*(?=\s|\Z)"
)
_BEFORE = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
_INITIALS = re.compile(r"[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]")
_NEVER = re.compile(
    "mr|mrs|ms|dr|prof|rev|hon|gen|col|capt|lt|sgt|gov|sen|rep|st|mt|messrs|mme|mlle|cf|viz|vs?|approx|ca|resp|dept|est"
    r"|incl|e\.g|i\.e|ph\.d"
)
_SELDOM = re.compile(r"etc|al|inc|ltd|co|corp|bros|jr|sr|esq|a\.m|p\.m|ave|blvd|rd")
_NUMBERED = re.compile("nos?|vols?|pp?|ch|chap|sect?|art|figs?|eqs?|refs?|tab|c")
_LONGEST = 12  # letters that are looked at before a full stop


def ends(text: str) -> list[int]:
    """The places behind the sentences of a text, closing quotes and brackets included; its own end is always one."""
    found = [mark.end() for mark in _END.finditer(text) if not _is_abbreviation(text, mark)]
    return found if found and not text[found[-1] :].strip() else [*found, len(text)]


def read(text: str) -> list[str]:
    """The sentences of a text without the spaces around them; a line's end is a sentence's end."""
    return [text[begin:end] for begin, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends; a line's end is a sentence's end."""
    found: list[tuple[int, int]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        begin = 0
        for end in ends(line):
            part = line[begin:end]
            if part.strip():
                start = at + begin + len(part) - len(part.lstrip())
                found.append((start, start + len(part.strip())))
            begin = end
        at += len(line)
    return found


def _is_abbreviation(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark is the full stop of an abbreviation, in the midst of a sentence."""
    before = _BEFORE.search(text, max(0, mark.start() - _LONGEST), mark.start())
    after = text[mark.end() : mark.end() + _LONGEST].lstrip()
    if before is None or not after or mark.group().rstrip("\"'”’)]") != ".":
        return False
    word = before.group()
    if _SELDOM.fullmatch(word.lower()):
        return not (after[0].isupper() or after[0] > "\u2e7f")
    if _NUMBERED.fullmatch(word.lower()):
        return bool(re.match(r"[A-Z]?\d", after))
    return bool(_NEVER.fullmatch(word.lower()) or _INITIALS.fullmatch(word))
