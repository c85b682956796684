"""Requests between authorities as deciders: `request` where it is asked, `task` where it is answered."""
