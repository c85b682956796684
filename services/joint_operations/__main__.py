"""Runs the joint operations service alone."""

from services.joint_operations.service import SERVICE
from services.kernel.app import main

main(SERVICE)
