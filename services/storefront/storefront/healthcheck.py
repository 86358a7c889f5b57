"""`python -m storefront.healthcheck`: status 0 when the service in this container is alive.

Asks `/health` on PORT (default 8080); for the HEALTHCHECK of the image and of the ECS container.
"""

import os
import sys
import urllib.error
import urllib.request

_SECONDS = 2.0


def main() -> int:
    """0 when `/health` answers 200 within two seconds, else 1 with the reason."""
    url = f"http://127.0.0.1:{os.environ.get('PORT', '8080')}/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_SECONDS) as answer:
            answer.read()
    except (OSError, ValueError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
