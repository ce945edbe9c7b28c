"""What `genloop fit` makes of its flags."""

from typer.testing import CliRunner

from genloop.interfaces.cli import app


def test_weights_servers_and_their_models_become_settings_of_their_families(monkeypatch):
    asked = {}

    def run(*words, code=0):
        done = CliRunner().invoke(app, ["fit", *words])
        assert done.exit_code == code, (done.stderr, done.exception)
        return done

    monkeypatch.setattr("genloop.engine.preview", lambda data, **more: asked.update(more, data=data))
    monkeypatch.setattr("genloop.interfaces.cli.fit.show_preview", lambda *args, **more: None)
    run("--endpoint", "http://127.0.0.1:9/v1", "--served-model", "small", "--set", "key=MY_KEY", "--dry-run")
    assert (asked["data"], asked["family"]) == (None, "remote")
    assert asked["settings"] == {"endpoint": "http://127.0.0.1:9/v1", "served": "small", "key": "MY_KEY"}
    run("docs", "--base", "weights", "--dry-run")
    assert (asked["data"], asked["family"], asked["settings"]) == ("docs", "pretrained", {"base": "weights"})
    assert "name the data to learn from, or a server" in run("-o", "m.genloop", code=1).stderr
