"""`python -m awesome_analytics.web --port 8501 --address 127.0.0.1`: what `awesome up` starts."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime

from awesome_analytics.bootstrap.home import default_home
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.core.log import begin
from awesome_analytics.core.settings import Settings


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> int:
    """Serve until told to stop; 0 stopped, 1 failed."""
    parser = argparse.ArgumentParser(
        prog="python -m awesome_analytics.web", description="Serve the shop's pages."
    )
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1")
    given = parser.parse_args()
    # Raised again by the server once it has stopped: the shop is let go of on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        settings = Settings.from_environment(os.environ, default_home=default_home())
        log = begin("web", settings, now=lambda: datetime.now(UTC))
        # Streamlit takes a second to import, which a mistake in the settings need not wait for.
        from awesome_analytics.web.server import serve

        log.event("started", f"serving the pages on {given.address}, port {given.port}", port=given.port)
        with suppress(KeyboardInterrupt):
            serve(settings, port=given.port, address=given.address, on_note=log)
    except AwesomeError as error:
        _note(f"awesome: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
