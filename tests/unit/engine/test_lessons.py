"""How the time of a fit is shared out among the stages of pictures."""

import numpy as np
import pytest

from genloop.core.protocols import Batch
from genloop.engine.lessons import CODES_SHARE, SAVING, Lessons
from genloop.engine.plan import Plan, Stage
from genloop.engine.settings import Settings
from genloop.runtime.budget import Budget
from genloop.runtime.progress import Meter

pytestmark = pytest.mark.neural


@pytest.mark.parametrize(("family", "share"), [("flow", CODES_SHARE), ("transformer", 0.7)])
def test_the_family_that_learns_the_codes_decides_what_its_coder_gets(family: str, share: float) -> None:
    plan = Plan((Stage("vae", ("image",), {}, "codes"), Stage(family, ("image",), {}, "image")))
    lessons = Lessons(Settings(), Budget(100.0, lambda: 0.0, 0.0), Meter(), None)
    whole = 100 * (1 - SAVING)
    assert lessons._share(plan, [0, 1]) == pytest.approx(share * whole)
    assert lessons._share(plan, [1]) == pytest.approx(whole)
    assert Lessons(Settings(), Budget(), Meter(), None)._share(plan, [0, 1]) is None


def test_every_stage_of_a_plan_takes_as_many_steps_as_are_asked_for() -> None:
    lessons = Lessons(Settings(steps=7), Budget(), Meter(), None)
    batch = Batch(np.zeros((3, 0), np.uint16), ())
    stages = (Stage("vae", ("image",), {}, "codes"), Stage("flow", ("image",), {}, "image"))
    tasks = [lessons._task(stage, place, batch, None, 0.0) for place, stage in enumerate(stages)]
    assert [task.steps for task in tasks] == [7, 7]
    assert len({task.seed for task in tasks}) == 2
