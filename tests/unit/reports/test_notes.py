"""Every remark that a room makes about data is known in Chinese too."""

import ast
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

import genloop
from genloop.core import errors
from genloop.reports import notes
from genloop.reports.notes import read

ROOT = Path(genloop.__file__).parent
BOOK = "errors.toml"
NAMES = {"note", "notes", "reason", "say", "told"}
MAKERS = {"_key", "_text", "append", "insert"}
ROOMS = sorted(
    [
        *(ROOT / "codecs").glob("*.py"),
        *(ROOT / "files").glob("*.py"),
        *(ROOT / "files" / "pictures").glob("*.py"),
        *(ROOT / "engine" / name for name in ("fitting.py", "judging.py", "model.py", "words.py")),
    ]
)


def samples(node: ast.AST) -> Iterator[str]:
    """What a string expression may say, with 7 in its blanks."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            said = [""]
            for part in parts:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                options = list(samples(inner)) if isinstance(inner, ast.IfExp | ast.Constant) else ["7"]
                said = [start + option for start in said for option in options]
            yield from said
        case ast.IfExp(body=body, orelse=other):
            yield from (*samples(body), *samples(other))
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            yield from (a + b for a in samples(left) for b in samples(right))
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from samples(part)


def remarks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in NAMES:
                yield from samples(value)
            case ast.keyword(arg=name, value=value) if name in {"notes", "reason"}:
                yield from samples(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="notes"), attr=name), args=args) if name in MAKERS:
                yield from samples(args[-1])
            case ast.Call(func=ast.Name(id="_key" | "_text"), args=[_, _, *args]):
                for argument in args:
                    yield from samples(argument)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "notes":
                        yield from samples(value)


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_remark_of_a_room_reads_in_chinese(path: Path) -> None:
    said = {text for text in remarks(ast.parse(path.read_text("utf-8"))) if " " in text}
    assert sorted(text for text in said if read(text).zh == text) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("country: rare values protected: 47 (rows: 86)", "country：受保护的罕见值：47 个（86 行）"),
        ("stored as int64; 16 distinct values", "存储类型为 int64；16 个不同值"),
        ("text is not learnt: the column comes out empty", "自由文本不参与学习：该列输出为空"),
        ("mixed types: 3 cells are no times and become missing", "类型混杂：3 个单元格不是时间，记为缺失"),
        ("delimiter: semicolon", "分隔符：分号"),
        (
            "mixed types: 78% of the cells read as numbers, the others do not; --kind amount=number or time",
            "类型混杂：78% 的单元格可读作数值，其余不可；可用 --kind amount=number or time",
        ),
        ("fixed combinations of a x b", "a x b 的固定组合"),
        ("a: b: all missing", "a：b：全部缺失"),
        (
            "7 files are passed over: 4 an old Word file (.doc); save it as .docx; 2 empty; 1 damaged",
            "略过 7 个文件：4 个：旧版 Word 文件（.doc）；请另存为 .docx；2 个空文件；1 个：已损坏",
        ),
        (
            "30 x 30 RGB, the size of most: pictures of 1 x 1 to 9 x 12 (height x width) are scaled and padded",
            "30 x 30 RGB，是多数图片的尺寸：1 x 1 至 9 x 12（高 x 宽）的图片缩放并补边",
        ),
        ("28 x 28 grey, the size of all pictures", "28 x 28 灰度，所有图片都是这个尺寸"),
        (
            "4 of 32 cannot be read: 1 more than 120,000,000 pixels; 2 an empty file; 1 damaged",
            "32 张中有 4 张无法读取：1 个：超过 120,000,000 像素；2 个：空文件；1 个：已损坏",
        ),
        ("猫/1.jpg: damaged: cut short", "猫/1.jpg：已损坏：cut short"),
        ("x holds uint8 from 0 to 1: brought to 0..255", "x 的类型为 uint8，取值 0 至 1：已换算为 0..255"),
    ],
)
def test_blanks_are_filled_in_both_languages(english: str, chinese: str) -> None:
    assert read(english).en == english
    assert read(english).zh == chinese


@pytest.mark.parametrize(
    "text", ["the moon is full", "note: the moon is full", "", "a <= b", "quite empty", "the last is damaged"]
)
def test_a_remark_that_is_not_listed_stays_as_it_is(text: str) -> None:
    assert read(text).en == read(text).zh == text


def spoken() -> set[str]:
    """Every string of the product that has a space in it."""
    trees = (ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant))
    return {" ".join(text.split()) for node in nodes for text in samples(node) if " " in text}


def test_every_refusal_that_has_a_translation_is_still_made() -> None:
    book = tomllib.loads((ROOT / "reports" / "assets" / BOOK).read_text("utf-8"))
    texts = spoken()
    said = [english.removesuffix("; {list}") for group in book.values() for english in group if " " in english]
    wider = [re.compile(re.escape(text).replace("7", ".+")) for text in texts if "7" in text and len(text) > 20]
    gone = [english for english in said if not whole(english, texts)]
    assert [english for english in gone if not any(own.search(english) for own in wider)] == []


def whole(english: str, texts: Collection[str]) -> bool:
    """Whether one of the texts is the sentence; only those with its longest part are looked at closely."""
    part = max(notes._BLANK.split(english)[::2], key=len)
    return any(map(notes._pattern(english).fullmatch, (text for text in texts if part in text)))


def refusals() -> set[str]:
    """Every message of two words or more that is raised, with 7 in its blanks."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    nodes = (node for path in ROOT.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    calls = (
        node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds and node.args
    )
    said = {" ".join(text.split()) for call in calls for text in samples(call.args[0])}
    return {text for text in said if len(re.findall("[a-z]{2,}", text)) > 1}


