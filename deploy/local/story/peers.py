"""Calls between nodes, made by hand with an authority's own certificate: what a curious partner could try."""

import grpc
from enforcement.exchange.v1 import service_pb2 as exchange
from enforcement.exchange.v1 import service_pb2_grpc as exchange_grpc

from deploy.local.layout import read_env
from deploy.local.story.calls import CALL_SECONDS, Refused, Surprise, refusal_of
from deploy.local.story.run import Run


async def try_to_fetch(run: Run, caller: str, holder: str, env_hash: bytes, sha256: bytes) -> Refused:
    """One authority asks another's node for a file that was shown to somebody else. Answers with the refusal.

    Raises:
        Surprise: the file was given.
    """
    pki, settings = run.cluster.layout.pki, read_env(run.cluster.layout.env_file(holder))
    credentials = grpc.ssl_channel_credentials(
        pki.ca_file.read_bytes(),
        (pki.node(caller) / "tls.key").read_bytes(),
        (pki.node(caller) / "tls.pem").read_bytes(),
    )
    request = exchange.FetchBlobRequest(env_hash=env_hash, sha256=sha256)
    async with grpc.aio.secure_channel(settings["ENFORCEMENT_PEER_ADDRESS"], credentials) as channel:
        try:
            async for _ in exchange_grpc.ExchangeServiceStub(channel).FetchBlob(request, timeout=CALL_SECONDS):
                raise Surprise(f"{holder}把展示给他人的文件给了{caller}")
        except grpc.aio.AioRpcError as error:
            refused = refusal_of(error)
            if refused is None or error.code() not in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED):
                raise Surprise(f"{caller}向{holder}取件：{error.details()}") from None
            return refused
    raise Surprise(f"{holder}把展示给他人的空文件给了{caller}")
