"""Devices: phone apps that tell positions in protocols of their own."""
