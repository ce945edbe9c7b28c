"""The body of a chat request, and what is left of it for servers that do not know all of the protocol.

A form is asked for in the ways that servers know: `response_format` with a JSON schema (OpenAI, vLLM, llama.cpp,
SGLang, Ollama), guided choices and regular expressions (vLLM's names, SGLang's). It is checked afterwards in any case.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from genloop.core.demand import Demand
from genloop.core.texts import Message, Wish
from genloop.generators.remote.config import Config

# fields that a server may not know, those given up first standing first
OPTIONAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("extra_body", ("guided", "structured", "regex", "min_p", "repetition", "extra")),
    ("response_format", ("response_format", "json_schema", "schema")),
    ("stream_options", ("stream_options", "include_usage")),
    ("stop", ("'stop'", '"stop"', "stop_sequences")),
    ("seed", ("seed",)),
    ("top_p", ("top_p",)),
    ("temperature", ("temperature",)),
)
RARE = ("extra_body", "response_format", "stream_options")  # those given up without having been named
STOPS = 4  # strings at which a server stops at most (OpenAI); the others are looked for in what comes
LONG = "max_completion_tokens"  # how newer servers call max_tokens


def body(config: Config, messages: Sequence[Message], seed: int, demand: Demand, wish: Wish) -> dict[str, Any]:
    """The request for one answer."""
    most = config.most_tokens if wish.most == Wish().most else min(config.most_tokens, wish.most)
    found: dict[str, Any] = {
        "model": config.served,
        "messages": [{"role": message.role, "content": _whole(message.text)} for message in messages],
        "temperature": config.temperature * wish.temperature,
        "max_tokens": most,
        "seed": seed,
        "stream_options": {"include_usage": True},
    }
    if wish.stop:
        found["stop"] = list(wish.stop[:STOPS])
    if wish.top_p < 1:
        found["top_p"] = wish.top_p
    extra: dict[str, Any] = {"min_p": wish.min_p} if wish.min_p else {}
    if wish.repetition != 1:
        extra["repetition_penalty"] = wish.repetition
    form = demand.form if config.forms and not (demand.begins or demand.ends) else None
    if form is not None and form.kind == "schema":
        schema = {"name": "text", "schema": form.detail, "strict": True}
        found["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif form is not None and form.kind == "choices":
        choices = [str(choice) for choice in form.detail]
        extra |= {"guided_choice": choices, "structured_outputs": {"choice": choices}}
    elif form is not None:
        extra |= {"guided_regex": form.detail, "structured_outputs": {"regex": form.detail}, "regex": form.detail}
    return {**found, **({"extra_body": extra} if extra else {})}


def _whole(text: str) -> str:
    """The text as UTF-8 can hold it: halves of a surrogate pair become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def trimmed(whole: Mapping[str, Any], unknown: Collection[str]) -> dict[str, Any]:
    """The request without what the server does not know."""
    kept = {name: value for name, value in whole.items() if name not in unknown}
    if "max_tokens" in unknown:
        kept[LONG] = whole["max_tokens"]
    return kept


def doubtful(sent: Mapping[str, Any], said: str) -> set[str]:
    """The fields that a refusal names, else those that servers most often do not know; none when all are known."""
    here = [(name, words) for name, words in OPTIONAL if name in sent]
    if "max_tokens" in sent and LONG in said:
        return {"max_tokens"}
    named = {name for name, words in here if any(word in said for word in words)}
    return named or {name for name, _ in here if name in RARE[:2]} or {name for name, _ in here if name in RARE}
