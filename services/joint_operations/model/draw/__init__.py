"""A random draw (双随机) as its two sides keep it, each in its own ledger.

    lead      draw           PREPARED ─commit▶ COMMITTED ─witness committed▶ BOTH_COMMITTED ─both revealed▶ DRAWN
                                 └──────────────────── give up ───────────────────┴──────▶ ABANDONED
    witness   draw_witness   OPENED ─commit▶ COMMITTED ─lead revealed, reveal▶ REVEALED ─repeat the draw▶ VERIFIED
                                └─────────── the lead gave up ───────────┴─────────▶ ABANDONED

An operation has one draw: the first that is prepared is admitted, and no other commits before it is given up with its
reason. A witness commits to no second draw of an operation either, as its lead names it.

The lead reveals first, and then only waits: it gives the draw up when the witness let its time pass, and the next draw
keeps the lists and takes another witness. So nobody who could know a result has a second draw.

Read in this order: services/joint_operations/draw.py the algorithm · `lists` · `lead` · `witness`.
"""

from services.joint_operations.model.draw.lead import Draw, draw
from services.joint_operations.model.draw.witness import DrawWitness, draw_witness, draw_witness_of

__all__ = ["Draw", "DrawWitness", "draw", "draw_witness", "draw_witness_of"]
