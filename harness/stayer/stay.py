"""Staying connected: orders in, states out."""

from __future__ import annotations

import queue
from typing import Final

from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, SayState, Stopped
from harness.stayer.account import SharedAccount
from harness.stayer.inbox import InboxRoutine
from harness.stayer.outbox import OutboxRoutine
from harness.stayer.outlook import Outlook

FAREWELL_S: Final = 3.0
"""How long taking leave of a service may take. One that hangs just then is left behind, and the
connection ends with the wait for it."""


def stay(
    settings: ConnectionSettings, pace: Pace, say: SayState, orders: queue.Queue[Order]
) -> None:
    """Connect the mailbox and stay connected, until the order to stop.

    Blocks. ``say`` is told each state, from the threads of this connector, one at a time. Each wait
    for a server takes at most ``settings.timeout_s``; an attempt that is under way when an order
    comes is not told of any more. Raises what a bug of ours raises, and OSError if
    ``settings.ca_file`` cannot be read; a mailbox that fails is a state.
    """
    account = SharedAccount(settings)
    outlook = Outlook(say, lambda: outbox.bell.ring())

    def broke_down() -> None:
        orders.put(Order(stop=True))

    inbox = InboxRoutine(account, pace, outlook, broke_down)
    outbox = OutboxRoutine(account, pace, outlook, broke_down)
    routines = (inbox, outbox)
    for routine in routines:
        routine.start()
    while not (order := orders.get()).stop:
        if order.settings:
            outlook.begin_anew()
            account.type_anew(order.settings)
            for routine in routines:
                routine.bell.ring()
        elif order.send:
            outbox.add(order.send)
    for routine in routines:
        routine.end()
    for routine in routines:
        routine.join(FAREWELL_S)
    outlook.end()
    for routine in routines:
        if routine.error:
            raise routine.error
    say(Stopped())
