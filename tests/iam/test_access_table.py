"""What `python -m ops access` says is what IAM would decide, cell by cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assembly.access import ADMINISTRATOR, Account, Person, Thing, accounts
from assembly.access_table import PLACE, main, markdown, names_of
from assembly.decision import Answer
from assembly.read import read_assembly
from ops.command_line import main as ops
from tests.iam.cases.case import somebody
from tests.iam.simulator import Policy, Request, simulate
from tests.iam.test_cases import world
from tests.iam.world import World, plain
from tests.support.denials import resolved
from tests.support.synthesis import ROOT
from tests.support.templates import Templates

__all__ = ["world"]


def secret_policy(templates: Templates, account: Account, name: str) -> Policy:
    """The policy on the secret of that name."""
    stack = templates[account.name, "Secrets"]
    logical_id, _ = stack.only("AWS::SecretsManager::Secret", Name=name)
    _, properties = stack.only("AWS::SecretsManager::ResourcePolicy", SecretId={"Ref": logical_id})
    document = resolved(properties["ResourcePolicy"], account=stack.account)
    return Policy("secret", plain(document, stack))


def request(
    world: World, templates: Templates, account: Account, person: Person, thing: Thing
) -> Request:
    """The cell's question."""
    names = {"platform": "pase", "service": "storefront"}
    where = {"account": account.account, "region": account.region, "stage": account.name, **names}
    who = (
        somebody(account.account, "any")(world)
        if person.name == ADMINISTRATOR
        else world.role(account.account, person.name).principal
    )
    asked = world.request(
        who,
        thing.action,
        thing.resource.format(**where),
        context={"aws:RequestedRegion": account.region, **dict(thing.known)},
        owner=account.account,
    )
    if not thing.action.startswith("secretsmanager:"):
        if thing.action == "sts:AssumeRole":
            # The bootstrap's trust: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
            return _replace(asked, resource_policy=_trusting(account.account))
        return asked
    policy = secret_policy(templates, account, "pase/storefront/database")
    return _replace(asked, resource_policy=policy)


def _replace(request: Request, **changes: Any) -> Request:
    return Request(**{**vars(request), **changes})


def _trusting(account: str) -> Policy:
    allow = {"Sid": "Account", "Effect": "Allow", "Action": "sts:AssumeRole"}
    principal = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    return Policy("trust", {"Version": "2012-10-17", "Statement": [{**allow, **principal}]})


def test_every_cell_is_what_iam_would_decide(
    world: World, templates: Templates, assembly_dir: Path
) -> None:
    assembly = read_assembly(assembly_dir)
    names = names_of(assembly)
    cells = [
        (account, person, thing)
        for account in accounts(assembly, names)
        for person in account.people
        for thing in account.things
    ]
    verdicts = simulate([request(world, templates, *cell) for cell in cells])
    wrong = [
        (account.name, person.name, thing.name, said, verdict.result, verdict.error)
        for (account, person, thing), verdict in zip(cells, verdicts, strict=True)
        for said in [account.answer(person, thing, {**names, "service": "storefront"})]
        if said is not (Answer.YES if verdict.result == "Allowed" else Answer.NO)
    ]

    assert len(cells) > 200
    assert wrong == []


def test_the_document_has_the_tables_of_these_policies(assembly_dir: Path) -> None:
    document = (ROOT / "docs/access.md").read_text("utf-8")
    table = markdown(read_assembly(assembly_dir))

    assert document == PLACE.filled(document, table), "run `make generated`"


def test_a_document_without_a_place_for_the_tables_is_refused(
    assembly_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "access.md"
    document.write_text("nothing\n", "utf-8")
    assert main(["--assembly", str(assembly_dir), "--document", str(document)]) == 2
    assert "must stand there once each" in capsys.readouterr().err
    assert document.read_text("utf-8") == "nothing\n"


def test_the_command_shows_one_environment_or_all(
    assembly_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ops(["access", "prod", "--assembly", str(assembly_dir)]) == 0
    shown = capsys.readouterr().out
    assert "Prod (444444444444)" in shown
    assert "Dev (" not in shown
    assert "pase-operator: arn:aws:iam::555555555555:user/operators/*; with MFA" in shown
    assert ops(["access", "--json", "--assembly", str(assembly_dir)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == ["Dev", "Staging", "Prod", "Tools"]
    (qa,) = [role for role in lines[1]["roles"] if role["role"] == "pase-qa"]
    assert {what for what, answer in qa["may"].items() if answer == "yes"} == {
        "look at services",
        "read logs",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nosuch"], 'There is no environment "nosuch"; there are: dev, staging, prod, tools.'),
        (["--assembly", "nowhere"], "there is no cloud assembly here"),
    ],
)
def test_what_cannot_be_shown_is_told(
    assembly_dir: Path, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    arguments = ["access", *given]
    if "--assembly" not in given:
        arguments += ["--assembly", str(assembly_dir)]
    assert ops(arguments) == 2
    assert said in capsys.readouterr().err
