"""Variational autoencoders of texts: a latent says what a whole text is about, an LSTM given it writes the tokens.

Bowman et al. 2016, arXiv 1511.06349. A writer that reads its own words learns to do without the latent; against that
stand free bits (Kingma et al. 2016, arXiv 1606.04934), a weight of the KL term that rises again and again (Fu et al.
2019, arXiv 1903.10145) and tokens left out of what the writer reads. Importing the family imports no torch.
"""

from genloop.core.verbs import Verbs
from genloop.generators.vae.texts.config import FORM, KINDS, NAME, Config, part
from genloop.generators.vae.texts.sample import between, encode, rewrite

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "Config",
    "between",
    "check",
    "encode",
    "fit",
    "infer",
    "rewrite",
    "sample",
    "score",
    "stream",
]

_verbs = Verbs(part, Config)
check, fit, sample, stream, score, infer = (
    _verbs.check,
    _verbs.fit,
    _verbs.sample,
    _verbs.stream,
    _verbs.score,
    _verbs.infer,
)
