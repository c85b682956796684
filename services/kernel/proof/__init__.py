"""Proof of a process from one authority's ledger: what it told, what it was told, and when, byte for byte.

    gather.py    the ledger and the exchange's evidence, read in one snapshot ─▶ Proof
    form.py      Proof ⇄ file: one canonical text, so that the same facts are the same bytes
    checking.py  Proof ─▶ Checked: every signature, receipt, commitment and hash, without node and without network
    comparing.py two Checked of two authorities ─▶ what both have, and where they differ

Promise   what `check` counts as held was signed by the keys that the file's registries name, in exactly these bytes;
          what `compare` counts as confirmed stands in both files byte for byte.
Not       that these keys are the authorities' own: whoever judges compares the fingerprints with those that the
          authorities published, or with the other side's file. Nor that the exporter left nothing out: what the other
          side received from it, and what it acknowledged, shows that. Nor positions, and when something received was
          recorded: no signature covers them; when it was received stands in the receipt, which the other side has.
"""

from services.kernel.proof.checked import Checked, Finding, Problem, Receipted, Statement
from services.kernel.proof.checking import check
from services.kernel.proof.comparing import Comparison, compare
from services.kernel.proof.form import NotAProof, Proof, Received, Record, RegistryFile, Sent, dump, load
from services.kernel.proof.gather import gather

__all__ = [
    "Checked",
    "Comparison",
    "Finding",
    "NotAProof",
    "Problem",
    "Proof",
    "Receipted",
    "Received",
    "Record",
    "RegistryFile",
    "Sent",
    "Statement",
    "check",
    "compare",
    "dump",
    "gather",
    "load",
]
