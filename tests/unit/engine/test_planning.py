"""Families are asked about what their settings name before any data are looked at."""

import json
from functools import partial

import pytest

from genloop.core.errors import ConfigError, ModelFileError, SourceNotFound
from genloop.engine.fitting import fit
from genloop.engine.outlook import preview


@pytest.mark.parametrize("verb", [fit, preview], ids=["fit", "preview"])
def test_weights_and_servers_are_refused_before_the_data_are_looked_at(verb, tmp_path):
    """The data are not there either, which would be told otherwise."""
    taught = partial(verb, tmp_path / "none.csv", family="pretrained")
    with pytest.raises(SourceNotFound, match="no weights at"):
        taught(settings={"base": str(tmp_path / "none")})
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(ModelFileError, match="holds its weights pickled"):
        taught(settings={"base": str(tmp_path)})
    (tmp_path / "model.safetensors").write_bytes(b"\x08" + bytes(7) + b"not JSON")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}))
    with pytest.raises(ModelFileError):
        taught(settings={"base": str(tmp_path)})
    with pytest.raises(ConfigError, match="endpoint"):
        verb(tmp_path / "none.csv", family="remote", settings={"endpoint": "nowhere"})
    with pytest.raises(SourceNotFound, match="no file"):
        verb(tmp_path / "none.csv", family="trees")
