"""Spelling: in English words that neither the learnt texts nor a dictionary have, in Chinese characters confused.

English asks the program `hunspell` where it is installed. Chinese is read by confusion sets, characters that writers
take for one another because they sound or look alike: one is wrong where the independent model of `fluency` finds the
text around it far likelier with another of its set.
"""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import numpy as np

from genloop.judges.texts import fluency, vocabulary
from genloop.judges.texts.corpus import Language

SETS = (
    "的地得", "在再", "做作", "已以", "他她它", "那哪", "象像向相", "座坐", "带戴", "进近", "到道倒", "会回",
    "长常", "买卖", "末未", "己已巳", "即既", "须需", "必毕", "拨拔", "仑伦论轮", "帐账", "震振", "辩辨辫",
    "燥躁噪", "蓝篮", "密蜜", "园圆员", "历厉", "练炼", "幅副", "份分", "度渡", "板版", "响想", "油由游",
    "师狮", "青清情请晴", "干千", "人入", "大太", "日曰", "土士", "王玉", "侯候", "折拆", "竟竞", "崇祟",
    "茶荼", "亨享", "免兔", "晴睛", "抱报", "被备", "变便", "才材", "查察", "成程", "初出", "处外", "但旦",
    "低底", "订定", "防房", "风封", "付附副负", "该改", "赶敢", "刚钢", "根跟", "工公功", "够购", "估古",
    "关管", "贵桂", "合和", "后候", "化花", "话画", "还环", "换唤", "机几", "级及", "继记计", "价架", "间简",
    "件建", "经径", "久就旧", "具据", "决绝", "可客", "块快", "理里", "利力", "量辆", "卖迈", "每美", "面免",
    "名明", "拿哪", "能难", "品评", "其期", "起气", "前钱", "切且", "轻清", "如入", "身深", "声生", "时实",
    "事是", "收手", "受售", "所锁", "特待", "提题", "天填", "条调", "通痛", "同桐", "晚完", "为位", "问文",
    "物务", "现线", "消销", "小少", "些写", "心新", "信性", "型形", "须虚", "选先", "牙呀", "样洋", "也页",
    "一以", "意义", "因应", "用永", "有又", "于与", "原元", "远愿", "找照", "者着", "真针", "整正", "知只",
    "直值", "住主", "装状", "自字", "总种", "足组", "最罪", "尊遵",
)  # fmt: skip
PLAIN = 8.0  # bits by which another character must be likelier
_BEFORE, _BEHIND = 6, 4  # characters around it that the model reads
_PROGRAM, _DICTIONARY, _SECONDS = "hunspell", "en_US", 60


def read(
    texts: Sequence[str], learnt: Sequence[str], model: fluency.Model, language: Language
) -> tuple[np.ndarray, np.ndarray] | None:
    """How many places of each text look misspelt, and how many could; None where nobody can tell."""
    if language == "zh":
        return confused(texts, model)
    return misspelt(texts, vocabulary.known(learnt, language), language) if language == "en" and program() else None


def confused(texts: Sequence[str], model: fluency.Model) -> tuple[np.ndarray, np.ndarray]:
    """Characters of confusion sets that another of their set would replace far better, and all of such sets."""
    others = _others()
    rows: list[int] = []
    sights: list[str] = []
    for number, text in enumerate(texts):
        for at, mark in enumerate(text):
            if mark in others:
                before, behind = text[max(at - _BEFORE, 0) : at], text[at + 1 : at + 1 + _BEHIND]
                sights += [before + other + behind for other in (mark, *others[mark])]
                rows += [number] + [-1] * len(others[mark])
    bits, _ = fluency.measure(model, sights)
    own = np.flatnonzero(np.array(rows, np.int64) >= 0)
    row = np.array(rows, np.int64)[own]
    best = np.minimum.reduceat(bits, own) if len(own) else np.zeros(0)
    wrong = bits[own] - best > PLAIN
    return np.bincount(row, wrong, len(texts)).astype(np.int64), np.bincount(row, minlength=len(texts))


def misspelt(texts: Sequence[str], words: set[str], language: Language) -> tuple[np.ndarray, np.ndarray]:
    """Words of each text that are neither among the known ones nor in the dictionary, and all its words."""
    split = [vocabulary.read(text, language) for text in texts]
    strange = sorted({word for part in split for word in part} - words)
    wrong = set(_asked(strange))
    counts = np.array([sum(word in wrong for word in part) for part in split], np.int64)
    return counts, np.array([len(part) for part in split], np.int64)


@cache
def program() -> str | None:
    """The spelling checker, where it and its dictionary are installed."""
    found = shutil.which(_PROGRAM)
    if found is None:
        return None
    try:
        _run(found, "word\n")
    except (OSError, subprocess.SubprocessError):
        return None
    return found


def _asked(words: Sequence[str]) -> list[str]:
    """Those of the words that the dictionary does not have."""
    found = program()
    return _run(found, "\n".join(words) + "\n").split() if found and words else []


def _run(found: str, words: str) -> str:
    command = [found, "-l", "-i", "utf-8", "-d", _DICTIONARY]
    done = subprocess.run(  # noqa: S603  (a fixed program that reads words as data)
        command, input=words, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS, check=True
    )
    return done.stdout


@cache
def _others() -> dict[str, str]:
    """For each character those that it is taken for."""
    found: dict[str, str] = {}
    for group in SETS:
        for mark in group:
            found[mark] = "".join(dict.fromkeys(found.get(mark, "") + group.replace(mark, "")))
    return found
