"""The real handler and events as documented, against moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.public_databases.adapters import ParameterRecords
from lambdas.public_databases.handler import InvalidInput, NotPrivate, handler
from lambdas.public_databases.reverts import ACT_LASTS, Revert
from tests.lambdas.public_databases.aws import JANE, PATH, Aws, called
from tests.support.mocked_aws import mocked_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mocked_aws():
        yield Aws(monkeypatch)


def modified(name: str, *, public: bool = True, **more: Any) -> Any:
    asked = {"dBInstanceIdentifier": name, "publiclyAccessible": public}
    return called("ModifyDBInstance", asked, **more)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_database_made_public_is_private_again_and_people_are_told_who_did_it(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.instance("orders", public=False)
    aws.make_public("orders")
    event = modified("orders")
    aws.look(event)
    assert aws.public() == set()
    ((subject, text),) = aws.told()
    assert subject == "orders was public and is made private"
    when = datetime.fromisoformat(event["detail"]["eventTime"])
    assert f"{JANE} made it public by ModifyDBInstance at {when:%Y-%m-%d %H:%M:%S} UTC." in text
    assert "arn:aws:rds:eu-central-1:123456789012:db:orders" in text
    assert "What to do instead" in text
    (line,) = logged(capsys)
    assert line["because"] == "AWS API Call via CloudTrail ModifyDBInstance"
    assert line["action"] == "made private"
    assert line["act"] == f"ModifyDBInstance by {JANE} at {when.isoformat()}"


def test_each_database_acted_on_is_one_of_the_metric(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, public in (("orders", True), ("carts", True), ("prices", False)):
        aws.instance(name, public=public)
    aws.look()
    lines = logged(capsys)
    assert [line["database"].rpartition(":")[2] for line in lines] == ["orders", "carts"]
    for line in lines:
        moment = datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC)
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1), "in milliseconds"
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive == {
            "Namespace": "Pase/Governance",
            "Dimensions": [[]],
            "Metrics": [{"Name": "PublicDatabases", "Unit": "Count"}],
        }
        assert line["PublicDatabases"] == 1


def test_nothing_public_is_nothing_done(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.instance("orders", public=False)
    aws.look(modified("orders", public=False))
    assert aws.told() == []
    assert logged(capsys) == []


def test_only_being_public_is_changed_and_no_modification_that_waits_is_hurried(
    aws: Aws,
) -> None:
    aws.instance("orders")
    with aws.refused("rds", "ModifyDBInstance", "DBInstanceNotFound") as calls:
        aws.look()
    (asked,) = calls
    assert {key for key in asked if key not in ("Action", "Version")} == {
        "DBInstanceIdentifier",
        "PubliclyAccessible",
    }


def test_all_pages_are_looked_at(aws: Aws) -> None:
    for number in range(101):
        aws.instance(f"db-{number}", public=number == 100)
    aws.look()
    assert aws.public() == set()


def test_a_second_look_and_the_same_event_again_report_nothing(aws: Aws) -> None:
    aws.instance("orders")
    event = modified("orders")
    aws.look(event)
    aws.make_public("orders")  # as if the modification were not seen yet
    aws.look(event)
    aws.look()
    assert aws.public() == set()
    assert len(aws.told()) == 1


def test_made_public_again_by_an_act_or_later_is_another_report(aws: Aws) -> None:
    aws.instance("orders")
    aws.look()
    aws.pass_time(timedelta(seconds=30))
    aws.make_public("orders")
    aws.look(modified("orders"))
    assert [JANE in text for _, text in aws.told()] == [False, True]
    aws.pass_time()
    aws.make_public("orders")
    aws.look()
    assert [JANE in text for _, text in aws.told()] == [False, True, False]


@pytest.mark.parametrize("code", ["InvalidDBInstanceState", "InvalidDBClusterStateFault"])
def test_what_cannot_be_modified_now_is_no_failure_and_the_next_look_knows_who_it_was(
    aws: Aws, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    aws.instance("orders")
    aws.status("orders", "modifying")
    with aws.refused("rds", "ModifyDBInstance", code):
        aws.look(modified("orders"))
    assert aws.told() == []
    (line,) = logged(capsys)
    assert line["action"] == "nothing yet: it cannot be modified while it is modifying"
    assert line["PublicDatabases"] == 1
    aws.look()
    assert aws.public() == set()
    ((_, text),) = aws.told()
    assert JANE in text


def test_an_act_of_long_ago_is_not_the_reason(aws: Aws) -> None:
    aws.instance("orders", public=False)
    aws.look(modified("orders"))
    aws.pass_time(ACT_LASTS)
    aws.make_public("orders")
    aws.look()
    ((_, text),) = aws.told()
    assert JANE not in text
    assert "--lookup-attributes AttributeKey=ResourceName,AttributeValue=orders" in text


def test_one_that_is_deleted_meanwhile_is_no_failure(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.instance("orders")
    with aws.refused("rds", "ModifyDBInstance", "DBInstanceNotFound"):
        aws.look()
    assert logged(capsys)[0]["action"] == "nothing: it was deleted"
    assert aws.told() == []


def test_one_that_cannot_be_changed_holds_up_no_other_and_fails_the_invocation(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.cluster("ledger", public=True)
    aws.instance("orders")
    with pytest.raises(NotPrivate, match=r"cluster:ledger: the Multi-AZ DB cluster ledger"):
        aws.look()
    assert aws.public() == {"ledger-1"}, "RDS modifies no instance of a Multi-AZ DB cluster"
    assert [subject for subject, _ in aws.told()] == ["orders was public and is made private"]
    lines = logged(capsys)
    assert ["error" in line for line in lines] == [False, True]
    assert "--no-publicly-accessible" in lines[1]["error"]


def test_the_instances_of_a_cluster_that_is_not_public_itself_are_made_private(aws: Aws) -> None:
    """As Aurora's: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html"""
    aws.cluster("aurora", public=False)
    aws.make_public("aurora-1")
    aws.look()
    assert aws.public() == set()


