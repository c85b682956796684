"""Ports are chosen once and kept, and given up when something else has taken them."""

import socket
from pathlib import Path

from deploy.local.authorities import Authorities
from deploy.local.layout import HOST, Layout


def test_a_port_that_was_taken_meanwhile_is_chosen_anew_and_the_others_stay(tmp_path: Path) -> None:
    layout = Layout(tmp_path, Authorities.read())
    before = layout.ports(fixed=False)
    assert layout.ports(fixed=False) == before
    with socket.create_server((HOST, before["kafka"])):
        after = layout.ports(fixed=False)
    assert {name for name in before if before[name] != after[name]} == {"kafka"}
