"""One line of JSON for each thing worth knowing, out of which every known secret is struck.

Lambda writes what a function prints to CloudWatch Logs. A failure's line is in the embedded metric
format, so that it is a metric as well, without a call:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import time
from typing import Any

NAMESPACE = "Pase/Secrets"
STRUCK = "(struck)"
_SHORTEST = 8


class Log:
    """Writes lines about one secret. What was given to `conceal` is in none of them."""

    def __init__(self, *, secret: str) -> None:
        """``secret``: the secret's name, which is a dimension of its metrics."""
        self._secret = secret
        self._concealed: set[str] = set()

    def conceal(self, text: str) -> None:
        """Strike out this text, and every text inside it when it is a JSON object."""
        self._remember(text)
        try:
            document = json.loads(text)
        except ValueError:
            return
        if isinstance(document, dict):
            for key, value in document.items():
                if isinstance(value, str) and key not in _PLACES:
                    self._remember(value)

    def strike(self, text: str) -> str:
        """The text without secrets."""
        for one in sorted(self._concealed, key=len, reverse=True):
            text = text.replace(one, STRUCK)
        return text

    def write(self, message: str, **fields: Any) -> None:
        """A line of it."""
        self._print({"message": message, "secret": self._secret, **fields})

    def failure(self, kind: str, message: str, **fields: Any) -> None:
        """A failure: a line, and 1 in the metric ``RotationFailures`` of the secret and kind."""
        self._print(
            {
                "_aws": {
                    "Timestamp": int(time.time() * 1000),
                    "CloudWatchMetrics": [
                        {
                            "Namespace": NAMESPACE,
                            "Dimensions": [["Secret"], ["Secret", "Error"]],
                            "Metrics": [{"Name": "RotationFailures", "Unit": "Count"}],
                        }
                    ],
                },
                "Secret": self._secret,
                "Error": kind,
                "RotationFailures": 1,
                "message": message,
                **fields,
            }
        )

    def _remember(self, text: str) -> None:
        if len(text) >= _SHORTEST:
            self._concealed.add(text)
            self._concealed.add(json.dumps(text)[1:-1])

    def _print(self, line: dict[str, Any]) -> None:
        print(self.strike(json.dumps(line)), flush=True)


_PLACES = (
    *("engine", "host", "port", "dbname", "username"),
    *("dbInstanceIdentifier", "dbClusterIdentifier"),
)
"""Keys of a database's secret that say where, not what: logs need them."""
