"""MOSTLY AI's engine on the CPU with its defaults, or with its own time budget (wall minutes of training).

usage: mostlyai.py TRAIN MADE --rows N --seed S [--minutes M]
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

sys.path.pop(0)  # this file's folder, so that the package of the same name is found

import pandas as pd
import torch
from mostlyai import engine

parser = argparse.ArgumentParser()
parser.add_argument("train")
parser.add_argument("made")
parser.add_argument("--rows", type=int)
parser.add_argument("--seed", type=int)
parser.add_argument("--minutes", type=float)
given = parser.parse_args()

torch.set_num_threads(1)
engine.set_random_state(given.seed)
train, work = pd.read_parquet(given.train), Path(os.environ["GENLOOP_WORK"]) / "mostlyai"
engine.split(tgt_data=train, workspace_dir=work, model_type="TABULAR")
engine.analyze(workspace_dir=work)
engine.encode(workspace_dir=work)
budget = {} if given.minutes is None else {"max_training_time": given.minutes}
engine.train(workspace_dir=work, device="cpu", **budget)

wall, core = time.perf_counter(), time.process_time()
engine.generate(workspace_dir=work, sample_size=given.rows, device="cpu")
made = pd.read_parquet(work / "SyntheticData")
made[list(train.columns)].to_parquet(given.made, index=False)
print(json.dumps({"make_wall_seconds": time.perf_counter() - wall, "make_core_seconds": time.process_time() - core}))
