"""What follows an action after it was committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sales_orders import sales_orders
from roundtrip.followers import listener

if TYPE_CHECKING:
    from roundtrip import Event
    from roundtrip.followers.context import ListenerContext


def send_mail(customer: str, text: str) -> None:
    """Stand in for your mail service: print the mail."""
    print(f"Mail to {customer}: {text}")  # noqa: T201 - nothing is sent in development


@listener(sales_orders.actions["confirmed"])
def confirmation(event: Event, context: ListenerContext) -> None:
    """Tell the customer that an order was confirmed, and note it in the order."""
    with context.once("mail") as first:
        if first:
            order = context.state
            cents = order["totalCents"]
            total = f"{cents // 100}.{cents % 100:02d} {order['currency']}"
            told = f"Your order {context.stream.id} over {total} was confirmed on"
            send_mail(order["customer"], f"{told} {event.recorded_at[:10]}.")
    context.dispatch(sales_orders.actions["mailed"]())


LISTENERS = (confirmation,)
