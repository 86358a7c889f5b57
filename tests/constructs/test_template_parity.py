"""What counts as a difference between environments' templates."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stacks.template_parity import (
    Difference,
    Resources,
    StackTemplate,
    StageTemplates,
    differences,
)

resources = st.dictionaries(
    st.sampled_from(["One", "Two", "Three"]), st.sampled_from(["AWS::A::A", "AWS::B::B"])
)
contents = st.dictionaries(st.sampled_from(["Network", "Data"]), resources)
roads = st.lists(contents, min_size=1, max_size=3)


def stages(*given_: dict[str, Resources]) -> list[StageTemplates]:
    """Stages of these stacks, called Stage1, Stage2, ..."""
    return [
        StageTemplates(
            stage=f"Stage{number}",
            stacks={
                stack: StackTemplate(
                    construct_path=f"Pipeline/Stage{number}/{stack}",
                    path=Path("template.json"),
                    resources=found,
                )
                for stack, found in content.items()
            },
        )
        for number, content in enumerate(given_, start=1)
    ]


def named(found: Difference) -> tuple[str, str, str, str, str]:
    """What a difference says."""
    return found.stack, found.logical_id, found.resource_type, found.present, found.missing


def test_equal_templates_do_not_differ() -> None:
    same = {"Network": {"Vpc": "AWS::EC2::VPC"}}

    assert list(differences(stages(same, same, same))) == []


def test_a_resource_that_one_stage_lacks_is_named_once_with_both_sides() -> None:
    found = differences(
        stages({"Network": {"Nat": "T"}}, {"Network": {}}, {"Network": {"Nat": "T"}})
    )

    assert [named(f) for f in found] == [("Network", "Nat", "T", "Stage1, Stage3", "Stage2")]


def test_the_same_logical_id_with_another_type_is_two_differences() -> None:
    found = differences(stages({"Data": {"Store": "A"}}, {"Data": {"Store": "B"}}))

    assert [named(f) for f in found] == [
        ("Data", "Store", "A", "Stage1", "Stage2"),
        ("Data", "Store", "B", "Stage2", "Stage1"),
    ]


def test_a_whole_stack_that_a_stage_lacks_is_one_difference() -> None:
    found = differences(stages({"Data": {"One": "A", "Two": "B"}}, {}))

    assert [named(f) for f in found] == [("Data", "", "", "Stage1", "Stage2")]


@given(content=contents, copies=st.integers(1, 4))
def test_any_number_of_equal_stages_does_not_differ(
    content: dict[str, Resources], copies: int
) -> None:
    assert list(differences(stages(*[content] * copies))) == []


@given(road=roads)
def test_stages_that_do_not_differ_are_equal(road: list[dict[str, Resources]]) -> None:
    if not list(differences(stages(*road))):
        assert all(content == road[0] for content in road)


@given(road=roads)
def test_every_difference_divides_the_stages_that_have_the_stack(
    road: list[dict[str, Resources]],
) -> None:
    for found in differences(stages(*road)):
        present, missing = set(found.present.split(", ")), set(found.missing.split(", "))
        having = {
            stage.stage
            for stage in stages(*road)
            if found.stack in stage.stacks or not found.logical_id
        }

        assert present
        assert missing
        assert present.isdisjoint(missing)
        assert present | missing == having


@given(road=roads)
def test_the_order_of_the_stages_changes_nothing_but_the_order_of_names(
    road: list[dict[str, Resources]],
) -> None:
    def content(given_: list[StageTemplates]) -> set[tuple[str, str, str, frozenset[str]]]:
        return {
            (f.stack, f.logical_id, f.resource_type, frozenset(f.present.split(", ")))
            for f in differences(given_)
        }

    forward = stages(*road)
    assert content(forward) == content(forward[::-1])
