"""What is typed in a form outlives a failure, a lost connection and a reload: it waits for its session here.

The key of the submit waits with it, so that the same form sent again is recorded once.
"""

import html
import threading
import uuid
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

import streamlit as st

from awesome_analytics.app.people import token_hash
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales import model
from awesome_analytics.web import access
from awesome_analytics.web.shop import plain

K = TypeVar("K", bound=model.Command)

_MOST_SESSIONS = 1000
_KEPT: dict[bytes, dict[str, "Draft"]] = {}
_LOCK = threading.Lock()


@dataclass
class Draft:
    """One form of one session: values by field, complaints by field, the key of the submit."""

    form: str
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: Any = None
    _pending: dict[str, Any] = field(default_factory=dict)
    _emptied: tuple[str, ...] = ()

    def begin(self) -> None:
        """Call before the form's widgets: what was set since the last run takes its place in them."""
        for name in self._emptied:
            st.session_state.pop(self.widget(name), None)
        self._emptied = ()
        for name, value in self._pending.items():
            st.session_state[self.widget(name)] = value
        self._pending = {}

    def widget(self, name: str) -> str:
        """The key of the field's widget."""
        return f"{self.form}-{name}"

    def place(self, name: str, default: Any) -> str:
        """Make sure the field's widget shows what was typed before; returns its key."""
        key = self.widget(name)
        if key not in st.session_state:
            st.session_state[key] = self.values.get(name, default)
        return key

    def keep(self, name: str, value: Any) -> Any:
        """Remember what stands in the field and say what is wrong with it; a complaint ends with a change."""
        if name in self.errors and name in self.values and self.values[name] != value:
            del self.errors[name]
        self.values[name] = value
        if name in self.errors:
            st.html(f'<p class="awesome-wrong" role="alert">{_text(self.errors[name])}</p>')
        return value

    def set(self, **values: Any) -> None:
        """Fill fields; they show it in the next run."""
        self.values |= values
        self._pending |= values
        for name in values:
            self.errors.pop(name, None)

    def clear(self, **first: Any) -> None:
        """A new form: empty but for what is given, with a key of its own."""
        # A field left filled would be recorded once more by a second click, under the new key.
        self._emptied = tuple(self.values)
        self.values, self.errors, self.key = {}, {}, str(uuid.uuid4())
        self.set(**first)

    def command(self, kind: type[K], values: Mapping[str, Any]) -> K | None:
        """The command, or None with every field's complaint noted."""
        self.errors = _complaints(kind, values)
        if self.errors:
            return None
        try:
            return kind(**values, idempotency_key=self.key)
        except InvalidInput as error:
            self.blame(error, kind)
            return None

    def blame(self, error: InvalidInput, kind: type[model.Command]) -> bool:
        """Put a refusal to its field; False where the form has no such field."""
        name = next((n for n, label in model.labels(kind).items() if label == error.field), None)
        if name is None:
            return False
        self.errors[name] = str(error).removeprefix(f"{error.field}: ")
        return name in self.values


def _complaints(kind: type[model.Command], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each field alone, by the readers of the command itself."""
    found = {}
    for each in fields(kind):
        if each.name not in values and each.default is not MISSING:
            continue
        label = each.metadata["label"]
        try:
            each.metadata["read"](values.get(each.name), label)
        except InvalidInput as error:
            found[each.name] = str(error).removeprefix(f"{label}: ")
    return found


def _text(message: str) -> str:
    return html.escape(message[:1].upper() + message[1:])


def draft(form: str) -> Draft:
    """The session's draft of a form; begun if there is none."""
    owner = token_hash(access.token())
    with _LOCK:
        while len(_KEPT) > _MOST_SESSIONS:
            _KEPT.pop(next(iter(_KEPT)))
        return _KEPT.setdefault(owner, {}).setdefault(form, Draft(form=form))


def drop(form: str) -> None:
    """Forget a form."""
    with _LOCK:
        _KEPT.get(token_hash(access.token()), {}).pop(form, None)


def complain(draft: Draft) -> None:
    """One line above the button when fields need another look."""
    if draft.errors:
        count = len(draft.errors)
        st.warning(
            plain("One field needs another look." if count == 1 else f"{count} fields need another look.")
        )
