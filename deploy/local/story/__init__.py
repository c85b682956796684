"""The demo story: what officers of seven authorities do, told through the public gRPC APIs, one file per chapter.

All persons, plates and numbers of papers are invented; the operation's figures are those of a published report of
18 December 2024, the transfer's dates those of a worked example of the law (docs/domain.md).
"""