def test_a_refusal_is_an_error_with_the_database_and_the_reason(aws: Aws) -> None:
    aws.instance("orders")
    with (
        aws.refused("rds", "ModifyDBInstance", "AccessDenied"),
        pytest.raises(NotPrivate, match=r"db:orders: making orders private failed: .*AccessDenied"),
    ):
        aws.look()
    assert aws.told() == []


@pytest.mark.parametrize("operation", ["DescribeDBClusters", "DescribeDBInstances"])
def test_what_cannot_be_listed_is_an_error(aws: Aws, operation: str) -> None:
    aws.instance("orders")
    with (
        aws.refused("rds", operation, "AccessDenied"),
        pytest.raises(NotPrivate, match=f"^listing the .* failed: .*{operation}"),
    ):
        aws.look()
    assert aws.public() == ({"orders"} if operation == "DescribeDBInstances" else set())


def test_a_report_that_the_topic_does_not_take_is_made_by_a_later_look_and_once(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.instance("orders")
    with (
        aws.refused("sns", "Publish", "InternalFailure"),
        pytest.raises(NotPrivate, match="telling arn"),
    ):
        aws.look(modified("orders"))
    assert aws.public() == set()
    aws.look()
    assert aws.told() == [], "the look that reverted it may still be at it"
    aws.pass_time()
    capsys.readouterr()
    aws.look()
    ((_, text),) = aws.told()
    assert JANE in text
    (line,) = logged(capsys)
    assert line["action"] == "reported late"
    assert "PublicDatabases" not in line, "it is not public"
    aws.pass_time()
    aws.look()
    assert len(aws.told()) == 1


def test_a_report_that_is_owed_is_made_with_that_of_the_next_revert(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.instance("orders")
    with aws.refused("sns", "Publish", "InternalFailure"), pytest.raises(NotPrivate):
        aws.look(modified("orders"))
    aws.pass_time()
    aws.make_public("orders")
    capsys.readouterr()
    aws.look()
    assert [JANE in text for _, text in aws.told()] == [True, False]
    assert [line["action"] for line in logged(capsys)] == ["made private"]
    aws.pass_time()
    aws.look()
    assert len(aws.told()) == 2


def test_a_report_that_is_owed_is_made_while_the_database_cannot_be_modified(aws: Aws) -> None:
    aws.instance("orders")
    with aws.refused("sns", "Publish", "InternalFailure"), pytest.raises(NotPrivate):
        aws.look()
    aws.pass_time()
    aws.make_public("orders")
    with aws.refused("rds", "ModifyDBInstance", "InvalidDBInstanceState"):
        aws.look()
    assert len(aws.told()) == 1
    aws.pass_time()
    aws.look()
    assert len(aws.told()) == 2


def test_a_clock_that_is_behind_the_event_is_not_believed(aws: Aws) -> None:
    aws.instance("orders")
    event = modified("orders", at=datetime.now(UTC) + timedelta(minutes=1))
    aws.look(event)
    aws.make_public("orders")
    aws.look(event)
    assert len(aws.told()) == 1


def test_of_two_acts_the_later_is_the_reason_whichever_event_comes_first(aws: Aws) -> None:
    aws.instance("orders")
    later = modified("orders", userIdentity={"arn": "later"})
    earlier = modified("orders", at=datetime.now(UTC) - timedelta(minutes=1))
    with aws.refused("rds", "ModifyDBInstance", "InvalidDBInstanceState"):
        aws.look(later)
        aws.look(earlier)
    aws.look()
    assert "later made it public" in aws.told()[0][1]


def test_without_its_memory_a_revert_after_others_is_reported(aws: Aws) -> None:
    aws.instance("orders")
    aws.look()
    aws.make_public("orders")
    with (
        aws.refused("ssm", "GetParametersByPath", "AccessDeniedException"),
        pytest.raises(NotPrivate),
    ):
        aws.look()
    assert len(aws.told()) == 2


def test_a_record_is_claimed_once_and_the_last_is_that_of_the_highest_number(aws: Aws) -> None:
    del aws
    records = ParameterRecords(PATH)
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    reverts = {
        number: Revert(arn=f"arn-{number}", at=moment, act=None, claimed=moment)
        for number in (9, 10)
    }
    for number in (10, 9):
        assert records.claim("orders", reverts[number], number=number)
    assert not records.claim("orders", reverts[9], number=10)
    memory = records.read()
    assert (memory.numbers, memory.reverts) == ({"orders": 10}, {"orders": reverts[10]})


@pytest.mark.parametrize("operation", ["GetParametersByPath", "PutParameter"])
def test_without_a_memory_it_is_reverted_and_reported_all_the_same(
    aws: Aws, operation: str
) -> None:
    aws.instance("orders")
    with (
        aws.refused("ssm", operation, "AccessDeniedException"),
        pytest.raises(NotPrivate, match=rf"parameters? .*{PATH}.* failed: .*AccessDenied"),
    ):
        aws.look(modified("orders"))
    assert aws.public() == set()
    ((_, text),) = aws.told()
    assert JANE in text


@pytest.mark.parametrize("name", ["acts/orders", "reverts/orders/1", "other", "reverts/orders"])
def test_a_parameter_that_is_no_record_is_told_and_keeps_nothing_from_being_done(
    aws: Aws, name: str
) -> None:
    aws.instance("orders")
    aws.ssm.put_parameter(Name=f"{PATH}/{name}", Value='{"at": "noon"}', Type="String")
    with pytest.raises(NotPrivate, match=f"the parameter {PATH}/{name} holds .*; delete it"):
        aws.look()
    assert aws.public() == set()
    assert len(aws.told()) == 1


def test_of_a_database_two_reverts_are_kept(aws: Aws) -> None:
    aws.instance("orders")
    for _ in range(4):
        aws.make_public("orders")
        aws.look()
        aws.pass_time()
    found = aws.ssm.get_parameters_by_path(Path=PATH, Recursive=True)["Parameters"]
    assert [one["Name"] for one in found] == [f"{PATH}/reverts/orders/{n}" for n in (3, 4)]
    assert len(aws.told()) == 4


CREATED: dict[str, dict[str, Any]] = {
    "CreateDBInstance": {"dBInstanceIdentifier": "orders", "engine": "postgres"},
    "CreateDBInstanceReadReplica": {"dBInstanceIdentifier": "orders", "publiclyAccessible": True},
    "RestoreDBInstanceFromDBSnapshot": {"dBInstanceIdentifier": "orders"},
    "RestoreDBInstanceToPointInTime": {"targetDBInstanceIdentifier": "Orders"},
    "ModifyDBInstance": {
        "dBInstanceIdentifier": "carts",
        "newDBInstanceIdentifier": "orders",
        "publiclyAccessible": True,
    },
}


@pytest.mark.parametrize("name", CREATED)
def test_the_report_names_who_created_restored_or_modified_it(aws: Aws, name: str) -> None:
    aws.instance("orders")
    aws.look(called(name, CREATED[name]))
    ((_, text),) = aws.told()
    assert f"{JANE} made it public by {name}" in text


@pytest.mark.parametrize(
    "event",
    [
        modified("carts"),
        modified("orders", public=False),
        modified("orders", errorCode="AccessDenied"),
        called("ModifyDBInstance", {"dBInstanceIdentifier": "orders"}),
        called("CreateDBInstance", {"dBInstanceIdentifier": "orders", "publiclyAccessible": False}),
        called("CreateDBCluster", {"dBClusterIdentifier": "orders"}),
        called("ModifyDBInstance", {"dBInstanceIdentifier": "orders"}, requestParameters=None),
        modified("orders", eventTime="noon"),
        modified("orders", eventTime="2030-01-01T12:00:00"),
        {"detail-type": "AWS API Call via CloudTrail"},
        {"detail-type": "RDS DB Instance Event", "detail": {"EventID": "RDS-EVENT-0005"}},
        {},
    ],
)
def test_an_event_of_something_else_makes_it_look_and_names_nobody(aws: Aws, event: Any) -> None:
    aws.instance("orders")
    aws.look(event)
    assert aws.public() == set()
    ((_, text),) = aws.told()
    assert "Who made it public is not known here" in text


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::123456789012:root"}, "123456789012:root made"),
        (
            {"type": "AssumedRole", "arn": JANE, "invokedBy": "cloudformation.amazonaws.com"},
            f"{JANE} through cloudformation.amazonaws.com made",
        ),
        ({"type": "AWSAccount", "principalId": "AIDA"}, "AIDA made"),
        ({}, "somebody made"),
    ],
)
def test_whoever_it_was_is_named_as_cloudtrail_does(
    aws: Aws, identity: dict[str, str], who: str
) -> None:
    aws.instance("orders")
    aws.look(modified("orders", userIdentity=identity))
    assert who in aws.told()[0][1]


@pytest.mark.parametrize("name", ["TOPIC_ARN", "PARAMETERS"])
def test_a_setting_that_is_missing_is_told(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    del aws
    monkeypatch.delenv(name)
    with pytest.raises(InvalidInput, match=f"the environment variable {name} must be set"):
        handler({}, None)


def test_moto_knows_no_state_in_which_an_instance_cannot_be_modified(aws: Aws) -> None:
    """AWS answers InvalidDBInstanceState; the tests above answer in moto's place."""
    aws.instance("orders", public=False)
    aws.status("orders", "modifying")
    aws.make_public("orders")
    assert aws.public() == {"orders"}


def test_moto_modifies_the_instances_of_multi_az_clusters(aws: Aws) -> None:
    """AWS does not; see `databases.to_be_reverted`."""
    aws.cluster("ledger", public=False)
    aws.make_public("ledger-1")
    assert aws.public() == {"ledger-1"}
