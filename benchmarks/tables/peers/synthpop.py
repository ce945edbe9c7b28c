"""CART of python-synthpop with its defaults: categories as codes, numbers as they are; missing cells are not learnt.

usage: synthpop.py TRAIN MADE --rows N --seed S
"""

import argparse
import json
import sys
import time

sys.path.pop(0)  # this file's folder, so that the package of the same name is found

import numpy as np
import pandas as pd
from synthpop import CARTMethod

parser = argparse.ArgumentParser()
parser.add_argument("train")
parser.add_argument("made")
parser.add_argument("--rows", type=int)
parser.add_argument("--seed", type=int)
given = parser.parse_args()

train = pd.read_parquet(given.train)
coded, values = train.copy(), {}
for name in train.columns:
    if not pd.api.types.is_numeric_dtype(train[name]):
        coded[name], values[name] = pd.factorize(train[name], sort=True)
np.random.seed(given.seed)
kinds = {name: "categorical" if name in values else "numerical" for name in train.columns}
peer = CARTMethod(kinds, random_state=given.seed)
peer.fit(coded)

wall, core = time.perf_counter(), time.process_time()
made = peer.sample(given.rows)
for name in train.columns:
    if name in values:
        made[name] = np.asarray(values[name])[made[name].astype(int)]
    else:
        made[name] = made[name].astype(train[name].dtype)
made[list(train.columns)].to_parquet(given.made, index=False)
print(json.dumps({"make_wall_seconds": time.perf_counter() - wall, "make_core_seconds": time.process_time() - core}))
