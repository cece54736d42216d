"""Payment: takes the money for bookings, once, and gives it back where it must.

It owns payments, attempts to charge, refunds and what providers said; what there is to pay for
it knows only from the facts of booking.
"""
