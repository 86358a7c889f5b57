"""What AWS would not take is refused at synth; each guardrail has its sentence."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

import guardrails
from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.policies import (
    MOST_CHARACTERS,
    MOST_OF_A_DESCRIPTION,
    PolicyRefused,
    minified,
    policies,
    refuse_too_many,
)
from guardrails.statement import Deny

FACTS = Facts(
    platform="pase",
    allowed_regions=["ap-southeast-1"],
    accounts=["222222222222", "444444444444"],
    break_glass="pase-break-glass",
    administrators=["OrganizationAccountAccessRole"],
    pipeline_roles=["arn:aws:iam::111111111111:role/Pipeline-*"],
    trail_bucket="pase-organization-trail-666666666666",
    trail_key_alias="pase-organization-trail",
)


def every_guardrail() -> list[Guardrail]:
    """Those of all modules of the package."""
    modules = [
        importlib.import_module(f"guardrails.{module.name}")
        for module in pkgutil.iter_modules(guardrails.__path__)
    ]
    return [module.GUARDRAIL for module in modules if hasattr(module, "GUARDRAIL")]


def test_every_guardrail_is_in_a_policy_and_none_in_two() -> None:
    attached = [one.name for policy in policies(platform="pase") for one in policy.guardrails]

    assert sorted(attached) == sorted(one.name for one in every_guardrail())


def test_what_dev_may_not_do_prod_may_not_do_either() -> None:
    def of(target: str) -> set[str]:
        return {
            one.name
            for policy in policies(platform="pase")
            if target in policy.targets
            for one in policy.guardrails
        }

    assert of("dev") < of("prod")
    assert of("prod") - of("dev") == {"data-deletion"}
    assert of("dev") - of("platform") == {"public-databases", "regions"}


def test_a_statements_id_is_its_alone_and_it_denies() -> None:
    statements = [
        statement
        for policy in policies(platform="pase")
        for statement in policy.document(FACTS)["Statement"]
    ]
    sids = [statement["Sid"] for statement in statements]

    assert len(set(sids)) == len(sids)
    assert {statement["Effect"] for statement in statements} == {"Deny"}


def test_every_sentence_is_one_and_together_they_fit_a_description() -> None:
    for one in every_guardrail():
        assert one.sentence[0].isupper()
        assert one.sentence.endswith(".")
    for policy in policies(platform="pase"):
        assert len(policy.description) <= MOST_OF_A_DESCRIPTION


def test_a_policy_that_has_too_many_characters_is_refused_with_what_to_do() -> None:
    many = dataclasses.replace(FACTS, accounts=[f"{number:012}" for number in range(300)])
    prod = next(one for one in policies(platform="pase") if one.name == "pase-prod")

    assert len(minified(prod.document(FACTS))) < MOST_CHARACTERS["SERVICE_CONTROL_POLICY"]
    with pytest.raises(PolicyRefused, match=r"pase-prod has \d+ characters, and AWS takes 10240"):
        prod.document(many)


def test_a_description_that_is_too_long_is_refused() -> None:
    prod = next(one for one in policies(platform="pase") if one.name == "pase-prod")
    wordy = dataclasses.replace(prod.guardrails[0], sentence="x" * 513)

    with pytest.raises(PolicyRefused, match="513 characters of its description"):
        dataclasses.replace(prod, guardrails=(wordy,)).document(FACTS)


def test_a_target_with_too_many_policies_is_refused() -> None:
    every = policies(platform="pase")
    refuse_too_many(every, target="prod")

    with pytest.raises(PolicyRefused, match="prod has 13 policies of type SERVICE_CONTROL_POLICY"):
        refuse_too_many([*every, *every, *every, *every], target="prod")


def test_a_statement_names_either_what_it_denies_or_what_it_leaves_out() -> None:
    with pytest.raises(ValueError, match="either actions or all_but"):
        Deny(sid="Wrong")
    with pytest.raises(ValueError, match="either actions or all_but"):
        Deny(sid="Wrong", actions=["s3:*"], all_but=["iam:*"])
