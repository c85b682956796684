"""How a case stands that the police do not open follows from what is known, not from the order in which it came."""

from itertools import permutations

import pytest
from enforcement.transfer.v1 import outcome_pb2 as pb

from services.transfer.model.standing import NonFiling, Standing, outcome_of


@pytest.mark.parametrize(
    ("known", "standing"),
    [
        (NonFiling(), None),
        (NonFiling(upheld=True, supervised=True), None),
        (NonFiling(refused=True), Standing.REFUSED),
        (NonFiling(refused=True, maintained=True), Standing.REFUSED_FINAL),
        (NonFiling(refused=True, maintained=True, upheld=True), Standing.UPHELD),
        (NonFiling(refused=True, upheld=True, supervised=True), Standing.SUPERVISION),
        (NonFiling(refused=True, upheld=True, supervised=True, reconsidering=True), Standing.RECONSIDERING),
        (NonFiling(refused=True, reconsidering=True, ordered=True), Standing.ORDERED),
        (NonFiling(ordered=True), Standing.ORDERED),
    ],
)
def test_the_weightiest_fact_says_how_the_case_stands(known: NonFiling, standing: Standing | None) -> None:
    assert known.standing is standing


def test_reconsideration_was_asked_for_once_it_goes_on_or_is_over() -> None:
    assert [NonFiling(**known).reconsidered for known in ({}, {"reconsidering": True}, {"maintained": True})] == [
        False,
        True,
        True,
    ]


def test_of_the_outcomes_a_judgment_counts_before_a_non_prosecution_and_that_before_a_withdrawal() -> None:
    kinds = (pb.TRANSFER_OUTCOME_CONVICTED, pb.TRANSFER_OUTCOME_NON_PROSECUTION, pb.TRANSFER_OUTCOME_WITHDRAWN)
    assert {outcome_of(order) for order in permutations(kinds)} == {pb.TRANSFER_OUTCOME_CONVICTED}
    assert {outcome_of(order) for order in permutations(kinds[1:])} == {pb.TRANSFER_OUTCOME_NON_PROSECUTION}
    assert outcome_of(()) == pb.TRANSFER_OUTCOME_UNSPECIFIED
