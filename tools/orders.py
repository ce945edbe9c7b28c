"""Write a table of made-up orders as CSV on stdout: what the build and the docs learn from.

python tools/orders.py 4000 > orders.csv
"""

import csv
import sys
from datetime import date, timedelta

import numpy as np

CITIES = {"Aachen": "DE", "Bonn": "DE", "Lyon": "FR", "Nice": "FR", "Graz": "AT"}
COLUMNS = ("order_id", "ordered", "sent", "city", "country", "net", "freight", "paid", "age", "rating")


def rows(count: int, seed: int = 0) -> list[list[object]]:
    """That many orders: a key, two dates in order, a city in its country, a sum, an age, ratings with gaps."""
    rng = np.random.default_rng(seed)
    names = list(CITIES)
    made: list[list[object]] = []
    for number in rng.permutation(count):
        city = names[rng.choice(5, p=[0.4, 0.25, 0.15, 0.12, 0.08])]
        ordered = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 365)))
        sent = ordered + timedelta(days=int(rng.integers(0, 9)))
        age = int(np.clip(rng.normal(38 + 14 * (city == "Nice"), 14), 18, 90))
        net = round(float(np.exp(rng.normal(2.4 + age / 60, 0.5))), 2)
        freight = float(rng.choice([0, 4.9, 9.9], p=[0.5, 0.3, 0.2]))
        rating = int(rng.integers(1, 6)) if rng.random() > 0.2 else ""
        made.append([f"A-{number:06d}", ordered, sent, city, CITIES[city], net, freight, round(net + freight, 2),
                     age, rating])  # fmt: skip
    return made


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(int(sys.argv[1])))
