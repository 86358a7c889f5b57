"""The few words that a reader needs who has not seen a blue/green release before."""

from __future__ import annotations

from ..recording import Rehearsal
from .markup import Html, element
from .words import listed, times


def how_to_read(rehearsal: Rehearsal) -> Html:
    """A list of terms as the charts use them."""
    factors = sorted({one.factor for one in rehearsal.recordings})
    faster = listed([times(one) for one in factors]) or "several times"
    terms = [
        (
            "Blue and green",
            "The two places in which a version can run. The version that serves is in one of them; "
            "a release starts the new one in the other, and after it they have changed places. "
            "Green areas are ruled, blue ones are plain.",
        ),
        (
            "Share",
            "Which part of the answers in a second came from green. The dashed line is what the "
            "load balancer's listener was told; the area is what was measured.",
        ),
        (
            "Bake",
            "The time for which the new version serves only a part of the users, while alarms "
            "watch it. An alarm in it takes the release back.",
        ),
        (
            "Hot standby",
            "The time in which the old version still runs after all traffic has left it: going "
            "back takes no longer than changing the listener.",
        ),
        (
            "Failed requests",
            "Requests that ended without an answer, or with a status of 500 or more.",
        ),
        (
            "Two times",
            f"Time ran {faster} as fast as on AWS. The upper line of an axis is real time since "
            "the scenario began, the lower one is AWS time. Rates and latencies are real.",
        ),
    ]
    return element(
        "dl",
        *[element("div", element("dt", term), element("dd", meaning)) for term, meaning in terms],
        class_="terms",
    )
