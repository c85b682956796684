"""The exchange as a part of a node."""

from services.exchange.peer import TlsFiles
from services.exchange.service import Exchange
from services.exchange.settings import ExchangeSettings
from services.kernel.app import Node
from services.kernel.envelopes.keys import KeyRing


def make(node: Node) -> Exchange:
    """The exchange of a node, with the node's keys, registry, clock and files."""
    settings = node.settings
    return Exchange(
        ExchangeSettings(),
        node.ledger,
        node.registry,
        KeyRing.load(settings.keys_dir, node.authority.id),
        node.clock,
        node.blobs,
        kafka=settings.kafka,
        guard_file=settings.guard_file,
        registry_file=settings.registry_file,
        tls=TlsFiles(settings.tls_ca_file, settings.tls_certificate_file, settings.tls_key_file),
    )
