"""Runs lives: a mailbox that changes, a connector that stays connected to it, and the verdict."""

from harness.runner.life.run_life import run_life

__all__ = ["run_life"]
