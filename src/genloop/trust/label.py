"""The first, small label of a made file: that it was made, by which model and run.

The words follow IPTC's digital source type vocabulary ("trainedAlgorithmicMedia": made by a model learnt from data).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

SOURCE_TYPE = "trainedAlgorithmicMedia"


def label(*, model: str, run: str, version: str, seed: int, created: datetime | None = None) -> dict[str, str]:
    """The label as a small mapping of text to text.

    `model` is the hash of the model or says what is not one yet, `run` the identity of the fit that gave it.
    """
    moment = (created or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    return {
        "made": "true",
        "source_type": SOURCE_TYPE,
        "notice": "made by a generative model; not a record of real persons or events",
        "software": f"genloop {version}",
        "model": model,
        "run": run,
        "seed": str(seed),
        "created": moment,
    }


def read(found: Mapping[str, str] | None) -> str | None:
    """What a label found on a file says, in one line; None when the file carries none."""
    if not found or found.get("made") != "true":
        return None
    by, model, run = (found.get(key, "?") for key in ("software", "model", "run"))
    return f"made by {by}, model {model[:12] if model.isalnum() else model}, run {run}"
