"""A server writes: any that speaks the OpenAI protocol (vLLM, llama.cpp, SGLang, Ollama, a provider) as a family.

The model holds where the server is, which of its models writes and what the texts are like as aggregates; no row, no
key. Every answer is checked against what is demanded. Importing the family imports no client.
"""

from genloop.generators.remote.config import BLANK, FORM, KINDS, NAME, PROFILED, Config, check
from genloop.generators.remote.fit import fit
from genloop.generators.remote.sample import reply, sample, stream

__all__ = ["BLANK", "FORM", "KINDS", "NAME", "PROFILED", "Config", "check", "fit", "reply", "sample", "stream"]
