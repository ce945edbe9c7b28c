"""`trees`: the chain rule over columns with forests of context trees. CPU only, no torch.

Every column is drawn given the columns before it from a forest that mixes slices of training tokens along the path of a
tree (`forest`, `mixture`), in digits from coarse to fine (`wavelet`). The first conditions that the chain's order does
not serve teach a second set of forests, on the model's own draws, in which any column can stand before any other
(`anyorder`, in the manner of UnmaskingTrees, McCarter 2024, arXiv 2407.05593).
"""

from genloop.generators.trees.config import FORM, KINDS, NAME, check
from genloop.generators.trees.family import fit, sample

__all__ = ["FORM", "KINDS", "NAME", "check", "fit", "sample"]
