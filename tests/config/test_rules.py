"""Rules and quantities by themselves: properties that hold for all values, and the edges."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.checks_document import checks_document
from config.keys import decides, holds, join, split
from config.merge import merged
from config.model.service import Alarms, Check, Release, ScheduledPeak, Strategy
from config.release_time import (
    alarm_window_seconds,
    check_seconds,
    guarded_minutes,
    release_minutes,
    release_sum,
    shift_minutes,
)
from config.rules.network import overlapping, parse_network
from config.rules.peaks import overlap
from config.rules.size import MEMORY
from config.secret_words import names_a_secret, secret_in
from config.toml_file import read_table
from tests.config.example import DEV, PROD, Example

# Small alphabets: all of Unicode takes Hypothesis seconds to tabulate.
_texts = st.text(alphabet='ab1. "\\', min_size=1, max_size=5)
_values = st.none() | st.booleans() | st.integers() | _texts
_lists = st.lists(_values, max_size=3)
_tables: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), _values | _lists, max_size=4),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), _values | _lists | inner, max_size=4),
    max_leaves=12,
)
_networks = st.builds(
    lambda address, prefix: ipaddress.IPv4Network((address, prefix), strict=False),
    st.integers(min_value=0x0A000000, max_value=0x0A00FFFF),
    st.integers(min_value=18, max_value=26),
)


@given(_tables)
def test_merging_nothing_changes_nothing(table: dict[str, Any]) -> None:
    assert merged(base=table, override={}) == table
    assert merged(base={}, override=table) == table


@given(_tables, _tables)
def test_merging_twice_is_merging_once(base: dict[str, Any], override: dict[str, Any]) -> None:
    once = merged(base=base, override=override)

    assert merged(base=once, override=override) == once


@given(_tables, _tables)
def test_the_override_wins_and_the_rest_of_the_base_stays(
    base: dict[str, Any], override: dict[str, Any]
) -> None:
    result = merged(base=base, override=override)

    assert result.keys() == base.keys() | override.keys()
    _assert_wins(result, override)
    for key in base.keys() - override.keys():
        assert result[key] == base[key]


def _assert_wins(result: Mapping[str, Any], override: Mapping[str, Any]) -> None:
    for key, value in override.items():
        if isinstance(value, Mapping):
            _assert_wins(result[key], value)
        else:
            assert result[key] == value


@given(st.lists(_texts, min_size=1, max_size=4))
def test_a_dotted_key_is_split_as_it_was_joined(segments: list[str]) -> None:
    assert split(join(*segments)) == tuple(segments)


@given(st.lists(_texts, min_size=1, max_size=4))
def test_a_table_holds_what_is_under_its_key(segments: list[str]) -> None:
    table: Any = 1
    for segment in reversed(segments):
        table = {segment: table}

    assert holds(table, join(*segments))
    assert decides(table, join(*segments)) == join(*segments)
    assert not holds(table, join(*segments, "below"))


def test_a_list_decides_what_is_below_it() -> None:
    table = {"a": {"b": [{"c": 1}]}}

    assert decides(table, "a.b.0.c") == "a.b.0.c"
    assert decides(table, "a.b.0.d") == "a.b"
    assert decides(table, "a.b.1.c") == "a.b"
    assert decides(table, "a.c") == ""


@given(st.lists(_networks, max_size=5))
def test_networks_overlap_exactly_when_they_share_an_address(
    networks: list[ipaddress.IPv4Network],
) -> None:
    named = {str(index): network for index, network in enumerate(networks)}
    sharing = {
        (str(one), str(other))
        for other in range(len(networks))
        for one in range(other)
        if max(networks[one][0], networks[other][0]) <= min(networks[one][-1], networks[other][-1])
    }

    assert set(overlapping(named)) == sharing


@given(_networks, st.integers(min_value=1, max_value=63))
def test_host_bits_are_answered_with_the_network_that_was_meant(
    network: ipaddress.IPv4Network, offset: int
) -> None:
    written = f"{network[offset]}/{network.prefixlen}"

    found, message, better = parse_network(written)

    assert found is None
    assert message
    assert better == str(network)
    assert parse_network(better) == (network, "", "")


@given(st.integers(min_value=1, max_value=99), st.integers(min_value=1, max_value=30))
def test_a_linear_shift_lasts_as_long_as_its_steps(step: int, interval: int) -> None:
    release = Release(strategy="linear", step_percent=step, step_interval_minutes=interval)
    shifted, minutes = step, 0
    while shifted < 100:
        shifted, minutes = shifted + step, minutes + interval

    assert shift_minutes(release=release) == minutes


@given(st.sampled_from(["canary", "linear", "all_at_once"]), st.integers(min_value=0, max_value=9))
def test_a_release_is_the_sum_of_its_terms(strategy: Strategy, minutes: int) -> None:
    release = Release(strategy=strategy, bake_minutes=minutes, approval_minutes=minutes)

    total = release_minutes(release=release)

    assert total == 10 + 5 + minutes + shift_minutes(release=release) + minutes
    assert release_sum(release=release).endswith(f"= {total} minutes")


@pytest.mark.parametrize(
    ("strategy", "shift", "guarded"), [("canary", 5, 5), ("linear", 20, 20), ("all_at_once", 0, 10)]
)
def test_alarms_guard_the_shift_and_without_one_the_bake(
    strategy: Strategy, shift: int, guarded: int
) -> None:
    release = Release(strategy=strategy)

    assert shift_minutes(release=release) == shift
    assert guarded_minutes(release=release) == guarded


def test_the_alarm_window_is_periods_times_length() -> None:
    assert alarm_window_seconds(alarms=Alarms(evaluation_periods=5, period_seconds=120)) == 600


@pytest.mark.parametrize(("repetitions", "seconds"), [(1, 7), (4, 7), (5, 14), (8, 14), (200, 350)])
def test_a_check_takes_its_timeout_for_every_four_repetitions(
    repetitions: int, seconds: int
) -> None:
    check = Check(
        name="abc", gates=("smoke",), path="/", repetitions=repetitions, timeout_seconds=7
    )

    assert check_seconds(check=check) == seconds


def test_the_checks_document_is_compact_and_leaves_out_defaults() -> None:
    check = Check.model_validate(
        {"name": "été", "gates": ("smoke",), "path": "/", "json": {"a.b": True}}
    )

    assert checks_document([check]) == (
        '[{"name":"\\u00e9t\\u00e9","gates":["smoke"],"path":"/","json":{"a.b":true}}]'
    )


def _peak(text: str) -> ScheduledPeak:
    days, times, zone = text.split(" ")
    start, end = times.split("-")
    return ScheduledPeak.model_validate(
        {
            "name": "Peak",
            "time_zone": zone,
            "days": tuple(days.split("/")),
            "start": start,
            "end": end,
            "min_tasks": 1,
            "max_tasks": 1,
        }
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("FRI 19:00-23:00 UTC", "FRI 22:59-23:30 UTC", True),
        ("FRI 19:00-23:00 UTC", "FRI 23:00-23:30 UTC", True),
        ("FRI 19:00-23:00 UTC", "FRI 23:01-23:30 UTC", False),
        ("FRI 19:00-23:00 UTC", "SAT 19:00-23:00 UTC", False),
        ("MON/FRI 19:00-23:00 UTC", "FRI/SAT 20:00-21:00 UTC", True),
        ("FRI 22:00-02:00 UTC", "SAT 01:00-03:00 UTC", True),
        ("FRI 22:00-02:00 UTC", "SAT 02:01-03:00 UTC", False),
        ("SUN 22:00-02:00 UTC", "MON 01:00-03:00 UTC", True),
        ("FRI 19:00-23:00 Asia/Tokyo", "FRI 10:00-14:00 UTC", True),
        ("FRI 19:00-23:00 Asia/Tokyo", "FRI 19:00-23:00 UTC", False),
        ("MON 01:00-02:00 Asia/Tokyo", "SUN 16:30-17:30 UTC", True),
        # Summer time only: 19:00 in Sydney is 09:00 UTC in July and 08:00 in January.
        ("FRI 19:00-20:00 Australia/Sydney", "FRI 08:15-08:45 UTC", True),
        ("FRI 19:00-20:00 Australia/Sydney", "FRI 09:15-09:45 UTC", True),
        ("FRI 19:00-20:00 Australia/Sydney", "FRI 10:15-10:45 UTC", False),
    ],
)
def test_peaks_overlap_or_touch_in_real_time(one: str, other: str, expected: bool) -> None:
    assert overlap(_peak(one), _peak(other)) is expected
    assert overlap(_peak(other), _peak(one)) is expected


def test_fargate_has_these_sizes() -> None:
    assert {cpu: (sizes[0], sizes[-1], len(sizes)) for cpu, sizes in MEMORY.items()} == {
        256: (512, 2048, 3),
        512: (1024, 4096, 4),
        1024: (2048, 8192, 7),
        2048: (4096, 16384, 13),
        4096: (8192, 30720, 23),
        8192: (16384, 61440, 12),
        16384: (32768, 122880, 12),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DB_PASSWORD", True),
        ("db_passwd", True),
        ("SECRET", True),
        ("SECRETS", True),
        ("GITHUB_TOKEN", True),
        ("APIKEY", True),
        ("MY_API_KEY_2", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("x-api-key", True),
        ("CREDENTIALS", True),
        ("DB_SECRET_ID", False),
        ("DB_SECRET_ARN", False),
        ("TOKEN_URL", False),
        ("TOKEN_TTL_SECONDS", False),
        ("PRIVATE_KEY_PATH", False),
        ("LOG_LEVEL", False),
        ("KEYBOARD", False),
    ],
)
def test_a_name_that_holds_a_secret_is_told_from_one_that_points_to_it(
    name: str, expected: bool
) -> None:
    assert names_a_secret(name) is expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "access key"),
        ("key=ASIAIOSFODNN7EXAMPLE;", "access key"),
        ("-----BEGIN PRIVATE KEY-----", "private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        ("postgresql://shop:hunter2@db/shop", "password"),
        ("redis://:hunter2@cache:6379", "password"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ", "GitHub token"),
        ("https://example.com:443/a@b", ""),
        ("https://example.com/login?next=a:b@c", ""),
        ("-----BEGIN PUBLIC KEY-----", ""),
        ("info", ""),
    ],
)
def test_a_value_that_is_a_secret_is_recognized(value: str, kind: str) -> None:
    assert kind in secret_in(value)
    assert bool(secret_in(value)) is bool(kind)


def test_a_table_is_read_as_toml_reads_it(example: Example) -> None:
    table, errors = read_table(root=example.root, file=PROD)

    assert errors == []
    assert table == tomllib.loads((example.root / PROD).read_text(encoding="utf-8"))


def test_two_networks_that_overlap_are_one_error_at_the_later_one(example: Example) -> None:
    example.edit(DEV, '"10.10.0.0/16"', '"10.20.0.0/16"')

    (error,) = example.errors()

    assert (error.file, error.key) == (PROD, "regions.0.cidr")
    assert "Taken: 10.15.0.0/16, 10.20.0.0/16" in error.hint
