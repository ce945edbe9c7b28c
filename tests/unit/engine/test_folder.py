"""The folder of a run stays as long as there is something in it to go on from."""

import pytest

from genloop.core.errors import OutputError
from genloop.core.training import SIZES
from genloop.engine.folder import Folder


def test_a_folder_without_a_checkpoint_is_removed_and_one_with_something_in_it_stays(tmp_path):
    folder = Folder(tmp_path / "m.genloop.run")
    folder.leave()  # there is none
    folder.begin({"data": "x"}, resume=False)
    (folder.path / "checkpoint" / "stage-0").mkdir()
    (folder.path / "checkpoint" / "stage-0" / SIZES).write_text("{}")
    folder.leave()
    assert not folder.path.exists()
    folder.begin({"data": "x"}, resume=False)
    (folder.path / "checkpoint" / "state.json").write_text("{}")
    folder.leave()
    assert (folder.path / "checkpoint" / "state.json").exists()
    own = tmp_path / "own.genloop.run"
    own.mkdir()
    (own / "letter.txt").write_text("of somebody")
    Folder(own).leave()
    assert (own / "letter.txt").exists()


@pytest.mark.parametrize("name", ["letter.txt", "checkpoint/weights.pt"])
def test_a_folder_of_somebody_is_refused_and_stays_as_it_is(tmp_path, name):
    own = tmp_path / "work"
    (own / name).parent.mkdir(parents=True)
    (own / name).write_text("of somebody")
    with pytest.raises(OutputError, match="files that genloop did not make"):
        Folder(own).begin({"data": "x"}, resume=False)
    Folder(own).end()
    assert (own / name).read_text() == "of somebody"


def test_what_was_put_into_the_folder_of_a_run_outlives_the_run(tmp_path):
    folder = Folder(tmp_path / "run")
    folder.begin({"data": "x"}, resume=False)
    folder.begin({"data": "y"}, resume=False)  # its own remains give way
    (folder.path / "letter.txt").write_text("of somebody")
    with pytest.raises(OutputError, match=r"letter\.txt"):
        folder.begin({"data": "z"}, resume=False)
    folder.end()
    assert [path.name for path in folder.path.iterdir()] == ["letter.txt"]
