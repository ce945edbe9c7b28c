"""What the command line says, in English and Chinese."""

import re
from typing import Literal

import typer

from genloop.core.errors import ConfigError

Language = Literal["en", "zh"]
_NUMBER = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")  # one or several

TEXTS: dict[str, tuple[str, str]] = {
    "error": ("error", "错误"),
    "unexpected": ("unexpected error", "意外错误"),
    "debug": ("run again with --debug for the traceback", "加上 --debug 可查看完整的错误堆栈"),
    "stopped": ("stopped", "已停止"),
    "profile": ("looking at the columns", "识别各列"),
    "read": ("reading rows", "读取数据"),
    "rules": ("finding rules", "发现规则"),
    "codecs": ("preparing columns", "准备各列"),
    "critic": ("learning to tell made from real", "学习区分真假"),
    "learn": ("learning ({})", "学习（{}）"),
    "judge": ("judging", "评判"),
    "explain": ("looking at the model", "观察模型"),
    "fetch": ("fetching the Adult census table", "获取 Adult 人口普查数据"),
    "train": ("learning", "学习"),
    "make": ("making rows", "生成数据"),
    "collect": ("collecting", "收集材料"),
    "write": ("writing", "写作"),
    "publish": ("publishing", "发布"),
    "working": ("being written", "写作中"),
    "waiting": ("waits for approval", "等待审批"),
    "refused": ("refused by the gate", "未通过审核"),
    "approved": ("approved", "已批准"),
    "rejected": ("rejected", "已驳回"),
    "created": ("published", "已发布"),
    "updated": ("updated", "已更新"),
    "unchanged": ("unchanged", "未变化"),
    "withdrawn": ("withdrawn", "已撤下"),
    "unpublished": ("Not published: {}", "未能发布：{}"),
    "left": ("{} left", "剩余 {}"),
    "score": ("score {:.4f}", "得分 {:.4f}"),
    "column": ("column", "列"),
    "kind": ("kind", "类型"),
    "tokens": ("tokens", "编码数"),
    "how": ("how it is made", "生成方式"),
    "why": ("why", "依据"),
    "learnt": ("learnt by {}", "由 {} 学习"),
    "computed": ("computed by a rule", "由规则计算"),
    "fresh": ("made fresh", "全新生成"),
    "told": ("told to the pictures; ask with: genloop create", "用于提示图片；请用 genloop create 按文字生成"),
    "seen": ("given: the other pictures are made from it", "由你给出：其他图片据此生成"),
    "empty": ("not learnt yet: comes out empty", "尚不支持学习：输出为空"),
    "unsure": (
        "Not sure of: {}. Correct a kind with --kind COLUMN=KIND.",
        "不确定的列：{}。可用 --kind 列=类型 更正。",
    ),
    "rules-found": ("{} rule[|s] will be kept in every made row:", "每一行生成数据都将遵守 {} 条规则："),
    "repairs": (
        "{} unreadable cell[|s] in {} [was|were] taken as missing.",
        "{} 个无法读取的单元格（列 {}）按缺失处理。",
    ),
    "wrote": ("Wrote {}", "已写入 {}"),
    "file": ("file", "文件"),
    "anomaly": ("anomaly", "异常度"),
    "wrong": ("error", "误差"),
    "unread": ("{} picture[|s] cannot be read; [it stands|they stand] last", "{} 张图片无法读取，排在最后"),
    "no-pictures": (
        "Pictures were left out: they need PyTorch; add it with: pip install 'genloop[neural]'",
        "未演示图片：需要 PyTorch，请先执行：pip install 'genloop[neural]'",
    ),
    "before": ("before", "之前"),
    "after": ("after", "之后"),
    "of-real": ("fresh real texts", "全新的真实文本"),
    "coached": (
        "An independent judge agrees: the texts came nearer to real ones.",
        "独立的评判者同意：文本更接近真实的了。",
    ),
    "no-gain": (
        "Refused: an independent judge does not agree. Nothing was written.",
        "已拒绝：独立的评判者不同意。没有写入任何文件。",
    ),
    "no-poems": ("Poems were left out: {}", "未演示诗歌：{}"),
    "poems": (
        "The poems are those of {} (MIT licence); the made ones are no poets'.",
        "诗歌取自 {}（MIT 许可证）；生成的诗并非诗人所作。",
    ),
    "rows-held": (
        "Learnt from {:,} row[|s]; {:,} are held out for judging.",
        "用 {:,} 行学习；留出 {:,} 行用于评判。",
    ),
    "rows-split": (
        "{:,} row[|s] to learn from; {:,} would be held out for judging.",
        "将用 {:,} 行学习；留出 {:,} 行用于评判。",
    ),
    "rows-none": (
        "No rows to learn from: texts are written from what is asked alone.",
        "没有数据可学习：文本只根据要求来写。",
    ),
    "no-rows": (
        "Learnt from no rows: texts are written from what is asked alone, and nothing is held out for judging.",
        "没有学习任何数据：文本只根据要求来写，也没有留出数据用于评判。",
    ),
    "estimate": (
        "Estimate: about {} and {:,} MB on {} thread(s). Nothing was written.",
        "预计：约 {}，内存 {:,} MB，{} 个线程。没有写入任何文件。",
    ),
    "more": ("and {:,} more (all with --json)", "还有 {:,} 个（用 --json 查看全部）"),
    "equal": ("equal: {}", "相同：{}"),
    "near": ("nearly equal: {}", "近似：{}"),
    "labelled": ("labelled as made: {}", "带生成标签：{}"),
    "next": ("Next: {}", "下一步：{}"),
    "shown": (", the first {:,} shown", "，显示前 {:,} 行"),
    "made": ("Made by AI; no record of real persons or events.", "AI 生成；不是真实人物或事件的记录。"),
    "by": ("(model {}, run {})", "（模型 {}，运行 {}）"),
    "preview": ("{:,} made row[|s] (write [it|them] with -o FILE)", "{:,} 行生成数据（用 -o 文件 保存）"),
    "pictures": (
        "{:,} made picture[|s] (write [it|them] with -o FOLDER/, -o sheet.png, -o made.npz or -o made.parquet)",
        "{:,} 张生成的图片（用 -o 文件夹/、-o sheet.png、-o made.npz 或 -o made.parquet 保存）",
    ),
    "chosen": (
        "Each is the one of {} candidates that the model's critic let pass.",
        "每张都由模型的评判网络从 {} 个候选中选出。",
    ),
    "no-mark": (
        "A sheet of made pictures without the visible mark can be taken for real. The label inside stays, and says "
        "that the mark was left out. Leave it out?",
        "没有可见标记的生成图片可能被误认为真实图片。文件内的标签仍会保留，并注明标记已被去掉。确定去掉吗？",
    ),
    "accept": ("Take it under these terms?", "接受这些条款并安装吗？"),
    "resume": (
        "Interrupted: the best so far was kept; go on with --resume.",
        "已中断：保留了目前最好的结果；用 --resume 继续。",
    ),
    "stands": (
        "The earlier model {} stands as it was; what was learnt until now is {}.",
        "原有的模型 {} 没有改动；目前学到的保存在 {}。",
    ),
    "cache": ("cache", "缓存"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "absent": ("not installed", "未安装"),
    "adds": ("add it with: {}", "安装命令：{}"),
    "machine": ("machine", "机器"),
    "cores": ("cores", "核心数"),
    "memory": ("memory", "内存"),
    "bf16": ("bfloat16 in the processor", "处理器支持 bfloat16"),
    "gpu": ("GPU", "GPU"),
    "families": ("families", "生成器"),
    "first": ("first", "前者"),
    "second": ("second", "后者"),
    "better": ("better", "更优"),
    "figure": ("figure", "指标"),
}


def say(key: str, lang: str = "en", *values: object) -> str:
    """The text of that key in the language, with the values in it; of `[one|several]` what the first one asks."""
    english, chinese = TEXTS[key]
    text = chinese if lang == "zh" else _NUMBER.sub(r"\1" if values[:1] == (1,) else r"\2", english)
    return text.format(*values) if values else text


def check(lang: str) -> Language:
    """The language, when it is one that is spoken here.

    Raises:
        ConfigError: it is another one.
    """
    if lang == "en":
        return "en"
    if lang == "zh":
        return "zh"
    raise ConfigError(f"--lang is en or zh, found {lang!r}")


LANG = typer.Option("--lang", metavar="zh|en", help="Language of what is shown.")
