"""The sandbox: a payment provider that moves no money.

It plays an outside party: it has tables of its own, knows of payment only what a request to it
carries, and says how things went by signed webhooks through the public edge.
"""
