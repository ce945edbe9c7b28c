"""Small towns' news in English and Chinese, made up, and a gate that learnt each."""

import functools

import numpy as np
import pytest

from genloop.judges.drafts import Gate, fit
from genloop.judges.texts import grams

_PEOPLE = ("Harper", "Lindqvist", "Okafor", "Meyer", "Tanaka", "Rossi", "Novak", "Silva")
_PLACES = ("Ashford", "Brindle", "Carrow", "Dunmere", "Elstow", "Farleigh")
_TOPICS = {
    "harbour": "the boats unload herring crates before dawn while gulls circle over wet ropes and nets",
    "school": "pupils rehearse songs after lessons and teachers mark essays beside crowded library shelves",
    "railway": "engines haul coal wagons past signal boxes while porters stack luggage under iron roofs",
    "garden": "roses climb brick walls where keepers prune apple branches and water young seedlings",
    "market": "traders weigh cheese and onions behind striped stalls as shoppers compare baskets",
}
_ZH_PEOPLE = ("张伟民", "李秀英", "王建国", "刘洪波", "陈丽华", "杨文斌", "赵国庆", "周晓东")
_ZH_PLACES = ("北京", "上海", "广州", "成都", "武汉", "西安")
_ZH_TOPICS = {
    "渔港": "渔船 清晨 卸下 鲱鱼 海鸥 盘旋 码头 湿漉漉 缆绳 渔网 晾晒 潮水 船员 冷库",
    "学校": "学生 课后 排练 歌曲 老师 批改 作文 图书馆 书架 操场 考试 黑板 校长 班级",
    "铁路": "机车 牵引 煤车 信号 站台 行李 列车 车厢 调度 铁轨 旅客 车票 隧道 枕木",
    "花园": "月季 围墙 园丁 修剪 苹果 枝条 浇灌 幼苗 温室 草坪 肥料 花坛 蝴蝶 种子",
    "市场": "商贩 称量 奶酪 洋葱 摊位 顾客 篮子 比较 价格 新鲜 蔬菜 水果 吆喝 零钱",
}


def english(seed: int) -> str:
    """One article of two paragraphs."""
    rng = np.random.default_rng(seed)
    person, place = str(rng.choice(_PEOPLE)), str(rng.choice(_PLACES))
    words = _TOPICS[str(rng.choice(list(_TOPICS)))].split()

    def some(count: int) -> str:
        return " ".join(rng.permutation(words)[:count])

    first = (
        f"On {rng.integers(2, 29)} March the council of {place} counted {rng.integers(20, 900)} visitors. They saw how "
    )
    first += f"{some(6)}. According to {person}, {some(7)} was worth ${rng.integers(2, 90)},000."
    second = f"Many people said that {some(8)}. In {rng.integers(1950, 2020)} nobody believed that {some(6)}. "
    second += f"The work goes on, and {some(5)} remains for later."
    return f"{first}\n{second}"


def chinese(seed: int) -> str:
    """One article of two paragraphs."""
    rng = np.random.default_rng(seed)
    person, place = str(rng.choice(_ZH_PEOPLE)), str(rng.choice(_ZH_PLACES))
    words = _ZH_TOPICS[str(rng.choice(list(_ZH_TOPICS)))].split()

    def some(count: int) -> str:
        return "".join(rng.permutation(words)[:count])

    first = (
        f"{rng.integers(2, 13)}月{rng.integers(2, 29)}日，{place}共接待游客{rng.integers(20, 900)}人，看到{some(4)}。"
    )
    first += f"据{person}介绍，{some(5)}价值{rng.integers(2, 90)}万元。"
    second = f"许多人认为，{some(5)}。早在{rng.integers(1950, 2020)}年，没有人相信{some(4)}。"
    return f"{first}\n{second}这项工作还在继续，{some(3)}留待以后。"


MAKERS = {"en": english, "zh": chinese}


@functools.cache
def _gate(language: str) -> Gate:
    return fit([MAKERS[language](seed) for seed in range(80)], np.random.default_rng(0))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few buckets of runs of characters."""
    monkeypatch.setattr(grams, "BITS", 14)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    """Each language; Chinese names need jieba."""
    if request.param == "zh":
        pytest.importorskip("jieba")
    return str(request.param)


@pytest.fixture
def gate(language: str) -> Gate:
    """A gate that learnt 80 articles."""
    return _gate(language)


@pytest.fixture
def article(language: str) -> str:
    """An article that the gate did not learn."""
    return MAKERS[language](1_000)


@pytest.fixture
def other(language: str) -> str:
    """Another article that the gate did not learn."""
    return MAKERS[language](2_001)


@pytest.fixture
def learnt(language: str) -> list[str]:
    """What the gate learnt."""
    return [MAKERS[language](seed) for seed in range(80)]
