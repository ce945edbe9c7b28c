"""The folder of a run stays as long as there is something in it to go on from."""

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
