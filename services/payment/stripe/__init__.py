"""Stripe as a provider. Cards are shown to Stripe by the payer's browser, never to us."""
