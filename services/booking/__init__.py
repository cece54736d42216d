"""Booking: promises seats, and keeps or withdraws the promise.

It owns the inventory of what is on sale, holds, bookings and tickets; it knows of events and
payments only what their services tell.
"""
