"""One request to Gemini through its own library: in time, tried again a little, the key told to nobody."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from awesome_analytics.core.errors import ModelNonsense, ModelUnavailable

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentResponse
    from pydantic import BaseModel

PAUSES = (0.3, 1.0)
"""Seconds before the second and the third try, which is the last."""
LONGEST = 20_000
"""Characters of an answer."""
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_WHY = {
    400: "it refuses the request; is the key right?",
    401: "it refuses the key",
    403: "it refuses the key",
    404: "it has no model of that name; see AWESOME_GEMINI_MODEL",
    429: "its quota is used up for now",
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A prompt: the system's words, then (role, text) of user and model; `shape` asks for JSON."""

    model: str
    system: str
    contents: tuple[tuple[str, str], ...]
    shape: "type[BaseModel] | None"


def send(request: Request, *, key: str, base_url: str | None, timeout: float) -> str:
    """The answer's text; raises ModelUnavailable, or ModelNonsense when it has not the form asked for."""
    _load()
    end = time.monotonic() + timeout
    answer = _within(timeout, lambda: _patiently(lambda left: _call(request, key, base_url, left), end))
    text = _text(answer)
    if request.shape is not None:
        try:
            request.shape.model_validate_json(text)
        except ValueError:
            raise ModelNonsense("the language model's answer has not the form it was asked for") from None
    return text


def _load() -> None:
    """Import the library before the clock runs: the first time it takes seconds."""
    try:
        import google.genai  # noqa: F401
    except ImportError:
        raise ModelUnavailable("the Gemini library is missing: pip install 'awesome-analytics[ai]'") from None


def _call(request: Request, key: str, base_url: str | None, timeout: float) -> "GenerateContentResponse":
    from google.genai import types

    config = types.GenerateContentConfig(
        system_instruction=request.system,
        temperature=0.0,
        max_output_tokens=4096,
        response_mime_type="application/json" if request.shape else None,
        response_schema=request.shape,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    said = [types.Content(role=role, parts=[types.Part(text=text)]) for role, text in request.contents]
    with _client(key, base_url, timeout) as client:
        return client.models.generate_content(model=request.model, contents=said, config=config)


def _client(key: str, base_url: str | None, timeout: float) -> "Client":
    from google import genai
    from google.genai import types

    # The key is given, so GOOGLE_API_KEY can't win; nor may the environment turn to another service.
    # No retry_options: the library's retries log what the server said, which may hold the key.
    options = types.HttpOptions(base_url=base_url, timeout=max(1, round(timeout * 1000)))
    return genai.Client(api_key=key, enterprise=False, http_options=options)


def _patiently(call: "Callable[[float], GenerateContentResponse]", end: float) -> "GenerateContentResponse":
    for pause in PAUSES:
        try:
            return call(end - time.monotonic())
        except Exception as error:
            code = getattr(error, "code", None)
            lasting = isinstance(error, ValueError) or (isinstance(code, int) and code not in _PASSING)
            if lasting or time.monotonic() + pause >= end:
                raise
        time.sleep(pause)
    return call(end - time.monotonic())


def _within(seconds: float, call: "Callable[[], GenerateContentResponse]") -> "GenerateContentResponse":
    """A call that ends in time whatever the server does; the library's limit starts anew with every byte."""
    done: SimpleQueue[GenerateContentResponse | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            done.put(call())
        except BaseException as error:
            done.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except Empty:
        raise ModelUnavailable(f"the language model gave no answer in {seconds:g} seconds") from None
    if isinstance(found, BaseException):
        # Without its cause: a server's own words may hold the key.
        raise _told(found) from None
    return found


def _told(error: BaseException) -> Exception:
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return ModelUnavailable(f"the language model gives no answer ({code}): {_WHY.get(code, 'it failed')}")
    if isinstance(error, ValueError):
        return ModelNonsense("the language model's answer is no JSON")
    return ModelUnavailable(f"the language model can't be reached ({type(error).__name__})")


def _text(answer: "GenerateContentResponse") -> str:
    candidates = answer.candidates or []
    if not candidates:
        raise ModelUnavailable("the language model refused the question")
    reason = candidates[0].finish_reason
    if reason is not None and reason.name not in ("STOP", "FINISH_REASON_UNSPECIFIED"):
        raise ModelUnavailable(f"the language model stopped before it had answered ({reason.name})")
    parts = candidates[0].content.parts if candidates[0].content else None
    text = "".join(part.text or "" for part in parts or [] if not part.thought)
    if not text.strip() or len(text) > LONGEST:
        raise ModelNonsense("the language model said nothing, or too much")
    return text
