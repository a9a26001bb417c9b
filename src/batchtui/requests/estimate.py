"""How many tokens a file of requests may take, and what they may cost. An estimate, and called so.

Nobody but the model's own tokenizer counts exactly. Texts are counted by their bytes, by script;
pictures and documents at a flat rate; answers as long as the requests let them be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import msgspec

from batchtui.core.prices import Cost, PriceBook
from batchtui.requests.parse import Params
from batchtui.requests.rule_set import model_of
from batchtui.requests.template import Json

ASCII_PER_TOKEN = 4.0
OTHER_BYTES_PER_TOKEN = 3.0
"""A Chinese character is three bytes and about a token; a Cyrillic one two, and less of one."""
TOKENS_PER_ESCAPE = 0.8
"""Of the escapes like \\u4e2d, which stand for one character each."""
TOKENS_PER_MEDIUM = 1600
"""A picture of a megapixel or so, or a page of a document."""

METHOD = (
    "input: a token for each 4 bytes of ASCII or 3 of other text, "
    f"{TOKENS_PER_MEDIUM:,} for each image or document; output: all of max_tokens"
)

UNBOUNDED = "; unknown where a request sets no bound"

_TEXTS = ("messages", "system", "tools", "input", "instructions", "prompt")
_BEYOND_ASCII = bytes(range(128, 256))
_MOST_MODELS = 200
OTHER_MODELS = "(other models)"


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What the requests to one model take. `cost` is that of all of them, None if not known.

    `max_output_tokens` is None where a request does not bound its answer.
    """

    model: str
    requests: int
    input_tokens: int
    max_output_tokens: int | None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """The models of a file, most used first. `media` counts its images and documents."""

    models: tuple[ModelUse, ...] = ()
    media: int = 0
    method: str = METHOD
    unknown: str = ""
    """Why nothing can be estimated; empty where it was."""

    @property
    def max_cost(self) -> Decimal | None:
        """What all may cost if every answer is as long as it can be; None if a price is missing."""
        costs = [use.cost for use in self.models]
        known = [cost.input + cost.output for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


def priced(estimate: Estimate, prices: PriceBook, seller: str) -> Estimate:
    """The estimate with costs, each from the average request: prices may depend on its length."""
    return replace(estimate, models=tuple(_with_cost(u, prices, seller) for u in estimate.models))


def _with_cost(use: ModelUse, prices: PriceBook, seller: str) -> ModelUse:
    if use.max_output_tokens is None:
        return use
    one = prices.cost(
        seller,
        use.model,
        input_tokens=use.input_tokens // use.requests,
        output_tokens=use.max_output_tokens // use.requests,
    )
    if one is None:
        return use
    times = use.requests
    return replace(use, cost=replace(one, input=one.input * times, output=one.output * times))


@dataclass(slots=True)
class _Sum:
    requests: int = 0
    input_tokens: float = 0.0
    max_output_tokens: int | None = 0


@dataclass(slots=True)
class TokenTally:
    """Adds up requests, by model."""

    media: int = 0
    _sums: dict[str, _Sum] = field(default_factory=dict)

    def add(self, params: Params, max_output: int | None) -> None:
        """Count one request, with the most tokens that its answer may have."""
        model = model_of(params)
        if model not in self._sums and len(self._sums) >= _MOST_MODELS:
            model = OTHER_MODELS
        of_model = self._sums.setdefault(model, _Sum())
        of_model.requests += 1
        if of_model.max_output_tokens is None or max_output is None:
            of_model.max_output_tokens = None
        else:
            of_model.max_output_tokens += max_output
        for name in _TEXTS:
            if name in params:
                of_model.input_tokens += self._tokens(bytes(params[name]))

    def estimate(self) -> Estimate:
        """The sums so far."""
        uses = [
            ModelUse(model, one.requests, round(one.input_tokens), one.max_output_tokens)
            for model, one in self._sums.items()
        ]
        bounded = all(use.max_output_tokens is not None for use in uses)
        method = METHOD if bounded else METHOD + UNBOUNDED
        return Estimate(tuple(sorted(uses, key=lambda use: -use.requests)), self.media, method)

    def _tokens(self, raw: bytes) -> float:
        if b'"type"' not in raw or not _MEDIA_MARK.search(raw):
            return tokens_of_text(raw)
        try:
            value = msgspec.json.decode(raw)
        except (ValueError, RecursionError):
            return tokens_of_text(raw)
        tokens = 0.0
        for text in _texts(value):
            self.media += text is None
            tokens += TOKENS_PER_MEDIUM if text is None else tokens_of_text(text.encode())
        return tokens


def tokens_of_text(data: bytes) -> float:
    """How many tokens a text may be, in UTF-8 or as JSON."""
    other = 0 if data.isascii() else len(data) - len(data.translate(None, _BEYOND_ASCII))
    escapes = data.count(b"\\u") if b"\\" in data else 0
    in_ascii = max(0, len(data) - other - 6 * escapes)
    return in_ascii / ASCII_PER_TOKEN + other / OTHER_BYTES_PER_TOKEN + escapes * TOKENS_PER_ESCAPE


def _texts(value: Json) -> Iterator[str | None]:
    """The strings within, and None for each image or document whose bytes are no text."""
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            if item.get("type") in _MEDIA_TYPES and _MEDIUM & item.keys():
                yield None
            else:
                waiting.extend(item.values())


_MEDIA_TYPES = frozenset(
    {"base64", "url", "file", "image_url", "input_image", "input_file", "input_audio"}
)
_MEDIUM = {"data", "url", "file_id", "image_url", "file", "file_data", "file_url", "input_audio"}
_MEDIA_MARK = re.compile(rb'"(?:source|image_url|input_image|input_audio|input_file|file)"')
"""Without one of these, there is nothing but text."""
