"""Judges the texts that runs kept (`run.py --keep FOLDER`): are they told from real ones, do they say what was asked?

usage: python benchmarks/texts/judge.py FOLDER... [--data reviews] [--results PATH]

For each folder that holds made.parquet, one row in results/judged.csv:
auc         area under the curve of a logistic regression over five folds on character n-grams (TF-IDF) and embeddings,
            as many made texts as real held-out ones; `auc_grams` is the product's own `contrast.tell`
auc_real    the same for learnt texts against held-out ones: real halves
asked       share of made texts whose label a classifier of learnt texts recognises, `ceiling` of held-out ones
copied      share whose longest span copied from learnt texts is longer than that of 99 % of held-out texts
empty, ended, letters    shares of empty texts and of texts that ended by themselves; mean characters
Embeddings are those of the pack `words` where it is installed, else of the strongest directions of one half of the
learnt texts (`judges.texts.meaning`).
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sets
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from genloop.judges.texts import contrast, corpus, grams, linear, meaning, spans

HERE = Path(__file__).resolve().parent
COLUMNS = [
    "run", "data", "seed", "rows", "auc", "auc_grams", "auc_real", "asked", "ceiling", "copied", "limit", "whole",
    "empty", "ended", "letters", "letters_real", "embedding",
]  # fmt: skip


def area(made: list[str], real: list[str], embed: Any, language: corpus.Language) -> float:
    """How well made and real are told apart over five folds."""
    counts = grams.count([*made, *real], language)
    dense, labels = embed([*made, *real]), np.repeat([1, 0], [len(made), len(real)])
    found = np.zeros(len(labels))
    for learnt, test in StratifiedKFold(5, shuffle=True, random_state=0).split(labels, labels):
        rarity = grams.Rarity.of(counts[learnt])
        mean, scale = dense[learnt].mean(0), dense[learnt].std(0) * dense.shape[1] ** 0.5 + 1e-6
        whole = sparse.hstack([rarity.weigh(counts), (dense - mean) / scale]).tocsr()
        taught = LogisticRegression(C=10.0, max_iter=300).fit(whole[learnt], labels[learnt])
        found[test] = taught.decision_function(whole[test])
    return float(roc_auc_score(labels, found))


def recognise(train: pd.DataFrame, asked: list[pd.DataFrame], language: corpus.Language) -> list[float]:
    """The share of each table's texts whose label the classifier names; classes weigh as they were asked for."""
    counts = grams.count(list(train["text"]), language)
    rarity, names = grams.Rarity.of(counts), sorted(set(train["label"]))
    values = rarity.weigh(counts)
    weights = [linear.fit(values, (train["label"] == name).to_numpy().astype(float)) for name in names]
    found = []
    for table in asked:
        shown = rarity.weigh(grams.count(list(table["text"]), language))
        best = np.stack([linear.predict(shown, own) for own in weights], 1).argmax(1)
        found.append(float(np.mean([names[place] == label for place, label in zip(best, table["label"], strict=True)])))
    return found


def copied(made: list[str], held: list[str], learnt: list[str]) -> tuple[float, float, float]:
    """The share beyond the limit, the limit, and the share of made texts that stand whole among the learnt."""
    found = spans.find([*made, *held], learnt).length
    limit = float(np.quantile(found[len(made) :], 0.99, method="higher"))
    known = set(learnt)
    return float((found[: len(made)] > limit).mean()), limit, float(np.mean([text in known for text in made]))


def judge(folder: Path, data: str, seed: int) -> dict[str, Any]:
    """The figures of one run."""
    train, held = (pd.read_parquet(path) for path in sets.prepare(data))
    made = pd.read_parquet(folder / "made.parquet")
    texts = [text or "" for text in made["text"].fillna("")]
    rng = np.random.default_rng(seed)
    language = corpus.language(list(held["text"]))
    count = min(len(texts), len(held))
    real = [held["text"].iloc[row] for row in rng.permutation(len(held))[:count]]
    order = rng.permutation(len(train))
    fresh = [train["text"].iloc[row] for row in order[:count]]
    if meaning.packed():
        embed: Any = meaning.embed
    else:
        embed = meaning.Space.learn(
            [train["text"].iloc[row] for row in order[count : count + 4000]], language, rng
        ).embed
    row: dict[str, Any] = {
        "run": folder.name,
        "data": data,
        "seed": seed,
        "rows": len(texts),
        "auc": area(texts[:count], real, embed, language),
        "auc_grams": contrast.tell(texts[:count], real, language).area,
        "auc_real": area(fresh, real, embed, language),
        "empty": float(np.mean([not text.strip() for text in texts])),
        "ended": float(made["ended"].mean()) if "ended" in made else "",
        "letters": float(np.mean([len(text) for text in texts])),
        "letters_real": float(held["text"].str.len().mean()),
        "embedding": "pack" if meaning.packed() else "own",
    }
    if "label" in made:
        row["asked"], row["ceiling"] = recognise(train, [made.assign(text=texts), held], language)
    row["copied"], row["limit"], row["whole"] = copied(texts, list(held["text"]), list(train["text"]))
    return row


def main() -> None:
    """Judges every folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--data", choices=sorted(sets.SETS), default="reviews")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "judged.csv")
    given = parser.parse_args()
    for folder in given.folders:
        row = judge(folder, given.data, given.seed)
        line = {name: round(v, 5) if isinstance(v, float) else v for name in COLUMNS for v in [row.get(name, "")]}
        pd.DataFrame([line]).to_csv(given.results, mode="a", index=False, header=not given.results.exists())
        print(json.dumps(line))


if __name__ == "__main__":
    main()
