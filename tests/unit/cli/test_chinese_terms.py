"""What officers of a joint operation and of cooperation read in `enforcement do` is Chinese, from the contract."""

from collections.abc import Iterator

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.cli.contract import Method, chinese, comments, methods

FRAME = {"command_id", "occurred_at", "late_reason", "page", "min_position"}


def of_officers() -> Iterator[Method]:
    for method in methods().values():
        if method.service in ("joint-operations", "cross-border") and options.CALLER_OFFICER in method.access.callers:
            yield method


@pytest.mark.parametrize("method", list(of_officers()), ids=lambda each: f"{each.service} {each.name}")
def test_a_method_and_its_fields_have_chinese_terms(method: Method) -> None:
    assert chinese(method.says)
    fields = [field for field in method.descriptor.input_type.fields if field.name not in FRAME]
    assert [field.name for field in fields if not chinese(" ".join(comments()[field.full_name].split()))] == []


def test_a_term_is_what_stands_in_parentheses() -> None:
    assert chinese("Plans an operation (制定行动方案): written.") == "制定行动方案"
    assert chinese("Hash of the file (SHA-256).") == ""