def test_every_refusal_that_is_raised_reads_in_chinese() -> None:
    books = [tomllib.loads((ROOT / "reports" / "assets" / name).read_text("utf-8")) for name in ("notes.toml", BOOK)]
    known = [english for book in books for group in book.values() for english in group]
    mute = [text for text in sorted(refusals()) if read(text).zh == text]
    wider = {text: re.compile(re.escape(text).replace("7", ".+")) for text in mute}
    assert [text for text in mute if not any(map(wider[text].search, known))] == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no file a.csv (looked in /data)", "没有文件 a.csv（在 /data 中查找过）"),
        (
            "the table has 1 row; at least 10 are needed to learn from; 1 document: 1 .txt; "
            "one document only: its 1 passage is the row",
            "表中只有 1 行；学习至少需要 10 行；1 份文档：1 .txt；只有一份文档：以其 1 个段落为行",
        ),
        (
            "no document with text in docs: expected .txt, .md; found 2 empty; 1 no text in it",
            "docs 中没有含文字的文档：应有 .txt, .md；找到：2 个空文件；1 个：没有文字",
        ),
        (
            "found 1 picture; at least 10 are needed to learn from; 2 files are no pictures: 2 an SVG drawing",
            "找到 1 张图片；学习至少需要 10 张；2 个文件不是图片：2 个：SVG 矢量图",
        ),
        (
            "no document with text in docs: expected .txt, .md; found 1 empty; nor any picture",
            "docs 中没有含文字的文档：应有 .txt, .md；找到：1 个空文件；也没有图片",
        ),
        ("scan.pdf: a PDF with a password; save it without one", "scan.pdf：有密码的 PDF；请另存为无密码的文件"),
        (
            "'text length 9..3' cannot come true: at least 9 and at most 3 characters",
            "'text length 9..3' 无法实现：至少 9、至多 3（字符）",
        ),
        ("setting width='wide': expected a whole number", "设置 width='wide'：应为整数"),
        ("unknown setting wurst; known: leash, rows", "未知设置 wurst；可用：leash, rows"),
        ("vae setting latent=0: expected more than 0", "vae 的设置 latent=0：应为大于 0 的数"),
        (
            "--family 'wurst' is not installed; installed of tables: gan, trees; of texts: recurrent",
            "没有安装生成器 'wurst'；已安装：表格：gan, trees；文本：recurrent",
        ),
        (
            "[model] of the brief: unknown setting wurst; known: base, rank",
            "任务书的 [model]：未知设置 wurst；可用：base, rank",
        ),
        (
            "gemma3==1.0.0: its licence is 'Gemma Terms of Use'; read it, then add --accept to take it",
            "gemma3==1.0.0：其许可证为 'Gemma Terms of Use'；请阅读后加 --accept 安装",
        ),
        (
            "country has no value 'Chna' (did you mean 'China'?); its values are China, Italy and 7 more or missing",
            "country 没有值 'Chna'（是否指 'China'？）；它的值有 China, Italy，另有 7 个，或缺失",
        ),
        (
            "no row can satisfy age>200; its values run from 17 to 90 or are missing",
            "没有一行能满足 age>200；它的值从 17 到 90，或缺失",
        ),
        ("cannot write out.csv: Permission denied", "无法写入 out.csv：没有权限"),
        ("flow setting axes=0: expected a number from 1 to 512", "flow 的设置 axes=0：应为 1 到 512 之间的数"),
        (
            "the 3 answers of qwen for text 2 all broke what was demanded, the last because '早' is not in it; it has "
            "9 characters; demand less, or fit with a higher setting tries. None of 4 texts was made",
            "qwen 对第 2 段文本的 3 次回答都未满足要求，最后一次：不含 '早'；有 9 个字符；请放宽要求，或在学习时"
            "调高设置 tries。4 段文本一段也没有生成",
        ),
        (
            "http://127.0.0.1:8000/v1 gave an answer without any choice in it; asked 4 times (the setting retries of "
            "the fit asks more often). 2 of 3 texts were made and are kept: the same command with the same seed goes "
            "on from them",
            "http://127.0.0.1:8000/v1 的回答中没有 choice；已尝试 4 次（学习时的设置 retries 可增加次数）。3 段文本中"
            "已生成并保存 2 段：用相同的种子再次运行同一命令即可接着写",
        ),
        ("no row can satisfy no>200; the column holds only missing values", "没有一行能满足 no>200；该列只有缺失值"),
        (
            "1 of 3 texts of text broke what was demanded of them 6 times in a row ('早' is not in it; it has 1 "
            "character); demand less, or ask for fewer rows",
            "text 的 3 段文本中有 1 段连续 6 次未满足要求（不含 '早'；有 1 个字符）；请放宽要求，或减少行数",
        ),
    ],
)
def test_refusals_read_in_chinese(english: str, chinese: str) -> None:
    assert read(english).zh == chinese
