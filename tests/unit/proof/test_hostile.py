"""Whatever a file says is judged: it is no proof, or has findings, or is the proof. Nothing else is raised."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.proof import NotAProof, check, compare, dump, load
from services.transfer.proof_page import Titles, page
from tests.support.members import CATALOGUE
from tests.support.proofs import transferred

FILES = tuple(dump(proof) for proof in transferred().proofs())
OTHER = check(load(FILES[1]), CATALOGUE)
TITLES = Titles.load()
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=40), st.just([]), st.just({}),
    st.sampled_from(["", "AAAA", "2026-11-02T08:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "feed", "ga-510521"]),
)  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, child in children for each in _paths(child, (*path, key)))]


PATHS = [path for path in _paths(json.loads(FILES[0])) if path]


@settings(max_examples=300)
@given(st.sampled_from(PATHS), PLAIN)
def test_a_value_that_was_replaced_is_judged(path: tuple[Any, ...], value: Any):
    document = json.loads(FILES[0])
    *way, last = path
    holder = document
    for step in way:
        holder = holder[step]
    same = type(holder[last]) is type(value) and holder[last] == value
    holder[last] = value
    file = (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    try:
        checked = check(load(file), CATALOGUE)
    except NotAProof:
        return
    page(file, checked, None, TITLES)
    stated = {"storedAt", "loadedAt", "forId", "subjectId", "content", "registries", "recordedAt", "position"}
    left_out = {"records", "receipt", "salt", "value", "meta", "body", "sent", "received"}
    assert same or checked.findings or stated & set(path) or last in left_out


@settings(max_examples=200)
@given(st.data())
def test_bytes_that_were_changed_in_an_envelope_are_found(data: st.DataObject):
    document = json.loads(FILES[0])
    sent = document["records"][0]["sent"][0]
    name = data.draw(st.sampled_from(["wire", "receipt"]))
    at = data.draw(st.integers(0, len(sent[name]) - 5))
    sent[name] = sent[name][:at] + ("A" if sent[name][at] != "A" else "B") + sent[name][at + 1 :]
    file = (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    checked = check(load(file), CATALOGUE)
    assert checked.findings or compare(checked, OTHER).differences
