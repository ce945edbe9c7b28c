"""SDV's TVAE (300 epochs, its default) or CTGAN. The BUSL licence: for this comparison only.

usage: sdv.py TRAIN MADE --rows N --seed S [--model TVAE|CTGAN] [--epochs 300]
"""

import argparse
import json
import sys
import time

sys.path.pop(0)  # this file's folder, so that the package of the same name is found

import numpy as np
import pandas as pd
import torch
from sdv import single_table
from sdv.metadata import Metadata

parser = argparse.ArgumentParser()
parser.add_argument("train")
parser.add_argument("made")
parser.add_argument("--rows", type=int)
parser.add_argument("--seed", type=int)
parser.add_argument("--model", choices=("TVAE", "CTGAN"), default="TVAE")
parser.add_argument("--epochs", type=int, default=300)
given = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(given.seed)
np.random.seed(given.seed)
train = pd.read_parquet(given.train)
kinds = Metadata.detect_from_dataframes({"table": train})
peer = getattr(single_table, f"{given.model}Synthesizer")(kinds, epochs=given.epochs)
peer.fit({"table": train})

wall, core = time.perf_counter(), time.process_time()
made = peer.sample(given.rows)
made = made["table"] if isinstance(made, dict) else made
made[list(train.columns)].to_parquet(given.made, index=False)
print(json.dumps({"make_wall_seconds": time.perf_counter() - wall, "make_core_seconds": time.process_time() - core}))
