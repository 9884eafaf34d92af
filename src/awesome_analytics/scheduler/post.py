"""The ways out of the house: a mail server and a webhook, each with an end to how long it may take."""

import http.client
import json
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Protocol
from urllib.parse import urlsplit

from awesome_analytics.core.errors import OperationError
from awesome_analytics.core.telling import MailServer

_PATIENCE = 10.0
"""Seconds for each word of the other side."""
_LONGEST = 30.0
"""Seconds for all of it: a server that sends a letter now and then is left alone, too."""
_MOST_READ = 2_000


class NotTaken(OperationError):
    """The other side did not take it; the message names the side, never an address's key."""


class _Connected(Protocol):
    sock: Any


def mail(
    to: Sequence[str], subject: str, text: str, *, page: str | None = None, sender: str, now: datetime
) -> EmailMessage:
    """A letter; with a page in HTML the text is what readers without HTML see."""
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = ", ".join(to)
    letter["Subject"] = " ".join(subject.split())
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    # Tells the other side's absence notes not to answer.
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    if page is not None:
        letter.add_alternative(page, subtype="html")
    return letter


def hand_in(server: MailServer, letter: EmailMessage) -> int:
    """Give a letter to the mail server; returns how many addresses it refuses, raises NotTaken for all."""
    where = f"the mail server at {server.host}:{server.port}"
    client = _TlsClient(server.host) if server.tls == "from the start" else _Client(server.host)
    try:
        with _ended_after(_LONGEST, client):
            client.connect(server.host, server.port)
            if server.tls == "asked for":
                client.starttls(context=ssl.create_default_context())
            if server.user and server.password is not None:
                client.login(server.user, server.password)
            refused = client.send_message(letter)
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
    except smtplib.SMTPAuthenticationError as error:
        raise NotTaken(f"{where} refuses the user name or the password of AWESOME_SMTP_URL") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotTaken(f"{where} does not offer what AWESOME_SMTP_URL wants: {error}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(f"{where} did not take the letter: {_said(error)}") from error
    finally:
        client.close()
    return len(refused)


class _Client(smtplib.SMTP):
    """Connects when told to, so that the end of all patience counts from the first byte."""

    def __init__(self, host: str) -> None:
        super().__init__(timeout=_PATIENCE)
        self._host = host  # whose certificate is wanted


class _TlsClient(smtplib.SMTP_SSL):
    """The same, with TLS from the start."""

    def __init__(self, host: str) -> None:
        super().__init__(timeout=_PATIENCE, context=ssl.create_default_context())
        self._host = host


def call(url: str, told: Mapping[str, object]) -> None:
    """POST JSON to a webhook; raises NotTaken unless the answer is 2xx. Redirects are not followed."""
    parts = urlsplit(url)
    where = f"the webhook at {parts.hostname}"
    body = json.dumps(told, ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "user-agent": "awesome-analytics"}
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _ended_after(_LONGEST, connection):
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            status = answer.status
            answer.read(_MOST_READ)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(f"{where} did not answer rightly: {_said(error)}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotTaken(f"{where} answered {status}")


@contextmanager
def _ended_after(seconds: float, connected: _Connected) -> Iterator[None]:
    """Cut the line after so long, whatever the other side does."""

    def cut() -> None:
        sock = connected.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _said(error: Exception) -> str:
    """The kind of failure; a server's own words may repeat an address or what was sent."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it hung up"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or type(error).__name__})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it refuses every address"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
