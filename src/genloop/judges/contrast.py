"""A critic for choosing: LightGBM tells training rows from made ones by their tokens (see `ratio`).

Its odds let `optimisation.refine.choose` accept candidates (discriminator rejection sampling, Azadi et al. 2019,
arXiv 1810.06758). Few small trees with large leaves see where the made distribution is off, not single rows.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from genloop.core.lazy import Lazy
from genloop.core.protocols import Codes
from genloop.judges.ratio import Ratio

if TYPE_CHECKING:
    import lightgbm as lgb
else:
    lgb = Lazy("lightgbm")

SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 50,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.8,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
ROUNDS = 100


def fit(real: Codes, made: Codes, *, seed: int, threads: int = 1) -> Ratio:
    """The ratio of `real` training rows to `made` rows; unordered tokens are read in their order, that of frequency."""
    rows = np.concatenate([real, made]).astype(np.float32)
    label = np.repeat([1.0, 0.0], [len(real), len(made)])
    settings = SETTINGS | {"seed": seed & 0x7FFFFFFF, "num_threads": threads}
    booster = lgb.train(settings, lgb.Dataset(rows, label, params={"verbosity": -1}), num_boost_round=ROUNDS)
    return _plain([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]])


def _plain(trees: list[dict[str, Any]]) -> Ratio:
    """The boosted trees as arrays, every tree's nodes in preorder."""
    roots: list[int] = []
    nodes: list[tuple[int, int, int, int, float]] = []
    for tree in trees:
        roots.append(len(nodes))
        todo = [(tree, -1, 0)]
        while todo:
            node, parent, side = todo.pop()
            place = len(nodes) - roots[-1]
            if parent >= 0:
                above = list(nodes[roots[-1] + parent])
                above[2 + side] = place
                nodes[roots[-1] + parent] = tuple(above)  # type: ignore[assignment]
            if "leaf_value" in node:
                nodes.append((-1, 0, 0, 0, float(node["leaf_value"])))
                continue
            nodes.append((int(node["split_feature"]), int(np.floor(node["threshold"])), 0, 0, 0.0))
            todo += [(node["right_child"], place, 1), (node["left_child"], place, 0)]
    columns = list(zip(*nodes, strict=True))
    whole = [np.array(column, np.int32) for column in columns[:4]]
    roots_array, value = np.array(roots, np.int32), np.array(columns[4], np.float64)
    return Ratio(roots_array, whole[0].astype(np.int16), whole[1], whole[2], whole[3], value)
