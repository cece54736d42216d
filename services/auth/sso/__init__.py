"""Signing on at an issuer of OpenID Connect that an organization believes."""
