"""The gate of the writing application: one draft against its material and a corpus of real texts."""

from genloop.judges.drafts.draft import Section
from genloop.judges.drafts.gate import REASONS, SCORES, Gate, fit, load
from genloop.judges.drafts.verdict import Reason, Verdict

__all__ = ["REASONS", "SCORES", "Gate", "Reason", "Section", "Verdict", "fit", "load"]
