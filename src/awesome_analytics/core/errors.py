"""Every error this product raises on purpose.

AwesomeError
├── UserError            what the person asking can mend; nothing was changed
│   ├── InvalidInput     a field holds what it may not hold
│   ├── NotFound         the thing named does not exist
│   ├── Ambiguous        the name fits several things; the candidates are listed
│   ├── Conflict         the books forbid it as they stand
│   ├── Refused          SQL that may not run on the warehouse
│   └── TooSlow          the answer took longer than anybody may wait
│   └── Denied           whoever asks is not let in, or may not do this
└── OperationError       what whoever runs the system must mend
├── ServerUnavailable  a database server can't be reached or started
├── ProviderUnavailable  the company's log-in can't be reached or answers nonsense
├── NotInitialised     databases, users or schemas are missing or behind
├── ModelUnavailable   the language model gives no answer: network, quota, key, refusal
├── ModelNonsense      the language model's answer can't be used
└── PipelineError      a run could not finish; the warehouse stands at the run before
└── AlreadyRunning another run holds the lock
"""

from collections.abc import Sequence


class AwesomeError(Exception):
    """A failure with a message meant for a person: what was asked, what exists, what to do."""


class UserError(AwesomeError):
    """Something the person asking can mend. Nothing was changed."""

    kind = "refused"


class InvalidInput(UserError):
    """A field holds what it may not hold.

    `field` is the name the caller used for it, as on the form or the command line.
    """

    kind = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class NotFound(UserError):
    """The thing named does not exist."""

    kind = "not_found"


class Ambiguous(UserError):
    """A name fits several things; the caller must choose, never the system."""

    kind = "ambiguous"

    def __init__(self, message: str, candidates: Sequence[str]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class Conflict(UserError):
    """The books as they stand forbid it."""

    kind = "conflict"


class Refused(UserError):
    """SQL that may not run on the warehouse; `reason` says why and, where there is one, the mend."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"this SQL may not run: {reason}")
        self.reason = reason


class TooSlow(UserError):
    """A statement was ended because it took too long."""

    kind = "too_slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the answer took longer than {seconds:g} seconds and was stopped: "
            "ask for a shorter stretch of time or for fewer details"
        )


class Denied(UserError):
    """Whoever asks is not let in, or may not do this; `retry_after` are seconds to wait, where that helps."""

    kind = "denied"

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OperationError(AwesomeError):
    """Something whoever runs the system must mend."""

    kind = "failed"


class ServerUnavailable(OperationError):
    """A database server can't be reached or started."""


class ProviderUnavailable(OperationError):
    """The company's own log-in can't be reached or answers nonsense; passwords still open the door."""


class NotInitialised(OperationError):
    """Databases, users or schemas are missing or behind."""


class ModelUnavailable(OperationError):
    """The language model gives no answer: network, quota, key or refusal; the system answers by itself."""


class ModelNonsense(OperationError):
    """The language model answered what can't be used; the system answers by itself."""


class PipelineError(OperationError):
    """A run could not finish; the warehouse stands at the run before."""


class AlreadyRunning(PipelineError):
    """Another run holds the lock; this one did nothing."""
