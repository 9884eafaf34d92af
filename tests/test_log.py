"""The log: plain lines for people, JSON for machines, and nothing in it that may not leave the shop."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.log import Log, begin
from awesome_analytics.core.settings import Settings

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECRET = {
    "AWESOME_OLTP_URL": "postgresql://admin:books-s3cret@db.example/awesome_oltp",
    "AWESOME_WAREHOUSE_URL": "mysql://admin:star-s3cret@dw.example/awesome_olap",
    "AWESOME_METRICS_TOKEN": "metrics-s3cret-0123456789",
    "AWESOME_SMTP_URL": "smtps://shop:mail-s3cret@mail.example",
    "AWESOME_ALERT_WEBHOOK": "https://hooks.example/hook-s3cret",
    "GEMINI_API_KEY": "gemini-s3cret",
}


def settings(**environment: str) -> Settings:
    return Settings.from_environment(environment, default_home=Path("/nowhere"))


@pytest.fixture
def stderr() -> Iterator[None]:
    """What `begin` puts in place is taken away again."""
    kept = sys.stderr, sys.excepthook, threading.excepthook
    yield
    sys.stderr, sys.excepthook, threading.excepthook = kept


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_for_people_an_event_is_a_line_with_the_process() -> None:
    lines: list[str] = []
    log = Log(process="scheduler", write=lines.append, now=lambda: NOON)
    log.event("run ended", "run 7 succeeded", run_id=7)
    assert lines == ["scheduler: run 7 succeeded\n"]


@pytest.mark.usefixtures("stderr")
def test_as_json_an_event_is_one_object_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    log = begin("scheduler", settings(AWESOME_LOG="json"), now=lambda: NOON)
    log.event("run ended", "run 7\nsucceeded", run_id=7, seconds=0.5)
    assert told(capsys) == [
        {
            "at": "2026-01-01T12:00:00.000+00:00",
            "level": "info",
            "process": "scheduler",
            "event": "run ended",
            "text": "run 7\nsucceeded",
            "run_id": 7,
            "seconds": 0.5,
        }
    ]


@pytest.mark.usefixtures("stderr")
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_of_the_settings_stands_in_the_log(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = begin("web", settings(AWESOME_LOG=form, **SECRET), now=lambda: NOON)
    for value in SECRET.values():
        log(f"can't reach {value}")
    log.event("note", "mysql://reader:another-pa55@dw.example/x", where="ftp://a:b3@c")
    found = capsys.readouterr().err
    assert len(found.splitlines()) == len(SECRET) + 1
    assert "s3cret" not in found
    assert "another-pa55" not in found
    assert "b3" not in found


def test_no_secret_of_the_settings_stands_in_their_repr() -> None:
    assert "s3cret" not in repr(settings(**SECRET))


@pytest.mark.usefixtures("stderr")
def test_as_json_an_error_that_nobody_foresaw_tells_its_kind_and_place_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin("web", settings(AWESOME_LOG="json"), now=lambda: NOON)
    handler = logging.StreamHandler()
    logger = logging.Logger("of a library")
    logger.addHandler(handler)
    try:
        raise ValueError("alice.johnson@company.com")
    except ValueError as error:
        logger.exception("Uncaught app execution")
        sys.excepthook(type(error), error, error.__traceback__)
    (by_library, by_python) = told(capsys)
    assert by_library["text"] == "Uncaught app execution: ValueError"
    for crash in (by_library, by_python):
        assert (crash["event"], crash["kind"], crash["level"]) == ("crash", "ValueError", "error")
        assert "test_log.py" in str(crash["where"])
        assert "alice" not in json.dumps(crash)


@pytest.mark.usefixtures("stderr")
def test_as_json_what_libraries_print_is_an_event_too(capsys: pytest.CaptureFixture[str]) -> None:
    begin("web", settings(AWESOME_LOG="json"), now=lambda: NOON)
    sys.stderr.write("in ")
    sys.stderr.write("pieces\n")
    logging.Logger("of a library").warning("not handled by anybody")
    pieces, warning = told(capsys)
    assert pieces["text"] == "in pieces"
    assert (warning["event"], warning["text"]) == ("printed", "not handled by anybody")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("AWESOME_LOG", "xml", "text or json"),
        ("AWESOME_METRICS_TOKEN", "short-s3cret", "16 letters"),
        ("AWESOME_SMTP_URL", "http://shop:s3cret@mail.example", "smtp://host:587"),
        ("AWESOME_SMTP_URL", "smtp://shop:s3cret@mail.example?tls=off", "without TLS"),
        ("AWESOME_SMTP_URL", "smtp://mail.example:70000", "1 to 65535"),
        ("AWESOME_SMTP_URL", "smtp://mail.example?from=nobody", "no e-mail address"),
        ("AWESOME_ALERT_WEBHOOK", "ftp://hooks.example/s3cret", "https://"),
        ("AWESOME_REPORT", "hourly", "daily, weekly or monthly"),
        ("AWESOME_REPORT", "weekly 25:00", "weekly 06:30"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name_and_without_what_it_hides(
    variable: str, value: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told) as refusal:
        settings(**{variable: value})
    assert refusal.value.field == variable
    assert "s3cret" not in str(refusal.value)


def test_mail_without_a_server_and_a_report_without_a_reader_are_refused() -> None:
    with pytest.raises(InvalidInput, match="AWESOME_SMTP_URL"):
        settings(AWESOME_ALERT_EMAIL="it@example.com")
    with pytest.raises(InvalidInput, match="AWESOME_REPORT_EMAIL"):
        settings(AWESOME_REPORT="daily", AWESOME_SMTP_URL="smtp://mail.example")


@pytest.mark.parametrize(
    ("text", "cron", "period"),
    [
        ("daily", "0 7 * * *", "yesterday"),
        ("weekly", "0 7 * * 1", "last_week"),
        ("Monthly 18:05", "5 18 1 * *", "last_month"),
    ],
)
def test_a_report_has_a_rhythm_and_tells_of_the_days_before(text: str, cron: str, period: str) -> None:
    found = settings(
        AWESOME_REPORT=text, AWESOME_REPORT_EMAIL="a@example.com", AWESOME_SMTP_URL="smtp://mail.example"
    )
    assert found.telling.report is not None
    assert (found.telling.report.cron, found.telling.report.period) == (cron, period)
