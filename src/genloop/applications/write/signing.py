"""Who wrote a draft, as its label says it: the model that wrote last, or nobody but software that quotes."""

from dataclasses import replace

from genloop.applications.write.brief import EXTRACTS
from genloop.applications.write.draft import Draft
from genloop.applications.write.learning import Writer
from genloop.engine import run as runs
from genloop.trust import label as labels
from genloop.trust import written


def signed(draft: Draft, writer: Writer, seed: int) -> Draft:
    """The draft with this writer's text in it; where a model wrote before, quotations do not make it an extract."""
    name = writer.pen.name
    model = writer.model.identity if writer.model is not None else name
    if (name == EXTRACTS and draft.by not in ("", EXTRACTS)) or (name, model) == (draft.by, draft.label.get("model")):
        return draft
    run = runs.identify(draft.id, seed, draft.created)
    told = labels.label(model=model, run=run, version=runs.versions().get("genloop", "?"), seed=seed)
    return replace(draft, by=name, label=told | written.by(name))
