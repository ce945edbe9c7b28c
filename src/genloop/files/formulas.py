"""Simple formulas: sums and differences, products, and ratios with a scale and rounding.

Candidates come from a few rows (`files.screens`), from least squares for a sum of two columns with unknown factors or
of many columns, and from durations between times; `files.fits` verifies them on all rows.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int64

from genloop.files import fits, screens
from genloop.files.cells import Cells
from genloop.files.fits import Fit
from genloop.files.screens import Candidate

_SAMPLE_ROWS = 2000
_FIRST_ROWS = 200
_SCREEN_ROWS = 5
_TRIES = 4
_MOST_COLUMNS = 60
_MOST_RARE = 12  # columns that are mostly zero or missing, each looked at where it is not
_LEAST_TARGET_VALUES = 4
_COARSE_VALUES = 12
_FACTOR_DIGITS = 2
_LEAST_LONG = 4  # terms of a long sum; shorter ones are screened
_MOST_UNEXPLAINED = 0.01  # of a column's variance, by all others
_LEAST_ACTIVE = 20
_LEAST_LIKELY = 0.85  # of a few rows
_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0}


def find(cells: Cells, rng: np.random.Generator, *, at_least: float) -> list[Fit]:
    """Formulas that hold in `at_least` of the rows, one for each set of columns, the best first."""
    sample = cells.take(np.sort(rng.permutation(cells.rows)[:_SAMPLE_ROWS]))
    few = sample.take(np.arange(min(sample.rows, _FIRST_ROWS)))
    candidates = dict.fromkeys(
        (*_screened(cells, rng), *_durations(cells), *_scaled_pairs(sample), *_long_sums(sample))
    )
    likely = [candidate for candidate in candidates if _worth(cells, candidate) and _likely(few, candidate)]
    hopeful = [fit for c in likely if (fit := fits.verify(sample, c, at_least - 0.02)) is not None]
    best: dict[frozenset[str], Fit] = {}
    for rough in sorted(hopeful, key=lambda fit: fit.rank):
        columns = fits.unscaled(rough.rule).columns
        fit = None if columns in best else fits.verify(cells, fits.unscaled(rough.rule), at_least)
        if fit is not None and fits.every_term_matters(cells, fit.rule):
            best[columns] = fit
    return sorted(best.values(), key=lambda fit: fit.rank)


def _screened(cells: Cells, rng: np.random.Generator) -> Iterator[Candidate]:
    """Candidates from several handfuls of rows, so that damaged rows or rare non-zero values hide none."""
    names = [name for name in cells.numbers if cells.distinct[name] >= 2]
    names = sorted(names, key=lambda name: -cells.distinct[name])[:_MOST_COLUMNS]
    if len(names) < 2:
        return
    values = np.stack([cells.numbers[name] for name in names])
    half = np.array([cells.half[name] for name in names])
    seen = np.zeros(len(names), bool)
    present = np.isfinite(values) & (values != 0)
    filled = present.sum(axis=0) + rng.random(values.shape[1])
    top = np.argsort(-filled)[: max(_SCREEN_ROWS * _TRIES, values.shape[1] // 10)]
    for _ in range(_TRIES):
        rows = rng.permutation(top)[:_SCREEN_ROWS]
        yield from screens.sums(*_handful(names, values, half, rows, seen, zeros=_SCREEN_ROWS - 2))
        yield from screens.ratios(*_handful(names, values, half, rows, seen))
    for column in np.flatnonzero(~seen)[:_MOST_RARE]:
        rare = np.flatnonzero(present[column])
        rare = rare[np.argsort(-filled[rare])][: _SCREEN_ROWS * 4]
        if not seen[column] and len(rare) >= _LEAST_ACTIVE // 2:
            for _ in range(2):
                rows = rng.permutation(rare)[:_SCREEN_ROWS]
                yield from screens.sums(*_handful(names, values, half, rows, seen, zeros=_SCREEN_ROWS - 2))


def _handful(
    names: list[str],
    values: Float[np.ndarray, "names rows"],
    half: Float[np.ndarray, " names"],
    rows: Int64[np.ndarray, " few"],
    seen: Bool[np.ndarray, " names"],
    zeros: int = 0,
) -> tuple[list[str], Float[np.ndarray, "some few"], Float[np.ndarray, " some"]]:
    """The columns present on a few rows and zero on at most `zeros` of them, with their values; marks them as seen."""
    chosen = values[:, rows]
    active = np.isfinite(chosen).all(axis=1) & ((chosen == 0).sum(axis=1) <= zeros)
    seen |= active
    return [name for name, use in zip(names, active, strict=True) if use], chosen[active], half[active]


def _durations(cells: Cells) -> Iterator[Candidate]:
    """Numbers as the time between two times, in a usual unit."""
    for end in cells.times:
        for start in cells.times:
            for name in cells.numbers if start != end else ():
                for seconds in _SECONDS.values():
                    yield Candidate(name, "sum", ((1.0, end), (-1.0, start)), scale=1 / seconds)


def _scaled_pairs(sample: Cells) -> Iterator[Candidate]:
    """Sums of two columns with unknown factors, such as 100 * hour + minute, by trimmed least squares."""
    names = [name for name in sample.numbers if sample.distinct[name] >= 3][:_MOST_COLUMNS]
    if len(names) < 3:
        return
    raw = np.stack([sample.numbers[name] for name in names])
    whole = np.isfinite(raw).mean(axis=1) > 0.5
    names = [name for name, keep in zip(names, whole, strict=True) if keep]
    values = raw[whole][:, np.isfinite(raw[whole]).all(axis=0)]
    if len(names) < 3 or values.shape[1] < _FIRST_ROWS:
        return
    low, high = np.quantile(values, [0.002, 0.998], axis=1, keepdims=True)
    clipped = np.clip(values, low, high)
    moments = clipped @ clipped.T / clipped.shape[1]
    spread = clipped.var(axis=1)
    tried = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            left = _unexplained(moments, i, j) / np.maximum(spread, 1e-300)
            tried += [(float(left[k]), k, i, j) for k in np.flatnonzero(left < 0.02) if k not in (i, j)]
    for _, k, i, j in sorted(tried)[:100]:
        factors = _trimmed(values[[i, j]], values[k])
        if factors is not None and min(abs(factors)) > 0 and max(abs(factors)) != min(abs(factors)):
            terms = ((float(factors[0]), names[i]), (float(factors[1]), names[j]))
            yield Candidate(names[k], "sum", terms, scale=1.0)


def _long_sums(sample: Cells) -> Iterator[Candidate]:
    """Sums of more than three columns: least squares on all others gives factors that are all nearly 0, 1 or -1.

    The diagonal of the inverse of the moments tells of every column at once how little the others leave unexplained.
    """
    names, values = _complete(sample)
    if len(names) < _LEAST_LONG + 1 or values.shape[1] < max(_FIRST_ROWS, 4 * len(names)):
        return
    low, high = np.quantile(values, [0.001, 0.999], axis=1, keepdims=True)
    usual = values[:, ((values >= low) & (values <= high)).all(axis=0)]
    scaled = usual / np.maximum(np.sqrt((usual**2).mean(axis=1)), 1e-300)[:, None]
    moments = scaled @ scaled.T / scaled.shape[1] + 1e-9 * np.eye(len(names))
    left = 1 / np.diag(np.linalg.inv(moments)) / np.maximum((scaled**2).mean(axis=1) - scaled.mean(axis=1) ** 2, 1e-12)
    for target in np.flatnonzero(left < _MOST_UNEXPLAINED):
        others = np.flatnonzero(np.arange(len(names)) != target)
        factors = _least_trimmed(values[others], values[target])[0]
        whole = np.round(factors)
        if (np.abs(factors - whole) < 0.1).all() and set(whole) <= {-1.0, 0.0, 1.0} and abs(whole).sum() >= _LEAST_LONG:
            terms = tuple((float(f), names[i]) for f, i in zip(whole, others, strict=True) if f)
            yield Candidate(names[target], "sum", terms, scale=1.0)


def _complete(sample: Cells) -> tuple[list[str], Float[np.ndarray, "names rows"]]:
    """The numbers that are nearly always there, in the rows in which all of them are."""
    names = [name for name in sample.numbers if sample.distinct[name] >= 2]
    names = [name for name in names if np.isfinite(sample.numbers[name]).mean() > 0.9][:_MOST_COLUMNS]
    values = np.stack([sample.numbers[name] for name in names]) if names else np.zeros((0, 0))
    return names, values[:, np.isfinite(values).all(axis=0)]


def _least_trimmed(
    inputs: Float[np.ndarray, "names rows"], output: Float[np.ndarray, " rows"]
) -> tuple[Float[np.ndarray, " names"], Bool[np.ndarray, " rows"]]:
    """Factors of least trimmed squares, and the rows they rest on."""
    keep = np.ones(len(output), bool)
    factors = np.zeros(len(inputs))
    for _ in range(4):
        factors, *_ = np.linalg.lstsq(inputs[:, keep].T, output[keep], rcond=None)
        residual = np.abs(output - factors @ inputs)
        keep = residual <= np.quantile(residual, 0.85)
    return factors, keep


def _unexplained(moments: Float[np.ndarray, "names names"], i: int, j: int) -> Float[np.ndarray, " names"]:
    """Mean squared residual of every column after least squares on columns i and j."""
    inner = moments[np.ix_([i, j], [i, j])]
    if np.linalg.det(inner) <= 1e-12 * inner[0, 0] * inner[1, 1]:
        return np.full(len(moments), np.inf)
    outer = moments[[i, j]]
    return np.asarray(np.maximum(0, np.diag(moments) - (outer * np.linalg.solve(inner, outer)).sum(axis=0)))


def _trimmed(inputs: Float[np.ndarray, "two rows"], output: Float[np.ndarray, " rows"]) -> np.ndarray | None:
    """Factors of least trimmed squares, rounded to the roundest numbers that the fit allows; None when none is near."""
    factors, keep = _least_trimmed(inputs, output)
    deviation = float(np.sqrt(np.mean((output - factors @ inputs)[keep] ** 2)))
    errors = deviation * np.sqrt(np.diag(np.linalg.pinv(inputs[:, keep] @ inputs[:, keep].T)))
    room = np.maximum(4 * errors, 1e-7 * np.abs(factors))
    rounded = np.array([float(f"{factor:.{_FACTOR_DIGITS}g}") for factor in factors])
    return rounded if (np.abs(rounded - factors) <= room).all() else None


def _worth(cells: Cells, candidate: Candidate) -> bool:
    """Whether the columns have values enough: products and ratios of several coarse columns agree by chance."""
    coarse = sum(cells.distinct[name] <= _COARSE_VALUES for name in candidate.columns)
    return cells.distinct[candidate.column] >= _LEAST_TARGET_VALUES and (candidate.scale is not None or coarse <= 1)


def _likely(few: Cells, candidate: Candidate) -> bool:
    """Whether most of a few rows agree with the scale (the middle one where it is unknown), up to rounding."""
    value, error = fits.evaluate(few, candidate)
    found = few.numbers[candidate.column]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = found / value
    ratios = np.sort(ratios[np.isfinite(ratios)])
    scale = candidate.scale or (float(ratios[len(ratios) // 2]) if len(ratios) else 1.0)
    room = 10.0 ** -few.decimals[candidate.column] + abs(scale) * error + 1e-6 * np.abs(found)
    there = np.isfinite(value) & np.isfinite(found)
    return float(np.mean((np.abs(found - scale * value) <= room)[there])) >= _LEAST_LIKELY if there.any() else False
