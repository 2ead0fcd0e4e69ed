"""What can be wrong with a wish about the world of a virtual board."""

from __future__ import annotations

from stemkit.errors import UsageError
from stemkit.words import N_


class NoSuchQuantityError(UsageError):
    """A name is no quantity of the world."""

    code = "no-such-quantity"
    message = N_("There is nothing called “{quantity}” around a virtual board.")
    remedy = N_("Choose one of these: {known}.")


class QuantityRangeError(UsageError):
    """A value is beyond what the world can be."""

    code = "quantity-range"
    message = N_("{quantity} cannot be {value}: it goes from {low} to {high} {unit}.")
    remedy = N_("Choose a value within these bounds.")
